"""Versions of the template for the tests of updates, and projects of its first one."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.baking import User
from tests.cloning import Clone, git
from tests.combinations import TEMPLATE

PROJECT = "{{cookiecutter.project_slug}}"
SINCE = "\n\n# Since 0.3.0."  # formatted, as the end of a module
# The variables of the user who runs the program.
OF_BOB = {
    "PYTHONPATH": str(TEMPLATE),
    **{f"GIT_{role}_NAME": "Bob" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "bob@example.com" for role in ("AUTHOR", "COMMITTER")},
}
PROGRAM = (sys.executable, "-m", "cookiecutter_fastapi_sqlalchemy")


@dataclass(frozen=True)
class Versions:
    """A clone of the template with the releases 0.1.0, 0.2.0 and 0.3.0."""

    clone: Clone
    first: str
    second: str
    third: str

    @classmethod
    def in_folder(cls, folder: Path) -> "Versions":
        clone = Clone.of_work_tree(folder)
        first = clone.head
        git(folder, "tag", "v0.1.0")
        return cls(clone, first, _release_second(clone), _release_third(clone))

    @property
    def address(self) -> str:
        """The address by which cookiecutter clones the template."""
        return f"git+file://{self.clone.folder}"


def _release_second(clone: Clone) -> str:
    """Add a column, change the application, move a line, and remove a file."""
    clone.edit(
        f"{PROJECT}/app/users/models.py",
        "    is_active: Mapped[bool]",
        "    locale: Mapped[str | None] = mapped_column(String(80))\n    is_active: Mapped[bool]",
    )
    clone.edit(
        f"{PROJECT}/app/main.py",
        '"""The application: features, error handlers, lifespan."""',
        '"""The application: its features, error handlers and lifespan."""',
    )
    clone.edit(f"{PROJECT}/pyproject.toml", '"alembic>=1.20"', '"alembic>=1.20.0"')
    (clone.folder / PROJECT / "tests/api/test_cors.py").unlink()
    _announce(clone, "0.2.0", "Users have locales.")
    return clone.commit("Release 0.2.0", "v0.2.0")


def _release_third(clone: Clone) -> str:
    """Ask for a motto, which a new filter writes, and change files that users may have moved."""
    clone.edit(
        "cookiecutter.json", '  "install": true,', '  "motto": "Serve well.",\n  "install": true,'
    )
    clone.edit(
        "template_rules/__init__.py",
        "FILTERS = (\n",
        'def shouted(text: str) -> str:\n    return f"{text.upper()}!"\n\n\n'
        "FILTERS = (\n    shouted,\n",
    )
    clone.edit(
        f"{PROJECT}/README.md", "## Run it\n", "{{ cookiecutter.motto | shouted }}\n\n## Run it\n"
    )
    passwords = "overlays/passwords/app/users/passwords.py"
    for name in ("tests/test_deadline.py", passwords, "docs/migrations.md"):
        _append(clone.folder / PROJECT / name, SINCE)
    _append(clone.folder / PROJECT / "bootstrap/alembic_environment/enums.py", SINCE)
    for old, new in (
        ("test_health.py", "test_readiness.py"),
        ("test_methods.py", "test_method.py"),
    ):
        tests = clone.folder / PROJECT / "tests/api"
        (tests / old).rename(tests / new)
    for name in ("app/users/words.py", "overlays/shop/app/catalog/words.py"):
        (clone.folder / PROJECT / name).write_text('"""Words."""\n', encoding="utf-8")
    _append(clone.folder / PROJECT / "overlays/shop/app/catalog/tree.py", SINCE)
    _announce(clone, "0.3.0", "Projects have mottos.")
    return clone.commit("Release 0.3.0", "v0.3.0")


def _append(path: Path, line: str) -> None:
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")


def _announce(clone: Clone, version: str, news: str) -> None:
    changelog = clone.folder / "CHANGELOG.md"
    introduction, rest = changelog.read_text(encoding="utf-8").split("\n## ", maxsplit=1)
    section = f"\n## {version} (2026-12-01)\n\n- {news}\n\n## "
    changelog.write_text(f"{introduction}{section}{rest}", encoding="utf-8")


@dataclass(frozen=True)
class Followed:
    """A project in git that follows the template, and the user who works on it."""

    user: User
    path: Path

    @classmethod
    def generate(cls, user: User, template: str, *answers: str) -> "Followed":
        """Generate a project without its environment and revisions, and commit it."""
        done = user.generate("--no-input", "install=no", *answers, template=template)
        assert done.returncode == 0, done.stdout
        project = cls(user, user.folder / "my-service")
        (project.path / "bootstrap/alembic_environment").rename(project.path / "migrations")
        shutil.rmtree(project.path / "bootstrap")
        git(project.path, "init", "--quiet", "--initial-branch=main")
        return project.committed("Begin")

    def committed(self, message: str) -> "Followed":
        """Commit all files."""
        git(self.path, "add", "--all")
        git(self.path, "commit", "--quiet", "--message", message)
        return self

    def copied_to(self, folder: Path) -> "Followed":
        """Return a copy of the project with a user of its own."""
        shutil.copytree(self.path, folder / "work/my-service", symlinks=True)
        user = User(folder / "work", self.user.environment)
        return Followed(user, folder / "work/my-service")

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def append(self, name: str, line: str) -> None:
        _append(self.path / name, line)

    def append_new(self, name: str) -> None:
        (self.path / name).write_text("mine\n", encoding="utf-8")

    def update(self, *options: str, expected: int = 0) -> str:
        """Run the program's `update` in the project, and return what it prints."""
        done = self.user.run(*PROGRAM, "update", *options, cwd=self.path, changes=OF_BOB)
        assert done.returncode == expected, done.stdout
        return done.stdout

    def state(self) -> tuple[str, ...]:
        """Return the branches, the one that is checked out, and what is not committed."""
        return (
            git(self.path, "for-each-ref"),
            git(self.path, "branch", "--show-current"),
            git(self.path, "worktree", "list"),
            git(self.path, "status", "--porcelain"),
            git(self.path, "rev-parse", "HEAD"),
        )
