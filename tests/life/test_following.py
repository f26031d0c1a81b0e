"""A project with a life of its own follows the template over two versions, and works on."""

import sys
from pathlib import Path

import pytest

from tests.baking import User, texts_of
from tests.cloning import git
from tests.combinations import Combination
from tests.installed import Installed
from tests.life.versions import OF_BOB, PROGRAM, Followed, Versions
from tests.test_architecture import write_the_feature

DEFAULT = Combination("async", "sqlite", "aiosqlite", "repository", "shop")
CRUFT = (sys.executable, "-m", "cruft", "update", "--skip-apply-ask")


@pytest.fixture
def lived(versions: Versions, tmp_path: Path) -> Followed:
    """An installed project of the first version: edits, two features, migrations, a rename.

    One feature is written by hand, and one by `add-feature`.
    """
    user = User.in_folder(tmp_path)
    done = user.generate("--no-input", "--checkout=v0.1.0", template=versions.address)
    assert done.returncode == 0, done.stdout
    project = Installed(user.folder / "my-service", DEFAULT)
    write_the_feature(project)
    project.alembic('revision --autogenerate --message "add invoices"', "upgrade head")
    followed = Followed(user, project.path).committed("Add invoices")
    fields = ("title:str(200)", "body:text", "author:users")
    added = user.run(*PROGRAM, "add-feature", "posts", *fields, cwd=project.path, changes=OF_BOB)
    assert added.returncode == 0, added.stdout
    project.alembic("upgrade head")
    followed.append("README.md", "Ours.")
    passwords = project.path / "app/users/passwords.py"
    passwords.write_text(f"# Ours.\n{followed.read('app/users/passwords.py')}", encoding="utf-8")
    (project.path / "tests/test_deadline.py").rename(project.path / "tests/test_limits.py")
    followed.committed("Our service")
    git(project.path, "branch", "--quiet", "--move", "main")
    return followed


def revisions_of(project: Path) -> dict[str, str]:
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in (project / "migrations/versions").glob("*.py")
    }


@pytest.mark.thorough
def test_a_project_follows_over_two_versions_and_works_on(
    lived: Followed, tmp_path: Path, mypy_cache: str
) -> None:
    ours = revisions_of(lived.path)
    with_cruft = tmp_path / "with-cruft"
    git(tmp_path, "clone", "--quiet", lived.path, with_cruft)
    updated = lived.user.run(*CRUFT, cwd=with_cruft)
    assert updated.returncode == 0, updated.stdout

    lived.update("--to", "v0.2.0")
    git(lived.path, "switch", "--quiet", "main")
    git(lived.path, "merge", "--quiet", "template-update/v0.2.0")
    lived.update("--no-input")

    assert revisions_of(lived.path) == ours
    assert len(ours) == 3
    assert lived.read("README.md").endswith("Ours.\n")
    passwords = lived.read("app/users/passwords.py").splitlines()
    assert (passwords[0], passwords[-1]) == ("# Ours.", "# Since 0.3.0.")
    assert lived.read("tests/test_limits.py").endswith("# Since 0.3.0.\n")
    assert "locale" in lived.read("app/users/models.py")
    assert_the_same_by_cruft(lived.path, with_cruft)
    project = Installed(lived.path, DEFAULT, {"MYPY_CACHE_DIR": mypy_cache})
    project.alembic('revision --autogenerate --message "follow the template"')
    [added] = revisions_of(lived.path).keys() - ours.keys()
    assert "locale" in revisions_of(lived.path)[added]
    project.alembic("upgrade head", "check", "downgrade -1", "upgrade head")
    for check in ("ruff format --check", "ruff check", "mypy", "pytest --quiet"):
        project.run(check)


def assert_the_same_by_cruft(ours: Path, crufts: Path) -> None:
    """Compare the project that cruft updated at once. It does not follow a renamed file."""
    mine, other = texts_of(ours), texts_of(crufts)
    different = {name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)}
    assert different <= {".cruft.json", ".env", "tests/test_limits.py"}
