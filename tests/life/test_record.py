"""The record of a generation, `.cruft.json`: what it holds, and what is rendered from it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from template_rules.record import record_of
from tests.baking import User, texts_of
from tests.cloning import Clone, git
from tests.combinations import CONTEXT, TEMPLATE

RECORD = ".cruft.json"
PROMPTS = [name for name in CONTEXT if not name.startswith("_")]

# Renders a text with a filter of the template in a folder, before and after the folder's
# template_rules are replaced by those of another one.
TWO_VERSIONS = """\
import json, os, shutil, sys
from pathlib import Path
from cookiecutter.utils import create_env_with_context

folder, later = map(Path, sys.argv[1:])
sys.path.append(str(folder))
context = json.loads((folder / "cookiecutter.json").read_text("utf-8"))
for number in range(2):
    environment = create_env_with_context({"cookiecutter": context})
    print(environment.from_string("{{ 'a' | toml_literal }}").render())
    print(sorted({"shouted"} & environment.filters.keys()))
    shutil.copytree(later, folder / "template_rules", dirs_exist_ok=True)
"""


def record_in(project: Path) -> Any:
    return json.loads((project / RECORD).read_text(encoding="utf-8"))


def test_the_record_holds_the_answers_and_the_version(user: User, clone: Clone) -> None:
    """In cruft's form; nothing of the place, the time or the machine is in it."""
    answers = {
        "project_name": 'Café "💩"',
        "project_slug": "cafe",
        "concurrency": "sync",
        "database": "postgresql",
    }
    given = [f"{name}={answer}" for name, answer in answers.items()]

    done = user.generate("--no-input", "install=no", *given, template=clone.folder)

    assert done.returncode == 0, done.stdout
    record = record_in(user.folder / "cafe")
    recorded = record["context"].pop("cookiecutter")
    assert record == {
        "template": str(clone.folder),
        "commit": clone.head,
        "checkout": None,
        "context": {},
        "directory": None,
    }
    assert [*recorded] == PROMPTS
    assert recorded == {
        **answers,
        "description": CONTEXT["description"],
        "full_name": CONTEXT["full_name"],
        "email": CONTEXT["email"],
        "driver": "psycopg",
        "data_access": "repository",
        "sample": "shop",
        "auth": "none",
        "admin": False,
        "license": "none",
        "gitlab": False,
        "install": False,
    }


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        (
            "https://ann:secret@example.com/ours/template.git?token=secret",
            "https://example.com/ours/template.git",
        ),
        ("ssh://git:secret@example.com/template.git", "ssh://git@example.com/template.git"),
        ("git@example.com:ours/template.git", "git@example.com:ours/template.git"),
        ("../elsewhere", "{parent}/elsewhere"),
    ],
)
def test_the_address_is_where_others_find_the_template(
    tmp_path: Path, origin: str, address: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    repository = tmp_path / "template"
    git(tmp_path, "init", "--quiet", repository)
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "empty")
    git(repository, "config", "remote.origin.url", origin)

    record = record_of({"_template": "."}, repository)

    assert record["template"] == address.format(parent=tmp_path)
    assert record["commit"] == git(repository, "rev-parse", "HEAD")
    assert "secret" not in json.dumps(record)


def test_a_template_out_of_git_has_no_commit(tmp_path: Path) -> None:
    """Not even where its folder is in a repository of something else."""
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "something else")
    git(tmp_path, "config", "remote.origin.url", "https://example.com/something-else.git")
    folder = tmp_path / "template"
    folder.mkdir()

    copied = record_of({"_template": "template"}, folder)
    unzipped = record_of({"_template": "https://ann:secret@example.com/template.zip"}, folder)

    assert (copied["template"], copied["commit"]) == (str(folder), None)
    assert (unzipped["template"], unzipped["commit"]) == ("https://example.com/template.zip", None)


def test_a_template_may_be_named_by_a_relative_path(user: User, clone: Clone) -> None:
    relative = os.path.relpath(clone.folder, user.folder.parent)
    made = user.run(
        *(sys.executable, "-m", "cookiecutter", relative, "--no-input", "install=no"),
        cwd=user.folder.parent,
    )

    assert made.returncode == 0, made.stdout
    record = record_in(user.folder.parent / "my-service")
    assert (record["template"], record["commit"]) == (str(clone.folder), clone.head)


def test_a_project_that_is_overwritten_gets_a_new_record(user: User) -> None:
    project = user.folder / "my-service"
    again = ("--no-input", "install=no", "--overwrite-if-exists", "sample=none")
    user.generate("--no-input", "install=no")

    user.generate(*again, "--skip-if-file-exists")
    kept = record_in(project)
    user.generate(*again)
    renewed = record_in(project)

    assert kept["context"]["cookiecutter"]["sample"] == "shop"
    assert renewed["context"]["cookiecutter"]["sample"] == "none"


def test_what_is_rendered_from_the_record_is_the_finished_project(user: User) -> None:
    """Without an environment, secrets, revisions of the schema, and what makes them."""
    done = user.generate("--no-input")
    assert done.returncode == 0, done.stdout
    project = user.folder / "my-service"
    version = {
        "template": str(TEMPLATE),
        "answers": record_in(project)["context"]["cookiecutter"],
        "ask": False,
    }
    output = user.folder / "rendered"
    output.mkdir()

    rendered = user.run(
        *(sys.executable, "-m", "cookiecutter_fastapi_sqlalchemy.update.rendering"),
        json.dumps(version),
        cwd=output,
        changes={"PYTHONPATH": str(TEMPLATE)},
    )

    assert rendered.returncode == 0, rendered.stdout
    finished = texts_of(project)
    own = {
        *(".cruft.json", ".env", ".python-version", "uv.lock"),
        *("docs/schema.md", "migrations/versions/0001_initial_schema.py"),
    }
    assert own <= finished.keys()
    followed = {name: text for name, text in finished.items() if name not in own}
    assert texts_of(output / "my-service") == followed
    assert not (output / "my-service" / ".venv").exists()


def test_two_versions_of_the_rules_are_loaded_in_one_process(tmp_path: Path) -> None:
    """As cruft does. The later ones change a file without changing its size and its time."""
    folder, later = tmp_path / "template", tmp_path / "later"
    shutil.copytree(TEMPLATE / "template_rules", folder / "template_rules")
    shutil.copy(TEMPLATE / "cookiecutter.json", folder)
    shutil.copytree(TEMPLATE / "template_rules", later)
    init, quoting = later / "__init__.py", later / "quoting.py"
    filters = init.read_text(encoding="utf-8").replace(
        "FILTERS = (\n",
        "def shouted(text: str) -> str:\n    return text\n\n\nFILTERS = (shouted,\n",
    )
    init.write_text(filters, encoding="utf-8")
    before = quoting.stat()
    text = quoting.read_text(encoding="utf-8")
    quoting.write_text(text.replace("dumps(text, ", "dumps('b' , "), encoding="utf-8")
    assert quoting.stat().st_size == before.st_size
    os.utime(quoting, ns=(before.st_atime_ns, before.st_mtime_ns))

    shown = subprocess.run(
        [sys.executable, "-c", TWO_VERSIONS, folder, later],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        env={name: each for name, each in os.environ.items() if not name.startswith("PYTHON")},
    )

    assert shown.stdout.splitlines() == ['"a"', "[]", '"b"', "['shouted']"]
