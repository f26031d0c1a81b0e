"""The version stands in pyproject.toml, and CHANGELOG.md and the tags agree with it."""

import re
import subprocess
import tomllib

from cookiecutter_fastapi_sqlalchemy.template import RELEASE
from tests.combinations import TEMPLATE

SECTION = re.compile(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", re.MULTILINE)


def sections() -> dict[str, str]:
    """Return the days of the versions that the changelog has, newest first."""
    text = (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8")
    found = SECTION.findall(text)
    assert len(found) == len(re.findall("^## ", text, re.MULTILINE))
    return dict(found)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_the_newest_section_of_the_changelog_is_of_the_version() -> None:
    pyproject = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))

    newest, *older = sections()

    assert newest == pyproject["project"]["version"]
    assert RELEASE.fullmatch(f"v{newest}")
    assert [newest, *older] == sorted(sections(), key=numbers, reverse=True)
    assert "unreleased" not in [sections()[version] for version in older]


def test_the_tests_have_the_dependencies_of_the_program() -> None:
    pyproject = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))

    assert pyproject["dependency-groups"]["program"] == pyproject["project"]["dependencies"]


def test_every_tag_of_a_release_has_a_section_with_its_day() -> None:
    """Vacuous in a clone without tags."""
    listed = subprocess.run(
        ["git", "tag", "--list"], cwd=TEMPLATE, check=True, capture_output=True, text=True
    )
    released = [tag[1:] for tag in listed.stdout.split() if RELEASE.fullmatch(tag)]

    assert [each for each in released if sections().get(each, "unreleased") == "unreleased"] == []
