"""A route runs in a thread, and knows there what its request knows."""

from contextvars import ContextVar
from threading import current_thread

from fastapi import APIRouter, Depends, FastAPI, HTTPException

from app.http.threads import ThreadRoute
from tests.client import client_of

CALLER = ContextVar("CALLER", default="nobody")

router = APIRouter(route_class=ThreadRoute)


@router.get("/where/{number}")
def where(number: int) -> tuple[str, str, int]:
    if number == 0:
        raise HTTPException(404)
    return current_thread().name, CALLER.get(), number


async def remember_caller() -> None:
    CALLER.set("ann")


def test_a_route_runs_in_a_thread_with_the_context_of_its_request() -> None:
    app = FastAPI(dependencies=[Depends(remember_caller)])
    app.include_router(router)
    client = client_of(app)

    thread, caller, number = client.get("/where/3").json()

    assert thread.startswith("route")
    assert (caller, number) == ("ann", 3)
    assert client.get("/where/0").status_code == 404
    assert client.get("/where/none").status_code == 422
    operation = client.get("/openapi.json").json()["paths"]["/where/{number}"]["get"]
    assert [each["name"] for each in operation["parameters"]] == ["number"]
