"""A project holds each answer exactly, or the answer is refused in one sentence.

Cookiecutter reads an answer differently for each source:

- A replay file holds answers unchanged, including control characters and NUL. Most tests
  use it, in this process.
- At a prompt, the answer is the typed text without leading and trailing blanks.
- On the command line and in the user's own configuration, an answer is the default of a
  prompt, which cookiecutter renders with Jinja: ``{{ 7*7 }}`` is 49 there, and a lone
  ``{{`` is an error of Jinja, before any file is created. A literal text is written as
  ``{{ '…' }}``. It is rendered once, never twice.
"""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.baking import User, replay_with, texts_of
from tests.combinations import TEMPLATE, Combination
from tests.conftest import skip_or_fail
from tests.figures import Figures
from tests.installed import Installed
from tests.reliability.hostile import (
    BAD_EMAILS,
    BAD_NAMES,
    BAD_SLUGS,
    BAD_TEXTS,
    EMAILS,
    NON_TEXTS,
    OBRIEN,
    SHADOWS,
    SLUGS,
    TEXTS,
)
from tests.servers import KINDS, NoServer
from tests.terminal import answer_at_terminal

FIELDS = ("project_name", "description", "full_name")
PLAIN = {**dict.fromkeys(FIELDS, "plain"), "email": "ann@example.com", "project_slug": "service"}
SMALL = {"concurrency": "sync", "data_access": "dao", "sample": "none", "driver": "sqlite3"}

# The files that contain texts or the slug. All others do not depend on them.
RECORD = ".cruft.json"
FILES_WITH_TEXTS = {"pyproject.toml", "README.md", RECORD}
CI = ".github/workflows/ci.yml"
KUBERNETES = {f"deploy/kubernetes/{name}.yaml" for name in ("deployment", "service", "volume")}
FILES_WITH_SLUG = {
    *("pyproject.toml", "README.md", ".env", ".env.example", CI, RECORD),
    *("Dockerfile", "compose.yaml"),
    *KUBERNETES,
}

CANARY = "pwned"  # a file that the hostile code would create if it ran

ABSOLUTE = Path("/evil")  # the target of a hostile slug

# Answers as typed at a prompt, and the same answers as Jinja for the command line.
TYPED = {
    "project_name": OBRIEN,
    "description": "--help # {% raw %} \\' `touch pwned` $(touch pwned)",
    "full_name": "[/bold] [red]Ann[/] <x> {{",
    "email": "o'brien+{{7*7}}@example.com",
}
AS_JINJA = {
    name: f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" for name, text in TYPED.items()
}

WORKING = [
    ("app", Combination("async", "sqlite", "aiosqlite", "repository", "none"), OBRIEN),
    (
        "tests",
        Combination("sync", "sqlite", "sqlite3", "dao", "none"),
        "\"\"\" ''' {% raw %} ${{ x }} </script> \u2028 \u202e 日本 e\u0301, 1. \\",
    ),
]

DATABASE_NAMES = ["order", "none", "test", "a" * 50]
ON_SERVERS = [
    Combination("sync", "postgresql", "psycopg", "dao", "none"),
    Combination("async", "mysql", "asyncmy", "repository", "none"),
]

IMPORT = """\
import email, json, logging, app.main
print(app.main.__file__, email.__file__, json.__file__, logging.__file__, sep="\\n")
"""

# Serves the names and descriptions of several projects with the code of one, because the
# code is the same in all of them.
SERVE = """\
import json, re, sys
from pathlib import Path
from app import main
from tests.client import client_of

def shown(pyproject):
    main.PYPROJECT = Path(pyproject)
    client = client_of(main.create_app())
    page = re.sub("<title>.*?</title", "", client.get("/docs").text, count=1)
    return client.get("/openapi.json").json()["info"], page

print(json.dumps([shown(path) for path in json.load(sys.stdin)]))
"""


