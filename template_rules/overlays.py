"""The overlays: which of them a project is assembled from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "{{cookiecutter.project_slug}}" / "overlays"


def overlays_for(answers: Mapping[str, Any]) -> list[str]:
    """Return the names of the overlays for the answers, in the order of their application."""
    style, sample = answers["data_access"], answers["sample"]
    database = answers["database"]
    servers = [] if database == "sqlite" else ["server"]
    drivers = [f"{database}-{answers['driver']}"] if database == "postgresql" else []
    samples = [] if sample == "none" else [sample, f"{sample}-{style}"]
    auth = answers["auth"]
    signing_in = ["passwords"] if auth == "none" else ["access", auth]
    signing_in += ["admin"] if answers["admin"] else []
    signing_in += [f"{each}-shop" for each in ("access", "admin") if each in signing_in and samples]
    papers = [] if answers["license"] == "none" else [f"license-{answers['license']}"]
    papers += ["gitlab"] if answers["gitlab"] else []
    mode = answers["concurrency"]
    return [mode, *servers, database, *drivers, style, *samples, *signing_in, *papers]


def patterns_of_unused(answers: Mapping[str, Any]) -> list[str]:
    """Return cookiecutter's patterns for the overlays that the project does not use."""
    used = overlays_for(answers)
    unused = [each for each in FOLDER.iterdir() if each.is_dir() and each.name not in used]
    return [f"overlays/{each.name}" for each in unused]
