"""Is the process alive, and can it serve?"""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
# {% if cookiecutter.concurrency == "sync" %}
from fastapi.concurrency import run_in_threadpool
# {% endif %}
from pydantic import BaseModel

from app.database.lifecycle import check_ready, pool_figures
from app.dependencies import DatabaseDep
from app.problems import problem_responses

router = APIRouter(prefix="/health", tags=["health"])


class Liveness(BaseModel):
    status: Literal["alive"] = "alive"


class Pool(BaseModel):
    """Connections: how many there may be, and how many are at work."""

    size: int
    in_use: int
    overflow: int


class Readiness(BaseModel):
    status: Literal["ready"] = "ready"
    pool: Pool


@router.get("/live")
async def live() -> Liveness:
    """Say that the process runs. Never touches the database: a restart heals none."""
    return Liveness()


@router.get("/ready", responses=problem_responses(HTTPStatus.SERVICE_UNAVAILABLE))
async def ready(database: DatabaseDep) -> Readiness:
    """Say whether requests can be served: the database answers, its schema is ours."""
    # {% if cookiecutter.concurrency == "async" %}
    await check_ready(database)
    # {% else %}
    await run_in_threadpool(check_ready, database)
    # {% endif %}
    return Readiness(pool=Pool(**pool_figures(database)))