class Trials:
    """Generations for one user, with counts of their outcomes."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.tried = 0
        self.refused = 0
        self.projects: list[Path] = []

    def generate(self, answers: Mapping[str, Any], folder: Path | None = None) -> Path:
        """Generate from a replay file, in this process, into a new folder."""
        self.tried += 1
        replay = replay_with(self.user, {**PLAIN, **SMALL, "install": False, **answers})
        project = cookiecutter(
            str(TEMPLATE),
            replay=str(replay),
            output_dir=str(folder or self.user.folder / str(self.tried)),
            config_file=self.user.environment["COOKIECUTTER_CONFIG"],
        )
        self.projects.append(Path(project))
        return self.projects[-1]

    def refuse(self, answers: Mapping[str, Any], remedy: str) -> None:
        """Check that the answers are refused with the remedy in a sentence, and no new file."""
        before = self._made()
        with pytest.raises(FailedHookException) as refusal:
            self.generate(answers)
        # The class is one of the rules that this generation has loaded anew.
        assert type(refusal.value).__name__ == "Refused"
        sentence = str(refusal.value)
        assert remedy in sentence
        assert re.fullmatch(r"[^\x00-\x1f]{20,400}\.", sentence)
        assert self._made() == before
        self.refused += 1

    def finish(self, figures: Figures) -> None:
        """Note the number of answers tried, and check that none did harm."""
        harm = {
            "broken projects": self.tried - self.refused - len(self.projects),
            "writes outside the target": len(self._outside()),
            "code executed": len(list(self.user.folder.parent.rglob(CANARY))),
        }
        counts = {
            "hostile answers tried": self.tried,
            "generated with an exact round trip": len(self.projects),
            "refused in one sentence": self.refused,
            **harm,
        }
        for topic, number in counts.items():
            figures.note(topic, None, number)
        assert not any(harm.values()), (harm, self._outside())

    def _made(self) -> list[Path]:
        return sorted(self.user.folder.rglob("*"))

    def _outside(self) -> list[Path]:
        """Return new paths that belong neither to a project nor to the tests."""
        base = self.user.folder.parent
        own = {base / name for name in ("config.json", "edited.json", "replay_dir")}
        kept = {*own, *self.projects}
        expected = {self.user.folder, *kept, *(parent for path in kept for parent in path.parents)}
        return [
            path
            for path in (*base.rglob("*"), *ABSOLUTE.parent.glob(ABSOLUTE.name))
            if path not in expected and kept.isdisjoint(path.parents)
        ]


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    user = User.in_folder(tmp_path)
    # Code that is executed in this process by mistake writes into the user's folder.
    monkeypatch.chdir(user.folder)
    return user


@pytest.fixture
def trials(user: User) -> Trials:
    return Trials(user)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installed project from harmless answers."""
    trials = Trials(User.in_folder(tmp_path_factory.mktemp("plain")))
    return trials.generate({"install": True})


