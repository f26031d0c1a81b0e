"""Programs and packages of npm."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import skip_or_fail

PACKAGES = {"oidc-provider": "^8.8", "openapi-typescript": "^7.13", "typescript": "^5.9"}


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the packages that npm installs, for all tests of the worker."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            skip_or_fail(f"there is no {program}; install Debian's nodejs and npm")
    folder = tmp_path_factory.mktemp("node")
    package = {"private": True, "dependencies": PACKAGES}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    installed = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    if installed.returncode:
        skip_or_fail(f"npm cannot install {', '.join(PACKAGES)}: {installed.stderr}")
    return folder / "node_modules"
