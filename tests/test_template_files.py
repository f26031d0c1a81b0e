"""The template's own Python files can be read as Python, by people and by their tools."""

import ast
import re
from pathlib import Path

import pytest

from tests.baking import PROJECT_TEMPLATE

# With more of them, a file is two files in two overlays.
CONDITIONS = 10
CONDITION = re.compile(r"\{%\s*(?:if|elif)\b")

SOURCES = sorted(PROJECT_TEMPLATE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT_TEMPLATE).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_of_the_template_is_python(path: Path) -> None:
    try:
        ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        pytest.fail(f"{name_of(path)}, line {error.lineno}: {error.msg}: {error.text}")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_of_the_template_has_few_conditions(path: Path) -> None:
    conditions = CONDITION.findall(path.read_text(encoding="utf-8"))

    assert len(conditions) <= CONDITIONS, f"{name_of(path)} has {len(conditions)} conditions"


@pytest.mark.parametrize("line", ["# {% if a %}", "# {% elif a %}", "f({% if a %}1{% endif %})"])
def test_a_condition_is_counted(line: str) -> None:
    assert len(CONDITION.findall(line)) == 1
