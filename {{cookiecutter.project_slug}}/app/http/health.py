"""Is the process alive, and can it serve?"""

from typing import Literal

# {% if cookiecutter.concurrency == "sync" %}
from anyio import CapacityLimiter, to_thread
# {% endif %}
from fastapi import APIRouter
from pydantic import BaseModel
# {% if cookiecutter.database == "postgresql" %}
from pydantic.json_schema import SkipJsonSchema
# {% endif %}

# {% if cookiecutter.concurrency == "sync" %}
from app.database.database import Database
# {% endif %}
from app.database.readiness import SchemaState, check_ready, pool_figures
# {% if cookiecutter.database == "postgresql" %}
from app.database.replicated import ReplicaState, replica_state
# {% endif %}
from app.errors import Unavailable
from app.http.deadline import run_with_timeout
from app.http.dependencies import DatabaseDep
from app.http.problems import UNAVAILABLE

router = APIRouter(prefix="/health", tags=["health"])

TIMEOUT = 0.5  # seconds; whoever asks often waits no longer than one
# {% if cookiecutter.concurrency == "sync" %}

# A thread beside those of the routes, which may all be waiting for the database.
_own_thread = CapacityLimiter(1)
# {% endif %}


class Liveness(BaseModel):
    status: Literal["alive"] = "alive"


class Pool(BaseModel):
    """Connections: how many there may be, and how many are at work."""

    size: int
    in_use: int
    overflow: int


class Readiness(BaseModel):
    """The schema is ahead when a newer release has migrated it: this one still serves."""

    status: Literal["ready"] = "ready"
    schema_state: SchemaState
    pool: Pool
    # {% if cookiecutter.database == "postgresql" %}
    replica: ReplicaState | SkipJsonSchema[None] = None
    # {% endif %}


@router.get("/live")
async def get_liveness() -> Liveness:
    """Say that the process runs. Never touches the database: a restart heals none."""
    return Liveness()


# {% if cookiecutter.database == "postgresql" %}
@router.get("/ready", responses=UNAVAILABLE, response_model_exclude_none=True)
# {% else %}
@router.get("/ready", responses=UNAVAILABLE)
# {% endif %}
async def get_readiness(database: DatabaseDep) -> Readiness:
    """Say whether requests can be served: the database answers, its schema is not behind."""
    try:
        # {% if cookiecutter.concurrency == "async" %}
        schema_state = await run_with_timeout(TIMEOUT, check_ready(database))
        # {% else %}
        schema_state = await run_with_timeout(TIMEOUT, _check_in_thread(database))
        # {% endif %}
    except TimeoutError as error:
        raise Unavailable("The database does not answer in time.") from error
    pool = Pool(**pool_figures(database))
    # {% if cookiecutter.database == "postgresql" %}
    replica = replica_state(database)
    return Readiness(schema_state=schema_state, pool=pool, replica=replica)
    # {% else %}
    return Readiness(schema_state=schema_state, pool=pool)
    # {% endif %}
# {% if cookiecutter.concurrency == "sync" %}


async def _check_in_thread(database: Database) -> SchemaState:
    return await to_thread.run_sync(check_ready, database, limiter=_own_thread)
# {% endif %}
