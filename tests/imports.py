"""The import contract of a project, checked in this process."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from importlinter.cli import lint_imports


def check_imports(project: Path) -> str:
    """Return what `lint-imports` prints in a project; empty where the contract is kept."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as printed:
        patch.setattr(sys, "path", [*sys.path])
        patch.chdir(project)
        failed = lint_imports(no_cache=True)
    return printed.getvalue() if failed else ""
