"""Programs of Debian's newest packages, unpacked into a folder: nothing is installed.

The servers that a stable Debian packages are years old. Those of its unstable suite come
from the mirror that the machine's own sources name, are checked against its keys, and run
by the loader and the libraries that they were built with.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUITE = "sid"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Asks apt-get for the archive's address, whatever form the machine's sources have.
PACKAGES = ("Created-By: Packages", "Origin: Debian", "Component: main", "Label: Debian")


class NotUnpacked(Exception):
    """The package cannot be had here; the message says why."""


def unpacked(package: str) -> Path:
    """Return the folder of a package and all that it needs, unpacked once for all tests.

    It is below SERVERS_FOLDER, or else below the folder for temporary files, and readable
    for the system accounts that servers run as. Raises NotUnpacked where apt-get or its
    archive is missing.
    """
    missing = [name for name in ("apt-get", "dpkg-deb") if not shutil.which(name)]
    if missing:
        raise NotUnpacked(f"there is no {missing[0]}")
    shelf = _shelf()
    folder = shelf / package
    with _alone(shelf):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=shelf) as name:
                parts = Path(name, package)
                _unpack(package, Path(name), parts)
                parts.rename(folder)
    return folder


def command(folder: Path, program: str) -> list[str]:
    """Return how a program of an unpacked package is called: by its own loader."""
    [loader] = folder.glob("usr/lib*/ld-linux*.so.*")
    [libraries] = folder.glob("usr/lib/*-linux-gnu")
    return [str(loader), "--library-path", str(libraries), str(folder / program)]


def _shelf() -> Path:
    default = Path(tempfile.gettempdir(), f"servers-of-tests-{os.getuid()}")
    shelf = Path(os.environ.get("SERVERS_FOLDER", default))
    shelf.mkdir(mode=0o755, exist_ok=True)
    if shelf.stat().st_uid != os.getuid():
        raise NotUnpacked(f"{shelf} belongs to somebody else")
    return shelf


@contextmanager
def _alone(shelf: Path) -> Iterator[None]:
    """Keep the other workers of the tests from unpacking the same."""
    import fcntl  # POSIX has it, as it has apt-get

    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(package: str, scratch: Path, folder: Path) -> None:
    apt = ["apt-get", *_options(scratch)]
    for path in ("lists/partial", "cache/archives/partial", "sources"):
        (scratch / path).mkdir(parents=True)
    (scratch / "status").touch()
    archives = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", *PACKAGES]).split()
    if not archives:
        raise NotUnpacked("apt-get has no sources of Debian")
    source = f"deb [signed-by={KEYS}] {archives[0]} {SUITE} main\n"
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
        "APT::Sandbox::User": "",  # it could not write here
        "Debug::NoLocking": "true",
    }
    return [f"-o{name}={value}" for name, value in options.items()]


def _run(arguments: list[str]) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotUnpacked(f"{' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout
