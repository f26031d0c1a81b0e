"""The record of a generation, ``.cruft.json``, by which a project can follow the template.

Its form is that of cruft, which reads it as well: https://cruft.github.io/cruft/
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from template_rules.quoting import json_in_quotes


def record_in_quotes(answers: Mapping[str, Any]) -> str:
    """Return the record as JSON, escaped for a Python string in double quotes.

    Cookiecutter renders hooks in the folder of the template.
    """
    return json_in_quotes(record_of(answers, Path.cwd()))


def record_of(answers: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the template's address and commit, and the answers.

    The commit is None where the template's folder is no git repository. The record says
    install=no, because a project that is rendered again from it is not installed.
    """
    commit = _commit_of(folder)
    public = {name: answer for name, answer in answers.items() if not name.startswith("_")}
    return {
        "template": _address_of(folder, answers, bool(commit)),
        "commit": commit,
        "checkout": answers.get("_checkout"),
        "context": {"cookiecutter": {**public, "install": False}},
        "directory": None,
    }


def _commit_of(folder: Path) -> str | None:
    """Return the commit of a repository whose work tree the folder is, or None."""
    prefix, *commits = _git(folder, "rev-parse", "--show-prefix", "HEAD") or ["unknown"]
    return commits[0] if commits and not prefix else None


def _address_of(folder: Path, answers: Mapping[str, Any], is_repository: bool) -> str:
    """Return where others find the template: its repository's origin, or else its path."""
    origin = _git(folder, "config", "--get", "remote.origin.url") if is_repository else []
    if origin:
        path = Path(folder, origin[0])
        return str(path.resolve()) if path.exists() else without_secrets(origin[0])
    template = str(answers.get("_template", ""))
    return without_secrets(template) if template.lower().endswith(".zip") else str(folder)


def without_secrets(address: str) -> str:
    """Return a URL without its password or token; other addresses are returned as they are."""
    url = urlsplit(address)
    if not url.netloc:
        return address
    login, at, host = url.netloc.rpartition("@")
    user = login.partition(":")[0] + at if url.scheme.endswith("ssh") else ""
    return urlunsplit((url.scheme, user + host, url.path, "", ""))


def _git(folder: Path, *arguments: str) -> list[str]:
    """Return the lines that git prints about a folder: none where it fails or is missing.

    Another user may own the folder, and the shell may name another repository.
    """
    inherited = {name: each for name, each in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", *arguments],
            cwd=folder,
            env=inherited,
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
