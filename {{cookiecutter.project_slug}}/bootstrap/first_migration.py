"""Make ``migrations/`` and its first revision; runs inside the new environment."""

import gc
import logging
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bootstrap.console import step

# What is imported last of all that the steps import, in this order.
IMPORTED_LAST = (
    "sqlalchemy/engine",
    "mako",
    "sqlalchemy/dialects/postgresql",
    "alembic",
    "sqlalchemy/orm",
    # {% if cookiecutter.database == "sqlite" %}
    "pydantic_settings",
    "pydantic",
    # {% endif %}
)
# What of them no step needs.
NOT_IMPORTED = r"site-packages/\w+/(testing|v1|deprecated|experimental|mypy)\b"


def main() -> None:
    """Do the steps, and show each; Alembic's own log stays silent."""
    logging.disable(logging.INFO)
    leave_out_what_only_takes_time()
    with compiling_meanwhile():
        with step("load Alembic and the models"):
            from bootstrap import migrations
        with step("alembic init"):
            migrations.initialise()
        with step("first migration, for {{ cookiecutter._databases[cookiecutter.database].label }}"):
            migrations.emit_first_revision()
            migrations.draw_diagram()
        # {% if cookiecutter.database == "sqlite" %}
        with step("alembic upgrade head"):
            migrations.upgrade()
        # {% endif %}
        migrations.put_in_place()


def leave_out_what_only_takes_time() -> None:
    """Collect no garbage, for there is hardly any, and load no Pygments.

    Mako would load it, to colour the faults of templates in HTML.
    """
    gc.disable()
    modules: dict[str, Any] = sys.modules
    modules["pygments"] = None  # Python's word for: there is none


@contextmanager
def compiling_meanwhile() -> Iterator[None]:
    """Compile what is imported last while the rest is imported.

    A new environment has no bytecode: on two cores this takes a third off the wait.
    To let uv compile everything takes longer than it saves.
    """
    packages = Path(sysconfig.get_path("purelib"))
    folders = [str(packages / name) for name in IMPORTED_LAST]
    compileall = [sys.executable, "-m", "compileall", "-qq", "-x", NOT_IMPORTED]
    compiler = subprocess.Popen([*compileall, *folders])
    try:
        yield
    finally:
        compiler.wait()


def end() -> None:
    """End this process at once: Python would first take apart all that is loaded."""
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
    end()
