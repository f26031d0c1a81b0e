"""Programs of Debian's packages, unpacked into a folder without an installation.

The servers in a stable Debian are years old. This module downloads those of the unstable
suite, or of another, from the mirror that the machine's own sources name, checks them
against Debian's keys, and runs them with the loader and the libraries that they were built
with.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEWEST = "sid"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
# A query of apt-get for the archive's address, for any format of the machine's sources.
PACKAGES = ("Created-By: Packages", "Origin: Debian", "Component: main", "Label: Debian")


class NotUnpacked(Exception):
    """Raised when the package is not available here; the message is the reason."""


def unpacked(package: str, suite: str = NEWEST) -> Path:
    """Return the folder of a package and its dependencies, unpacked once for all tests.

    It is below SERVERS_FOLDER, or else below the folder for temporary files, and readable
    for the system accounts that servers run as. Raise NotUnpacked where apt-get or its
    archive is missing.
    """
    missing = [name for name in ("apt-get", "dpkg-deb") if not shutil.which(name)]
    if missing:
        raise NotUnpacked(f"there is no {missing[0]}")
    packages = _packages_folder()
    folder = packages / (package if suite == NEWEST else f"{package}-{suite}")
    with _locked(packages):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=packages) as name:
                parts = Path(name, package)
                _unpack(package, suite, Path(name), parts)
                parts.rename(folder)
    return folder


def command(folder: Path, program: str) -> list[str]:
    """Return the command that runs a program of an unpacked package with its own loader."""
    # Older suites have a part of their libraries outside of usr.
    loader, *_ = [*folder.glob("usr/lib*/ld-linux*.so.*"), *folder.glob("lib*/ld-linux*.so.*")]
    libraries = [*folder.glob("usr/lib/*-linux-gnu"), *folder.glob("lib/*-linux-gnu")]
    return [str(loader), "--library-path", ":".join(map(str, libraries)), str(folder / program)]


def _packages_folder() -> Path:
    default = Path(tempfile.gettempdir(), f"servers-of-tests-{os.getuid()}")
    folder = Path(os.environ.get("SERVERS_FOLDER", default))
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise NotUnpacked(f"{folder} belongs to another user")
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder, so that two workers of the tests do not unpack the same package."""
    import fcntl  # only on POSIX, as apt-get

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(package: str, suite: str, scratch: Path, folder: Path) -> None:
    apt = ["apt-get", *_options(scratch)]
    for path in ("lists/partial", "cache/archives/partial", "sources"):
        (scratch / path).mkdir(parents=True)
    (scratch / "status").touch()
    archives = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", *PACKAGES]).split()
    if not archives:
        raise NotUnpacked("apt-get has no sources of Debian")
    source = f"deb [signed-by={KEYS}] {archives[0]} {suite} main\n"
    (scratch / "sources" / "newest.list").write_text(source, encoding="utf-8")
    _run([*apt, "update", "--quiet=2"])
    _run([*apt, "install", "--quiet=2", "--yes", "--download-only", package])
    folder.mkdir(mode=0o755)
    for archive in (scratch / "cache" / "archives").glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(archive), str(folder)])


def _options(scratch: Path) -> list[str]:
    options = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": scratch / "sources",
        "Dir::State::Lists": scratch / "lists",
        "Dir::State::Status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",  # that user could not write here
        "Debug::NoLocking": "true",
    }
    return [f"-o{name}={value}" for name, value in options.items()]


def _run(arguments: list[str]) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotUnpacked(f"{' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout
