"""The pages about the template: their links lead somewhere, and their figures were measured."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.combinations import CONTEXT, TEMPLATE
from tests.figures import EXCERPT, PAGE, PLACE

DOCS = TEMPLATE / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
# Markdown that is read on GitHub, where the site's builder does not look.
ON_GITHUB = [*TEMPLATE.glob("*.md"), TEMPLATE / "benchmarks/README.md"]
REPOSITORY = "https://github.com/org/cookiecutter-fastapi-sqlalchemy/blob/main/"
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def test_the_site_is_built_without_a_broken_link(tmp_path: Path) -> None:
    """Strict mode refuses links to pages and anchors that do not exist."""
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(TEMPLATE / "zensical.toml", tmp_path)

    done = subprocess.run(
        ["zensical", "build", "--strict"], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site/decisions/rows/index.html").is_file()


def test_every_page_is_in_the_navigation() -> None:
    site = tomllib.loads((TEMPLATE / "zensical.toml").read_text(encoding="utf-8"))

    assert sorted(paths_in(site["project"]["nav"])) == [
        page.relative_to(DOCS).as_posix() for page in PAGES
    ]


def paths_in(navigation: Any) -> Iterator[str]:
    """Yield the pages of a navigation, at any depth."""
    if isinstance(navigation, str):
        yield navigation
        return
    for entry in navigation.values() if isinstance(navigation, dict) else navigation:
        yield from paths_in(entry)


@pytest.mark.parametrize(
    "page", [*ON_GITHUB, *PAGES], ids=lambda page: page.relative_to(TEMPLATE).as_posix()
)
def test_links_into_the_repository_lead_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        base = TEMPLATE if link.startswith(REPOSITORY) else page.parent
        path, _, anchor = link.removeprefix(REPOSITORY).partition("#")
        if "://" in path:
            continue
        target = base / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings of a page."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in headings}


def test_every_prompt_has_its_row() -> None:
    prompts = {name for name in CONTEXT if not name.startswith("_")}
    page = (DOCS / "prompts.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", page, re.MULTILINE)

    assert set(re.findall(r"\w+", " ".join(rows))) == prompts


def test_the_figures_of_the_readme_are_those_of_the_last_runs() -> None:
    readme = (TEMPLATE / "README.md").read_text(encoding="utf-8")
    faults = PAGE.read_text(encoding="utf-8")
    measured = (TEMPLATE / "benchmarks/README.md").read_text(encoding="utf-8")

    [excerpt] = PLACE.findall(readme)
    for line in excerpt.strip().splitlines():
        assert line in faults
    assert excerpt.count("\n| ") == len(EXCERPT) + 1
    per_second = re.findall(r"\d,\d{3}|\b\d{3}\b(?= \|)", PLACE.sub("", readme))
    assert per_second
    for figure in per_second:
        assert f"| {figure} |" in measured
