"""What belongs to users is found and listed by them and by staff alone."""

from dataclasses import dataclass, replace

import pytest

from app.auth.owners import ensure_own, owner_listed
from app.auth.roles import Role
from app.errors import Forbidden, NotFound
from app.http.router import Router
from tests.operator import OPERATOR

ANN = replace(OPERATOR, user_id=1, role=Role.USER)
BOB = replace(OPERATOR, user_id=2, role=Role.USER)
STAFF = replace(OPERATOR, user_id=3, role=Role.STAFF)


@dataclass(frozen=True)
class Note:
    user_id: int


def test_what_belongs_to_others_is_not_found() -> None:
    note = Note(ANN.user_id)

    assert ensure_own(note, "note", 7, ANN) is ensure_own(note, "note", 7, STAFF)
    for missing, caller in ((note, BOB), (None, ANN), (None, STAFF)):
        with pytest.raises(NotFound, match="no note 7"):
            ensure_own(missing, "note", 7, caller)


def test_users_list_their_own_and_staff_whose_they_ask_for() -> None:
    assert owner_listed(None, ANN) == owner_listed(ANN.user_id, ANN) == ANN.user_id
    assert owner_listed(None, STAFF) is None
    assert owner_listed(ANN.user_id, STAFF) == ANN.user_id
    with pytest.raises(Forbidden):
        owner_listed(ANN.user_id, BOB)


def test_a_role_that_writes_is_not_needed_to_read() -> None:
    router = Router(write_role=Role.STAFF)

    async def route() -> None: ...

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        router.add_api_route(f"/{method}", route, methods=[method])

    needed = [len(getattr(each, "dependencies", ())) for each in router.routes]
    assert needed == [0, 1, 1, 1, 1]
