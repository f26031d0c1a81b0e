"""What the server for development refuses."""

from pathlib import Path

import pytest

from app.database.administration.local import serve
from app.database.administration.programs import NoServer
from app.settings import load_settings
from tests.environment import GOOD_URL


def test_a_refusal_names_the_variable_that_was_read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", GOOD_URL)

    with pytest.raises(NoServer, match=r" in DATABASE_URL "):
        serve(load_settings().database_url)
