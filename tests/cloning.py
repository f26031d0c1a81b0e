"""Clones of the template, in which tests make versions of it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.combinations import TEMPLATE

AUTHOR = {
    f"GIT_{role}_{name}": value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in (("NAME", "Ann"), ("EMAIL", "ann@example.com"))
}


def git(folder: Path, *arguments: str | Path) -> str:
    """Run git in a folder as an author, and return what it prints. It has to succeed."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **AUTHOR},
        check=False,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.rstrip("\n")


@dataclass(frozen=True)
class Clone:
    """A repository of the template, with as many versions as a test commits to it."""

    folder: Path

    @classmethod
    def of_work_tree(cls, folder: Path) -> "Clone":
        """Commit the files of the template as they are now, to a new repository."""
        listed = git(TEMPLATE, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (TEMPLATE / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(TEMPLATE / name, folder / name)
        git(folder, "init", "--quiet", "--initial-branch=main")
        clone = cls(folder)
        clone.commit("The template as it is")
        return clone

    @property
    def head(self) -> str:
        """The newest commit."""
        return git(self.folder, "rev-parse", "HEAD")

    def commit(self, message: str, tag: str | None = None) -> str:
        """Commit all files as a version, and return the commit."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", message)
        if tag:
            git(self.folder, "tag", tag)
        return self.head

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that a file has once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has not once: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")
