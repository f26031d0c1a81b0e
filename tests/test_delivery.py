"""The files by which a project is built, deployed and checked are what their readers take.

The projects are rendered: one of each driver, and among them each license, each way to sign
in, and CI for GitLab or not.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.baking import Cookies, bake
from tests.combinations import COMBINATIONS, CONTEXT, one_per_driver

SCHEMAS = {
    "compose.yaml": ["compose-spec"],
    ".github/workflows/ci.yml": ["github-workflows"],
    ".github/dependabot.yml": ["dependabot"],
    ".gitlab-ci.yml": ["gitlab-ci", "--data-transform", "gitlab-ci"],
}
KUBERNETES = "1.37"
WORKLOADS = ("Deployment", "Job")
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.fixture(scope="module")
def projects(cookies_session: Cookies) -> list[Path]:
    """Rendered projects of each driver, license and way to sign in."""
    licenses, gitlab = cycle(CONTEXT["license"]), cycle([True, False])
    ways = cycle(CONTEXT["auth"])
    combinations = [replace(each, auth=next(ways)) for each in one_per_driver(COMBINATIONS)]
    return [
        bake(cookies_session, **each.answers, license=next(licenses), gitlab=next(gitlab))
        for each in combinations
    ]


def named(projects: list[Path], pattern: str) -> list[Path]:
    """Return the files of all projects whose path matches a pattern. There have to be some."""
    files = [path for project in projects for path in sorted(project.glob(pattern))]
    assert files, pattern
    return files


def assert_passes(program: str, *arguments: str | Path) -> None:
    """Run a program of the tests' environment, which has to find nothing."""
    command = [Path(sys.executable).with_name(program), *arguments]
    done = subprocess.run(
        command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout


def test_hadolint_finds_nothing(projects: list[Path]) -> None:
    assert_passes("hadolint", *named(projects, "Dockerfile"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_is_of_its_schema(projects: list[Path], name: str) -> None:
    schema, *options = SCHEMAS[name]

    assert_passes(
        "check-jsonschema", f"--builtin-schema=vendor.{schema}", *options, *named(projects, name)
    )


def test_zizmor_finds_nothing(projects: list[Path]) -> None:
    assert_passes("zizmor", "--offline", "--quiet", *named(projects, ".github"))


def test_actions_are_pinned_to_commits_of_one_version(projects: list[Path]) -> None:
    used = actions_in(named(projects, ".github/*/*.yml"))

    assert used == set(CONTEXT["_actions"].values())
    assert all(PINNED.fullmatch(each) for each in used)


def actions_in(workflows: Iterable[Path]) -> set[str]:
    """Return the actions that workflows use, each with its commit and version."""
    texts = [path.read_text(encoding="utf-8") for path in workflows]
    return {each for text in texts for each in re.findall(r"uses: (.*)$", text, re.MULTILINE)}


def documents(projects: list[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each manifest for Kubernetes."""
    for path in named(projects, "deploy/kubernetes/*.yaml"):
        yield path, yaml.safe_load(path.read_text(encoding="utf-8"))


def test_kubernetes_takes_the_manifests(projects: list[Path]) -> None:
    kinds: dict[Path, set[str]] = {}
    for path, manifest in documents(projects):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        kinds.setdefault(path.parents[2], set()).add(manifest["kind"])

    of_a_file = {"Deployment", "PersistentVolumeClaim", "Service"}
    of_a_server = {"Deployment", "Job", "Service"}
    for project, found in kinds.items():
        assert found == (of_a_file if "-sqlite-" in project.name else of_a_server)


def test_pods_may_do_little_and_get_settings_by_reference(projects: list[Path]) -> None:
    for path, manifest in documents(projects):
        if manifest["kind"] not in WORKLOADS:
            continue
        pod = manifest["spec"]["template"]["spec"]
        dockerfile = path.parents[2].joinpath("Dockerfile").read_text(encoding="utf-8")
        user = f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
        assert f"\nUSER {user}\n" in dockerfile
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"].keys() == {"memory"}
            assert [*container["envFrom"][0]] == ["secretRef"]
            assert "env" not in container


def test_all_of_a_project_run_the_same_python_and_uv(projects: list[Path]) -> None:
    python, uv = CONTEXT["_python"], CONTEXT["_uv"]
    for project in projects:
        workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text("utf-8"))
        dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
        steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
        setups = [step["with"]["version"] for step in steps if "setup-uv" in step.get("uses", "")]
        assert set(re.findall(r"^FROM python:([\d.]+)-", dockerfile, re.MULTILINE)) == {python}
        assert workflow["env"]["UV_PYTHON"] == python
        assert f"FROM ghcr.io/astral-sh/uv:{uv} AS uv\n" in dockerfile
        assert set(setups) == {uv}


def test_a_project_has_ci_for_gitlab_or_no_trace_of_it(cookies: Cookies) -> None:
    """The jobs are those for GitHub, with the same commands."""
    with_gitlab, without = (
        bake(cookies, **COMBINATIONS[0].answers, gitlab=gitlab) for gitlab in (True, False)
    )

    gitlab = yaml.safe_load((with_gitlab / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    github = yaml.safe_load((with_gitlab / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    for name, job in github["jobs"].items():
        assert [step["run"] for step in job["steps"] if "run" in step] == gitlab[name]["script"]
    assert not (without / ".gitlab-ci.yml").exists()
    texts = [path for path in without.rglob("*") if path.is_file() and path.name != ".cruft.json"]
    assert [path for path in texts if b"gitlab" in path.read_bytes().lower()] == []
