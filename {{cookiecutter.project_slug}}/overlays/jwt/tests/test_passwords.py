"""Hashing leaves the CPU to requests."""

import os
import sys

import pytest
from pydantic import Secret

from app.users import passwords


class PriorityHasher:
    """Returns the priority of the thread in place of a hash."""

    def hash(self, _password: str) -> str:
        return str(os.getpriority(os.PRIO_PROCESS, 0))


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priorities")
async def test_requests_go_before_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hasher", PriorityHasher())

    hashing = int(await passwords.hash_password(Secret("correct horse")))

    assert hashing == passwords.PRIORITY
    assert os.getpriority(os.PRIO_PROCESS, 0) < hashing
