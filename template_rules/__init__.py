"""The template's Jinja extension: rules for the answers, and filters for files and hooks.

Cookiecutter loads it by its name (``_extensions`` in ``cookiecutter.json``).
"""

import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment
from jinja2.ext import Extension

from template_rules.answers import checked
from template_rules.overlays import overlays_for, patterns_of_unused
from template_rules.quoting import json_in_quotes, markdown_text, toml_literal
from template_rules.record import record_in_quotes

# The name of the template's directory, which cookiecutter renders into the project's name.
DIRECTORY = "{{cookiecutter.project_slug}}"


def on_failure(_answers: Mapping[str, Any]) -> str:
    """Return "remove" if cookiecutter certainly removes a project whose hook fails, else "keep".

    Cookiecutter removes a folder that it has created, unless
    ``--keep-project-on-failure`` is given. Without ``--overwrite-if-exists`` it always
    creates the folder. The options of a program that calls cookiecutter are unknown, so
    its project is kept.
    """
    command = click.get_current_context(silent=True)
    options = command.params if command else {}
    keeping = [options.get(name) for name in ("overwrite_if_exists", "keep_project_on_failure")]
    return "remove" if keeping == [False, False] else "keep"


def checked_slug(answers: MutableMapping[str, Any]) -> str:
    """Return the slug when the answers are valid. Raise Refused otherwise.

    It also tells cookiecutter to copy the overlays that the project does not use: rendering
    them for the hook to remove would take a quarter of the time.
    """
    checked(answers)
    answers["_copy_without_render"] = patterns_of_unused(answers)
    return str(answers["project_slug"])


FILTERS = (
    checked,
    checked_slug,
    overlays_for,
    toml_literal,
    markdown_text,
    json_in_quotes,
    record_in_quotes,
    on_failure,
)


class Rules(Extension):
    """Jinja extension that offers the filters to templates and hooks."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for each in FILTERS:
            environment.filters[each.__name__] = each
        _forget_modules()

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Check the answers when the project's directory is named, before it is created.

        A hook would check too late, because it runs in the directory, which may be
        `../evil`.
        """
        return "{{ cookiecutter | checked_slug }}" if source == DIRECTORY else source


def _forget_modules() -> None:
    """Make Python load these modules anew when they are imported next.

    A program such as cruft renders two versions of the template in one process, and
    would get the modules of the first version for both. Their bytecode goes too: Python
    takes it for that of a source of the same size and second.
    """
    for name in [*sys.modules]:
        if name.partition(".")[0] == __name__:
            source = sys.modules.pop(name).__file__ or ""
            with suppress(OSError):
                Path(cache_from_source(source)).unlink()
