"""How many connections the service may open, and what is said where it is too many."""

import pytest

from app.database.administration.capacity import (
    Demand,
    demand_of,
    fetch_limits,
    warning_for,
)
from app.database.database import Database
from app.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("variable", "pool_size", "total"),
    [(None, 5, 11), ("1", 5, 11), ("4", 10, 81)],
)
def test_processes_and_pools_are_multiplied(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    variable: str | None,
    pool_size: int,
    total: int,
) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    if variable:
        monkeypatch.setenv("WEB_CONCURRENCY", variable)
    sized = settings.model_copy(update={"database_pool_size": pool_size})

    assert demand_of(sized).total == total


@pytest.mark.parametrize("variable", ["", "0", "-1", "many"])
def test_processes_that_are_no_number_are_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, variable: str
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", variable)

    with pytest.raises(SettingsError, match="WEB_CONCURRENCY"):
        demand_of(settings)


@pytest.mark.parametrize("limits", [{}, {"the limit": 41}, {"the limit": 100}])
def test_what_is_within_the_limits_needs_no_warning(limits: dict[str, int]) -> None:
    assert warning_for(Demand(4, (5, 5)), limits) is None


def test_the_warning_is_about_the_lowest_limit() -> None:
    warning = warning_for(Demand(4, (5, 5)), {"one": 30, "another": 40})

    assert warning is not None
    assert "41 connections, and one is 30: lower APP_DATABASE_POOL_SIZE to 3" in warning


def test_the_suggested_pool_is_within_the_limit() -> None:
    for limit in range(9, 41):
        pool = Demand(4, (5, 5)).largest_pool(limit)

        assert pool >= 1
        assert Demand(4, (pool, pool)).total <= limit


def test_too_many_processes_for_any_pool_are_said_to_be() -> None:
    warning = warning_for(Demand(4, (5, 5)), {"the limit": 8})

    assert warning is not None
    assert "8: start fewer processes" in warning


async def test_the_limits_of_the_server_are_found(database: Database) -> None:
    limits = await database.read(fetch_limits)

    assert any("max_connections" in name for name in limits)
    assert all(limit > 0 for limit in limits.values())
