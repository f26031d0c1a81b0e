"""The repository's own workflows, forms and release do what GitHub expects of them."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.combinations import CONTEXT, TEMPLATE
from tests.test_delivery import actions_in

GITHUB = TEMPLATE / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
# The schema of each kind of file, as check-jsonschema names it.
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "dependabot": [GITHUB / "dependabot.yml"],
    "github-issue-config": [GITHUB / "ISSUE_TEMPLATE/config.yml"],
    "github-issue-forms": [
        path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"
    ],
}


def run(*command: str | Path, cwd: Path = TEMPLATE, **variables: str) -> str:
    """Run a command, which has to succeed, and return its output."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **variables},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_for_github_follow_their_schemas(schema: str) -> None:
    run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *SCHEMAS[schema])


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    run("zizmor", "--offline", "--no-progress", "--strict-collection", GITHUB)


def test_projects_pin_what_dependabot_renews_here() -> None:
    assert set(CONTEXT["_actions"].values()) <= actions_in(WORKFLOWS)


def test_the_release_says_what_the_changelog_says_of_its_version(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 1.2.0 (unreleased)\n\n- Later.\n\n"
        "## 1.1.0 (2026-12-01)\n\n- This.\n\n## 1.0.0 (2026-11-28)\n\n- Before.\n",
        encoding="utf-8",
    )
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/sh\necho "$@" >called\n', encoding="utf-8")
    gh.chmod(0o755)
    [script] = [step["run"] for step in steps_of("release", "release") if "run" in step]

    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    run("bash", "-euo", "pipefail", "-c", script, cwd=tmp_path, PATH=path, GITHUB_REF_NAME="v1.1.0")

    assert (tmp_path / "notes.md").read_text(encoding="utf-8").strip() == "- This."
    assert "release create v1.1.0" in (tmp_path / "called").read_text(encoding="utf-8")


def test_the_parts_of_a_run_are_the_whole() -> None:
    """Every test module belongs to one part of the matrix."""
    tests = yaml.safe_load((GITHUB / "workflows/tests.yml").read_text(encoding="utf-8"))
    matrix = tests["jobs"]["part"]["strategy"]["matrix"]["include"]
    parts = [part["tests"].split() for part in matrix]
    [(everything, *ignored)] = [part for part in parts if len(part) > 1]

    assert everything == "tests"
    left_out = {each.removeprefix("--ignore=") for each in ignored}
    assert left_out == {part[0] for part in parts if len(part) == 1}
    assert all((TEMPLATE / path).exists() for path in left_out)


def steps_of(workflow: str, job: str) -> list[dict[str, Any]]:
    """Return the steps of a job."""
    text = (GITHUB / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8")
    steps: list[dict[str, Any]] = yaml.safe_load(text)["jobs"][job]["steps"]
    return steps