@pytest.fixture(scope="session")
def plain_texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of a rendered project from harmless answers."""
    trials = Trials(User.in_folder(tmp_path_factory.mktemp("plain")))
    return texts_of(trials.generate({}))


def assert_same_but(project: Path, plain_texts: dict[str, str], names: set[str]) -> None:
    """Check that a project has the files of a plain one, and only those named differ."""
    texts = texts_of(project)
    assert texts.keys() == plain_texts.keys()
    changed = {name for name in texts if texts[name] != plain_texts[name]}
    assert changed <= names, changed


def assert_texts_read_back(
    project: Path, plain_texts: dict[str, str], answers: Mapping[str, str]
) -> None:
    """Check that TOML, Markdown and JSON hold the answers exactly; nothing else changes."""
    assert_same_but(project, plain_texts, FILES_WITH_TEXTS)
    expected = tomllib.loads(plain_texts["pyproject.toml"])
    expected["project"]["description"] = answers["description"]
    expected["project"]["authors"] = [{"name": answers["full_name"], "email": answers["email"]}]
    expected["tool"]["app"]["title"] = answers["project_name"]
    texts = texts_of(project)
    assert tomllib.loads(texts["pyproject.toml"]) == expected
    recorded = json.loads(texts[RECORD])["context"]["cookiecutter"]
    assert {name: recorded[name] for name in (*FIELDS, "email")} == {
        name: answers[name] for name in (*FIELDS, "email")
    }
    assert_markdown_shows(texts["README.md"], plain_texts["README.md"], answers)


def assert_markdown_shows(readme: str, plain_readme: str, answers: Mapping[str, str]) -> None:
    """Check that the name is the title, the description follows, and the rest is unchanged."""
    tokens, plain_tokens = MarkdownIt().parse(readme), MarkdownIt().parse(plain_readme)
    assert [token.type for token in tokens] == [token.type for token in plain_tokens]
    title, description, *others = _inlines(tokens)
    _, _, *plain_others = _inlines(plain_tokens)
    assert _text_of(title) == answers["project_name"]
    assert _text_of(description) == answers["description"]
    assert [token.content for token in others] == [token.content for token in plain_others]


def _inlines(tokens: list[Token]) -> list[Token]:
    return [token for token in tokens if token.type == "inline"]


def _text_of(inline: Token) -> str:
    parts = inline.children or []
    assert {part.type for part in parts} <= {"text", "text_special"}
    return "".join(part.content for part in parts)


def everywhere(text: str) -> dict[str, str]:
    """Return answers with the same text for every question that takes one."""
    return {**PLAIN, **dict.fromkeys(FIELDS, text)}


def served(plain: Path, projects: Iterable[Path]) -> list[Any]:
    """Return the OpenAPI info of each project, and its page /docs without the title."""
    paths = json.dumps([str(project / "pyproject.toml") for project in projects])
    done = subprocess.run(
        [plain / ".venv/bin/python", "-c", SERVE],
        cwd=plain,
        input=paths,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


@pytest.mark.thorough
@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_is_only_text(
    trials: Trials, plain_texts: dict[str, str], plain: Path, figures: Figures, kind: str
) -> None:
    """TOML, Markdown, OpenAPI and the documentation page show the text literally."""
    for text in TEXTS[kind]:
        project = trials.generate(everywhere(text))
        assert_texts_read_back(project, plain_texts, everywhere(text))

    trials.finish(figures)
    [(_, plain_page), *shown] = served(plain, [plain, *trials.projects])
    assert shown == [
        [{"title": text, "description": text, "version": "0.1.0"}, plain_page]
        for text in TEXTS[kind]
    ]


@pytest.mark.parametrize("field", [*FIELDS, "email"])
def test_a_text_that_cannot_be_kept_is_refused(
    trials: Trials, figures: Figures, field: str
) -> None:
    for text, remedy in BAD_TEXTS.items():
        trials.refuse({field: text}, remedy)

    trials.finish(figures)


def test_a_name_that_ends_a_title_is_refused(trials: Trials, figures: Figures) -> None:
    for text, remedy in BAD_NAMES.items():
        trials.refuse({"project_name": text}, remedy)

    trials.finish(figures)


def test_an_address_reads_back(
    trials: Trials, plain_texts: dict[str, str], figures: Figures
) -> None:
    for email in EMAILS:
        answers = {**PLAIN, "email": email}
        assert_texts_read_back(trials.generate(answers), plain_texts, answers)

    trials.finish(figures)


def test_an_address_that_packaging_refuses_is_refused(trials: Trials, figures: Figures) -> None:
    for email, remedy in BAD_EMAILS.items():
        trials.refuse({"email": email}, remedy)

    trials.finish(figures)


@pytest.mark.parametrize("field", [*FIELDS, "email", "project_slug", "driver"])
def test_values_of_other_types_are_refused(trials: Trials, figures: Figures, field: str) -> None:
    for answer in NON_TEXTS:
        trials.refuse({field: answer}, "provide one, in quotes")

    trials.finish(figures)


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ({"install": "no"}, "without quotes"),
        ({"install": None}, "without quotes"),
        ({"install": 0}, "without quotes"),
        ({"database": ["sqlite"]}, "choose one of sqlite, postgresql, mysql"),
        ({"concurrency": None}, "choose one of async, sync"),
        ({"data_access": {}}, "choose one of repository, dao"),
        ({"sample": False}, "choose one of shop, none"),
        ({"license": ["MIT"]}, "choose one of none, MIT, Apache-2.0, BSD-3-Clause, proprietary"),
        ({"gitlab": None}, "without quotes"),
    ],
    ids=str,
)
def test_invalid_choices_are_refused(
    trials: Trials, figures: Figures, answer: dict[str, object], remedy: str
) -> None:
    trials.refuse(answer, remedy)

    trials.finish(figures)


@pytest.mark.thorough
def test_a_slug_names_the_project_and_its_database(
    trials: Trials, plain_texts: dict[str, str], figures: Figures
) -> None:
    for slug in SLUGS:
        project = trials.generate({"project_slug": slug})
        assert project.name == slug
        assert_slug_reads_back(project, plain_texts, slug)

    trials.finish(figures)


def assert_slug_reads_back(project: Path, plain_texts: dict[str, str], slug: str) -> None:
    """Check the names of the distribution and the database, and that nothing else changes."""
    assert_same_but(project, plain_texts, FILES_WITH_SLUG)
    texts = texts_of(project)
    expected = tomllib.loads(plain_texts["pyproject.toml"])
    expected["project"]["name"] = slug
    assert tomllib.loads(texts["pyproject.toml"]) == expected
    file = f"{slug.replace('-', '_')}.db"
    for name in (".env", ".env.example"):
        assert texts[name].splitlines()[-1] == f"APP_DATABASE_URL=sqlite+pysqlite:///{file}"
    for name in KUBERNETES:
        assert yaml.safe_load(texts[name])["metadata"]["name"] == slug.replace("_", "-")
    assert texts[CI] == plain_texts[CI].replace("///service.db", f"///{file}")
    compose = yaml.safe_load(texts["compose.yaml"])
    url = compose["services"]["app"]["environment"]["APP_DATABASE_URL"]
    assert url == f"sqlite+pysqlite:////srv/data/{file}"


@pytest.mark.thorough
def test_the_folder_of_a_project_hides_no_module(
    trials: Trials, plain: Path, figures: Figures
) -> None:
    for slug in SHADOWS:
        project = trials.generate({"project_slug": slug})
        done = trials.user.run(plain / ".venv/bin/python", "-c", IMPORT, cwd=project)
        assert done.returncode == 0, done.stdout
        main, *standard = map(Path, done.stdout.splitlines())
        assert main == project / "app/main.py"
        assert not any(path.is_relative_to(project) for path in standard)

    trials.finish(figures)


def test_a_slug_that_cannot_name_a_project_is_refused(trials: Trials, figures: Figures) -> None:
    for slug, remedy in BAD_SLUGS.items():
        trials.refuse({"project_slug": slug}, remedy)

    trials.finish(figures)


def configure(user: User, answers: Mapping[str, Any]) -> None:
    """Write answers into the user's own configuration."""
    config = Path(user.environment["COOKIECUTTER_CONFIG"])
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["default_context"] = answers
    # YAML does not join the surrogate pairs with which JSON escapes an emoji.
    config.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")


