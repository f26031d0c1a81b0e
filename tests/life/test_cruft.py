"""cruft reads the record of a project. Its `update` is compared in test_following.py."""

import sys
from pathlib import Path

import pytest

from tests.baking import User
from tests.cloning import git
from tests.life.versions import Followed, Versions

CRUFT = (sys.executable, "-m", "cruft")


@pytest.mark.thorough
def test_cruft_checks_a_project_and_shows_what_the_user_changed(
    project: Followed, versions: Versions
) -> None:
    project.append("README.md", "Mine.")

    current = project.user.run(*CRUFT, "check", "--checkout", versions.first, cwd=project.path)
    behind = project.user.run(*CRUFT, "check", cwd=project.path)
    shown = project.user.run(*CRUFT, "diff", cwd=project.path)

    assert (current.returncode, behind.returncode) == (0, 1)
    assert "out of date" in behind.stdout
    lines = [line for line in shown.stdout.splitlines() if line.startswith(("+", "-"))]
    assert lines[2:] == ["-Mine."]
    assert lines[0].endswith("/README.md")


@pytest.mark.thorough
def test_cruft_creates_a_finished_project_and_updates_it(
    versions: Versions, tmp_path: Path
) -> None:
    """Its own record says install=yes, so it installs what it compares, and skips that."""
    user = User.in_folder(tmp_path)
    place = str(versions.clone.folder)

    made = user.run(*CRUFT, "create", place, "--no-input", "--checkout", "v0.2.0")

    assert made.returncode == 0, made.stdout
    project = Followed(user, user.folder / "my-service")
    for name in (".venv", ".env", "uv.lock", "migrations/versions/0001_initial_schema.py"):
        assert (project.path / name).exists()
    assert not (project.path / "bootstrap").exists()

    project.committed("Begin")
    updated = user.run(*CRUFT, "update", "--skip-apply-ask", cwd=project.path)

    assert updated.returncode == 0, updated.stdout
    changed = git(project.path, "status", "--porcelain").splitlines()
    assert sorted(line.split()[1] for line in changed) == [
        ".cruft.json",
        "README.md",
        "app/catalog/tree.py",
        "app/catalog/words.py",
        "app/users/passwords.py",
        "app/users/words.py",
        "docs/migrations.md",
        "migrations/enums.py",
        *("tests/api/test_health.py", "tests/api/test_method.py", "tests/api/test_methods.py"),
        "tests/api/test_readiness.py",
        "tests/test_deadline.py",
    ]
