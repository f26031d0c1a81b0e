"""The template's repository: its versions, and where this program was installed from."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cookiecutter.config import BUILTIN_ABBREVIATIONS
from cookiecutter.repository import expand_abbreviations

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.git import git, last_line, run_git

NAME = "cookiecutter-fastapi-sqlalchemy"
ADDRESS = f"https://github.com/org/{NAME}"
RELEASE = re.compile(r"v\d+\.\d+\.\d+")
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Template:
    """A clone of the template's repository, and what helps where it lacks something."""

    folder: Path
    address: str
    remedy: str

    def commit_of(self, revision: str) -> str:
        """Return the commit of a tag, a branch or a commit. Raises Refused where it is unknown."""
        found = self._find(revision) or self._find(f"origin/{revision}")
        if not found and COMMIT.fullmatch(revision):
            # It may be on no branch any more.
            run_git(self.folder, "fetch", "--quiet", "origin", revision)
            found = self._find(revision)
        if not found:
            problem = f"The template at {self.address} has no version {revision}"
            raise Refused(f"{problem}: {self.remedy}.")
        return found

    def _find(self, name: str) -> str | None:
        found = run_git(self.folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return found.stdout.strip() or None

    def newest(self) -> str:
        """Return the tag of the newest release or, where none is tagged, the default branch."""
        tags = git(self.folder, "tag", "--list", "--sort=-version:refname").splitlines()
        return next(filter(RELEASE.fullmatch, tags), "HEAD")

    def name_of(self, commit: str) -> str:
        """Return the tag of a release, or else the beginning of its commit."""
        tags = git(self.folder, "tag", "--list", "--points-at", commit).splitlines()
        return next(filter(RELEASE.fullmatch, reversed(tags)), commit[:8])

    def is_before(self, commit: str, other: str) -> bool:
        """Return whether a commit is an ancestor of another one."""
        done = run_git(self.folder, "merge-base", "--is-ancestor", commit, other)
        return done.returncode == 0 and commit != other

    def news(self, old: str, new: str) -> str:
        """Return what the changelog of a version says beyond that of an older one."""
        options = ("--unified=0", "--no-ext-diff", "--no-color")
        diff = git(self.folder, "diff", *options, old, new, "--", "CHANGELOG.md")
        lines = [line[1:] for line in diff.splitlines() if re.match(r"\+(?!\+\+)", line)]
        return "\n".join(lines).strip()

    def checked_out(self, commit: str) -> Path:
        """Return a folder with the files of a commit."""
        folder = self.folder.parent / commit / NAME
        if not folder.exists():
            git(self.folder, "worktree", "add", "--quiet", "--detach", folder, commit)
        return folder


@contextmanager
def cloned(address: str, remedy: str) -> Iterator[Template]:
    """Clone a template into a temporary folder.

    Raises Refused, with the remedy, where it cannot be cloned.
    """
    place = expand_abbreviations(address, BUILTIN_ABBREVIATIONS)
    if Path(place).exists():
        place = str(Path(place).resolve())
    with TemporaryDirectory(prefix=f"{NAME}-", ignore_cleanup_errors=True) as folder:
        clone = Path(folder, "clone")
        done = run_git(Path(folder), "clone", "--quiet", "--no-checkout", "--", place, clone)
        if done.returncode:
            reason = last_line(done.stderr)
            raise Refused(f"The template at {address} cannot be cloned ({reason}): {remedy}.")
        yield Template(clone, address, remedy)


@contextmanager
def installed_template() -> Iterator[Path]:
    """Return a folder with the template of the version that this program is of.

    It is the folder that the program was installed from or runs in, or else a clone at the
    commit that it was installed from, or at the tag of its version.
    """
    address, revision = installed_from()
    if revision is None:
        if not Path(address, "cookiecutter.json").is_file():
            raise Refused(f"The template is no longer in {address}: install the program again.")
        yield Path(address)
        return
    with cloned(address, "install the program from a clone that has it") as template:
        yield template.checked_out(template.commit_of(revision))


def installed_from() -> tuple[str, str | None]:
    """Return the address and the revision that the program was installed from.

    The revision is None for a folder. See https://peps.python.org/pep-0610/
    """
    here = Path(__file__).parent.parent
    if (here / "cookiecutter.json").is_file():
        return str(here), None
    try:
        program = distribution(NAME)
    except PackageNotFoundError as error:
        raise Refused(
            f"{NAME} is not installed as a package: install it with uv or pip."
        ) from error
    origin = json.loads(program.read_text("direct_url.json") or "{}")
    if "dir_info" in origin:
        return url2pathname(urlsplit(origin["url"]).path), None
    if "vcs_info" in origin:
        return origin["url"], origin["vcs_info"]["commit_id"]
    return ADDRESS, f"v{program.version}"
