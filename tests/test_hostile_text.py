"""Any visible text is a valid name, and reaches every language of the project as typed."""

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml
from markdown_it import MarkdownIt

from tests.baking import COOKIECUTTER, User, replay_with, texts_of, tree
from tests.combinations import CONTEXT, TEMPLATE

OBRIEN = 'O\'Brien "💩" {{ 7*7 }} \\'
HOSTILE = [
    OBRIEN,
    '""" \'\'\' """',
    "'''",
    '"',
    "'",
    "\\",
    "\\\\' + str(7*7) + \\'",
    "\\N{PILE OF POO} \\x41 \\u0041 \\n",
    "${{ secrets.X }} ${HOME} $HOME %HOME% %(here)s %s {0} {x!r}",
    "$(touch pwned) `touch pwned` ; touch pwned & | > pwned",
    "');__import__('pathlib').Path('pwned').touch();('",
    "# {% raw %} {% endraw %} {# no #} # {% if true %}",
    "[a](http://x) ![b](http://x) <script>alert(1)</script> &amp; *a* _b_ ~~c~~ `d` | e",
    "# title: [a, b] - c: {d: e} & *f !g % @h ?i >j |k",
    "--help -n --output-dir=/ -",
    "\u202eright to left\u202c e\u0301 \u200bzero\u200d 👩‍👩‍👧",
    "\u2028line\u2029separators\ufeff",
    "null",
    "0x10",
    "  blanks around  ",
    "x" * 200,
]
TEXTS = ("project_name", "description", "full_name", "email")


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User.in_folder(tmp_path)


def everywhere(text: str) -> dict[str, str]:
    """Answer every question for a text with the same."""
    return {**dict.fromkeys(TEXTS, text), "project_slug": "service"}


def assert_reads_back(project: Path, answers: dict[str, str]) -> None:
    """Expect the texts in the project's data, exactly, and code that is still code."""
    pyproject: dict[str, Any] = tomllib.loads(
        (project / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert pyproject["tool"]["app"]["title"] == answers["project_name"]
    assert pyproject["project"]["description"] == answers["description"]
    assert pyproject["project"]["authors"] == [
        {"name": answers["full_name"], "email": answers["email"]}
    ]
    yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))
    for name, text in texts_of(project).items():
        if name.endswith(".py"):
            ast.parse(text, name)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_replayed_text_is_only_text(user: User, text: str) -> None:
    answers = everywhere(text)
    replay = replay_with(user, answers)
    before = tree(user.folder.parent)

    done = user.generate(f"--replay-file={replay}")

    assert done.returncode == 0, done.stdout
    project = user.folder / "service"
    assert_reads_back(project, answers)
    assert_markdown_shows(project, text)
    made = tree(user.folder.parent).keys() - before.keys()
    assert all(name.startswith(("work/service", "replay_dir")) for name in made)
    assert not list(project.rglob("pwned"))


def assert_markdown_shows(project: Path, text: str) -> None:
    """Expect the text as the title and as the first paragraph of the README."""
    tokens = MarkdownIt().parse((project / "README.md").read_text(encoding="utf-8"))
    for inline in [token for token in tokens if token.type == "inline"][:2]:
        parts = inline.children or []
        assert {part.type for part in parts} <= {"text", "text_special"}
        assert "".join(part.content for part in parts).strip() == text.strip()


def test_a_text_is_typed_at_a_prompt(user: User) -> None:
    child = pexpect.spawn(
        COOKIECUTTER[0],
        [*COOKIECUTTER[1:], str(TEMPLATE)],
        cwd=user.folder,
        env=user.environment,
        encoding="utf-8",
        timeout=20,
        dimensions=(50, 200),
    )
    answers = {**everywhere(OBRIEN), "install": "n"}
    for question, name in enumerate(CONTEXT["__prompts__"], start=1):
        child.expect_exact(f"[{question}/{len(CONTEXT['__prompts__'])}]")
        child.expect(r"\): ")
        child.sendline(answers.get(name, ""))
    child.expect(pexpect.EOF)
    child.wait()

    assert child.exitstatus == 0, child.before
    assert_reads_back(user.folder / "service", everywhere(OBRIEN))


def test_a_project_with_hostile_texts_runs(user: User) -> None:
    """The environment, the migration and the application take the texts as they are."""
    answers = {**everywhere(OBRIEN), "install": True}

    done = user.generate(f"--replay-file={replay_with(user, answers)}")

    assert done.returncode == 0, done.stdout
    show = "import json, app.main; print(json.dumps(app.main.app.openapi()['info']))"
    project = user.folder / "service"
    info = user.run("uv", "run", "--quiet", "python", "-c", show, cwd=project)
    assert json.loads(info.stdout) == {
        "title": OBRIEN,
        "description": OBRIEN,
        "version": "0.1.0",
    }
