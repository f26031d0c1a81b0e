"""What an answer may be, and how text is quoted for the language it lands in.

Cookiecutter loads this module as a Jinja extension (``_extensions`` in
``cookiecutter.json``). The rules run while the answers are read, before any
directory is made; ``hooks/pre_gen_project.py`` runs them again, for answers that
come from an edited replay file.
"""

import json
import keyword
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

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
    aiomysql aiosqlite alembic annotated-doc annotated-types anyio argon2-cffi argon2-cffi-bindings
    ast-serialize asyncmy asyncpg cffi click colorama cryptography dnspython email-validator
    fastapi fastapi-cli greenlet h11 hatchling httpcore2 httptools httpx2 httpx2-jsfetch idna iniconfig librt
    mako markdown-it-py markupsafe mdurl mypy mypy-extensions mysqlclient opentelemetry-api
    packaging pathspec pip pluggy psycopg psycopg-binary psycopg2-binary pwdlib pycparser pydantic
    pydantic-core pydantic-settings pygments pymysql pytest python-dotenv pyyaml rich rich-toolkit
    ruff shellingham sqlalchemy starlette tenacity truststore typer typing-extensions
    typing-inspection tzdata uv uvicorn uvloop watchfiles websockets
"""
DISTRIBUTIONS = frozenset(_DISTRIBUTION_NAMES.split())

TEXTS = ("project_name", "description", "full_name", "email")
TEXT_LIMIT = 200


class Refused(FailedHookException):
    """An answer cannot be used; the message is one sentence that names the remedy."""


def problem_with(answers: Mapping[str, Any]) -> str | None:
    """Say what is wrong with the answers, or None.

    Takes cookiecutter's context, private tables included, and gives the first
    problem as one sentence that names the remedy.
    """
    for name in TEXTS:
        if problem := _problem_with_text(name, answers[name]):
            return problem
    return (
        _problem_with_slug(answers["project_slug"])
        or _problem_with_database_name(answers)
        or _problem_with_choice("concurrency", answers, ("async", "sync"))
        or _problem_with_choice("database", answers, answers["_databases"])
        or _problem_with_choice("data_access", answers, ("repository", "dao"))
        or _problem_with_choice("sample", answers, ("shop", "none"))
        or _problem_with_driver(answers)
    )


def _problem_with_text(name: str, text: str) -> str | None:
    if not text.strip():
        return f"{name} is empty: give it at least one visible character."
    if len(text) > TEXT_LIMIT:
        return f"{name} has {len(text)} characters: shorten it to {TEXT_LIMIT}."
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        return f"{name} has a control character or line break: leave it out."
    return None


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
    if re.sub("[-_]+", "-", slug) in DISTRIBUTIONS:
        return f"project_slug {slug!r} is a package it depends on: choose another name."
    return None


def _problem_with_database_name(answers: Mapping[str, Any]) -> str | None:
    slug = answers["project_slug"]
    facts = answers["_databases"].get(answers["database"], {})
    if slug.replace("-", "_") in facts.get("own_databases", ()):
        return f"project_slug {slug!r} is a database of the server's own: choose another name."
    return None


def _problem_with_choice(
    name: str, answers: Mapping[str, Any], valid: Mapping[str, Any] | tuple[str, ...]
) -> str | None:
    if answers[name] in valid:
        return None
    return f"{name} {answers[name]!r} is unknown: choose one of {', '.join(valid)}."


def _problem_with_driver(answers: Mapping[str, Any]) -> str | None:
    concurrency, database = answers["concurrency"], answers["database"]
    fitting = answers["_databases"][database]["drivers"][concurrency]
    if answers["driver"] in fitting:
        return None
    return (
        f"driver {answers['driver'][:60]!r} does not fit {concurrency} {database}: "
        f"use {' or '.join(fitting)}."
    )


def checked(answers: Mapping[str, Any]) -> str:
    """Give "yes" when the answers can be used; raise Refused otherwise."""
    if problem := problem_with(answers):
        raise Refused(problem)
    return "yes"


def toml_literal(text: str) -> str:
    """Quote text as a TOML basic string, which is also a YAML double-quoted one."""
    return json.dumps(text, ensure_ascii=False)


def markdown_text(text: str) -> str:
    """Escape text so that Markdown shows it as it was typed."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~&$-])", r"\\\1", text)


def in_quotes(text: str) -> str:
    """Escape text for a Python string in double quotes, which it then cannot close."""
    return json.dumps(text)[1:-1]


def json_in_quotes(answers: Mapping[str, Any]) -> str:
    """Write the answers as JSON, for a Python string in double quotes."""
    return in_quotes(json.dumps(answers))


def problem_in_quotes(answers: Mapping[str, Any]) -> str:
    """Write `problem_with` the answers for a Python string, empty if there is none."""
    return in_quotes(problem_with(answers) or "")


class Rules(Extension):
    """The filters of this module, for the templates and the hooks."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for rule in (checked, toml_literal, markdown_text, json_in_quotes, problem_in_quotes):
            environment.filters[rule.__name__] = rule
