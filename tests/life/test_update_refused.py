"""`update` refuses in one sentence what it cannot do, and changes nothing then."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cloning import git
from tests.life.versions import Followed, Versions

BRANCH = "template-update/v0.3.0"

Spoil = Callable[[Followed], object]


def _merge_halfway(project: Followed) -> None:
    for branch, line in (("other", "Theirs."), ("main", "Mine.")):
        git(project.path, "switch", "--quiet", "--force-create", branch)
        project.append("README.md", line)
        project.committed(line)
        if branch == "other":
            git(project.path, "switch", "--quiet", "-")
            git(project.path, "reset", "--quiet", "--hard")
    with pytest.raises(AssertionError, match="CONFLICT"):
        git(project.path, "merge", "other")


def _edit_record(project: Followed, **values: object) -> None:
    record = json.loads(project.read(".cruft.json"))
    answers = record["context"]["cookiecutter"]
    for name, value in values.items():
        (answers if name in answers else record)[name] = value
    (project.path / ".cruft.json").write_text(json.dumps(record), encoding="utf-8")
    project.committed("Edit the record")


def _be_unfinished(project: Followed) -> None:
    (project.path / "bootstrap").mkdir()
    (project.path / "bootstrap/first_migration.py").touch()


def _ignore_the_record(project: Followed) -> None:
    project.append(".gitignore", ".cruft.json")
    git(project.path, "rm", "--quiet", "--cached", ".cruft.json")
    project.committed("Ignore the record")


def _ignore_a_file_in_the_way(project: Followed) -> None:
    project.append(".gitignore", "words.py")
    project.committed("Ignore words")
    (project.path / "app/users/words.py").write_text("# Mine.\n", encoding="utf-8")


REFUSED: list[tuple[str, Spoil | None, tuple[str, ...], str]] = [
    ("changed file", lambda it: it.append("README.md", "Mine."), (), "README.md: commit or stash"),
    ("new file", lambda it: it.append_new("mine.py"), (), "mine.py: commit or stash"),
    ("detached", lambda it: git(it.path, "switch", "--detach"), (), "No branch is checked out"),
    ("merging", _merge_halfway, (), "A merge is not finished"),
    ("no git", lambda it: shutil.rmtree(it.path / ".git"), (), "in no git repository"),
    ("no commit", lambda it: _edit_record(it, commit=None), (), "names no commit"),
    ("rewritten", lambda it: _edit_record(it, commit="0" * 40), (), f"no version {'0' * 40}: name"),
    ("unfinished", _be_unfinished, (), "run `python3 -m bootstrap` in it first"),
    ("branch", lambda it: git(it.path, "branch", BRANCH), (), f"{BRANCH} exists already: merge it"),
    ("ignored record", _ignore_the_record, (), "run `git add --force .cruft.json` and commit it"),
    ("ignored", _ignore_a_file_in_the_way, (), "app/users/words.py is in the way"),
    (
        "no record",
        lambda it: (it.path / ".cruft.json").unlink(),
        (),
        "This is no generated project",
    ),
    ("same", None, ("--to", "v0.1.0"), "of version v0.1.0 already"),
    ("same answers", None, ("--to=v0.1.0", "--answer=sample=shop"), "Nothing changes by these"),
    ("no such version", None, ("--to", "v9.9.9"), "has no version v9.9.9: name"),
    ("no template", None, ("--template", "/nowhere"), "at /nowhere cannot be cloned"),
    ("unknown answer", None, ("--answer", "colour=red"), "--answer colour: v0.3.0 does not ask"),
    ("no value", None, ("--answer", "motto"), "write it as NAME=VALUE"),
    (
        "no choice",
        None,
        ("--answer", "sample=zoo"),
        "choose one of shop, none with --answer sample",
    ),
    (
        "bad answer",
        None,
        ("--answer", "driver=asyncpg"),
        "does not fit async sqlite: use aiosqlite",
    ),
]


@pytest.mark.parametrize(
    ("spoil", "options", "reason"),
    [each[1:] for each in REFUSED],
    ids=[each[0].replace(" ", "-") for each in REFUSED],
)
def test_what_cannot_be_updated_is_refused(
    project: Followed, spoil: Spoil | None, options: tuple[str, ...], reason: str
) -> None:
    """In one sentence, and nothing changes."""
    if spoil:
        spoil(project)
    state = project.state() if (project.path / ".git").exists() else ()
    files = {path: path.read_bytes() for path in project.path.rglob("*") if path.is_file()}
    files = {path: text for path, text in files.items() if ".git" not in path.parts}

    shown = project.update("--no-input", *options, expected=1)

    assert shown.startswith("Error: ")
    assert reason in shown
    assert shown.count("\n") == 1
    assert (project.state() if (project.path / ".git").exists() else ()) == state
    assert {path: path.read_bytes() for path in files} == files


def test_without_a_terminal_a_new_prompt_is_refused(project: Followed) -> None:
    shown = project.update(expected=1)

    assert "The template asks for motto in this version: answer with --answer motto=" in shown


def test_a_project_of_a_later_version_than_the_newest_release_goes_not_back(
    project: Followed, versions: Versions, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", versions.clone.folder, clone)
    git(clone, "tag", "--delete", "v0.3.0")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "After 0.3.0")
    place = ("--template", str(clone), "--no-input")
    project.update("--to", versions.third, *place)

    refused = project.update(*place, expected=1)
    shown = project.update("--to", "HEAD", *place)

    assert "later version than the newest release, v0.2.0: name a version with --to" in refused
    assert f"{versions.third[:8]} to {git(clone, 'rev-parse', 'HEAD')[:8]}" in shown