def arguments_for(answers: Mapping[str, str]) -> list[str]:
    """Return answers as arguments of cookiecutter's command line."""
    return ["--no-input", *(f"{name}={answer}" for name, answer in answers.items())]


def assert_typed_texts_read_back(user: User, plain_texts: dict[str, str]) -> None:
    assert_texts_read_back(user.folder / "service", plain_texts, TYPED)
    assert not list(user.folder.rglob(CANARY))


def test_texts_on_the_command_line(user: User, plain_texts: dict[str, str]) -> None:
    answers = {**AS_JINJA, **SMALL, "project_slug": "service", "install": "no"}

    done = user.generate(*arguments_for(answers))

    assert done.returncode == 0, done.stdout
    assert_typed_texts_read_back(user, plain_texts)


def test_texts_of_the_users_own_configuration(user: User, plain_texts: dict[str, str]) -> None:
    configure(user, {**AS_JINJA, **SMALL, "project_slug": "service"})

    done = user.generate("--no-input", "install=no")

    assert done.returncode == 0, done.stdout
    assert_typed_texts_read_back(user, plain_texts)


def test_texts_at_a_prompt(user: User, plain_texts: dict[str, str]) -> None:
    """All texts are typed, except for the author, who is accepted from the configuration."""
    configure(user, {**SMALL, "full_name": AS_JINJA["full_name"]})
    answers = {**TYPED, "full_name": "", "project_slug": "service", "install": "n"}
    answer_at_terminal(user, answers)

    assert_typed_texts_read_back(user, plain_texts)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{{", "unexpected 'end of template'"),
        ("{{ nobody }}", "Unable to render variable 'full_name'"),
        ("# {% nothing %}", "Encountered unknown tag 'nothing'"),
    ],
)
def test_jinja_that_cookiecutter_cannot_render_makes_nothing(
    user: User, text: str, error: str
) -> None:
    """The message, and a traceback, are cookiecutter's own."""
    done = user.generate(*arguments_for({"full_name": text, "install": "no"}))

    assert done.returncode != 0
    assert error in done.stdout
    assert list(user.folder.iterdir()) == []


def test_an_empty_answer_of_the_users_own_configuration_is_refused(user: User) -> None:
    """YAML reads ``full_name:`` as null."""
    configure(user, {"full_name": None})

    done = user.generate("--no-input", "install=no")

    assert done.returncode == 1
    assert done.stdout == "full_name is not a text: provide one, in quotes.\n"
    assert list(user.folder.iterdir()) == []


@pytest.mark.thorough
@pytest.mark.parametrize(("slug", "combination", "text"), WORKING, ids=["app", "tests"])
def test_a_project_with_hostile_answers_works(
    trials: Trials, figures: Figures, slug: str, combination: Combination, text: str
) -> None:
    """A project that is installed in a folder with a hostile name passes its own tests."""
    answers = {**everywhere(text), **combination.choices, "project_slug": slug, "install": True}
    hostile = trials.user.folder / "it's 100% $HOME (é)"

    project = Installed(trials.generate(answers, hostile), combination)

    project.run("python -m pytest")
    project.run("ruff check .")
    project.run("mypy")
    # The README's command for users without uv, which builds the metadata of a package.
    done = trials.user.run(
        "uv", "pip", "install", "--no-deps", "--target=installed", ".", cwd=project.path
    )
    assert done.returncode == 0, done.stdout
    trials.finish(figures)


@pytest.mark.thorough
@pytest.mark.parametrize("combination", ON_SERVERS, ids=str)
def test_a_word_of_sql_names_a_database(
    trials: Trials, monkeypatch: pytest.MonkeyPatch, combination: Combination
) -> None:
    """The server is a private one, as another may have databases with such common names."""
    monkeypatch.delenv(f"{combination.database.upper()}_URL", raising=False)
    path = trials.generate({**combination.choices, "install": True})
    try:
        with KINDS[combination.server].url() as url:
            for name in DATABASE_NAMES:
                project = Installed(path, combination, {"APP_DATABASE_URL": f"{url}/{name}"})
                with project.database():
                    project.run("alembic upgrade head")
    except NoServer as error:
        skip_or_fail(str(error))
