"""Names: plural and singular, and those that are taken."""

import keyword
import re
from typing import Any

from pluralizer import Pluralizer

from cookiecutter_fastapi_sqlalchemy.errors import Refused

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 40
# What databases allow for the name of a constraint, which has those of table and column.
LONGEST_CONSTRAINT = 63

WORDS: Any = Pluralizer()  # type: ignore[no-untyped-call]
# How the first word begins that "a" or "an" stands before.
VOWELS = ("a", "e", "i", "o", "u")
NO_VOWELS = ("eu", "one", "once", "uni", "us", "ut", "ubi")
SILENT = ("heir", "honest", "hono", "hour")


def check_name(name: str, what: str) -> None:
    """Raise Refused for a name that cannot be one of Python and SQL."""
    check_form(name, what)
    if keyword.iskeyword(name):
        raise Refused(f"{what} {name!r} is a keyword of Python: choose another name.")


def check_form(name: str, what: str) -> None:
    """Raise Refused for a name that has other characters than those of ours, or is too long."""
    if not NAME.fullmatch(name):
        proposal = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()
        example = proposal if NAME.fullmatch(proposal) else "published_at"
        raise Refused(
            f"{what} {name!r} is no name in small letters, digits and single underscores: "
            f"write it like {example}."
        )
    if len(name) > LONGEST_NAME:
        raise Refused(f"{what} {name!r} has {len(name)} characters: use up to {LONGEST_NAME}.")


def singular_of(plural: str) -> str:
    """Return the singular of a name, of whose words the last is in the plural.

    Raises Refused where it is no plural, or is both.
    """
    *before, last = plural.split("_")
    if not WORDS.is_plural(last):
        proposal = "_".join([*before, WORDS.plural(last)])
        raise Refused(
            f"The name {plural!r} is no plural: use {proposal}, or say what one of them is called "
            "with --singular."
        )
    if (singular := WORDS.singular(last)) == last:
        raise Refused(
            f"{plural!r} is singular and plural, and both are needed: say what one of them is "
            f"called, such as --singular {plural}_item."
        )
    return "_".join([*before, singular])


def one_of(plural: str) -> str:
    """Return the singular of the name of a list."""
    *before, last = plural.split("_")
    return "_".join([*before, WORDS.singular(last)])


def with_article(words: str) -> str:
    """Return words with "a" or "an" before them."""
    sounds_like_vowel = words.startswith(VOWELS) and not words.startswith(NO_VOWELS)
    return f"{'an' if sounds_like_vowel or words.startswith(SILENT) else 'a'} {words}"


def camel(name: str) -> str:
    """Return the name of a class: ``BlogPost`` for ``blog_post``."""
    return "".join(part.capitalize() for part in name.split("_"))


def snake(name: str) -> str:
    """Return the name of a variable: ``blog_post`` for ``BlogPost``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def words(name: str) -> str:
    """Return a name as words: ``blog post`` for ``blog_post``."""
    return name.replace("_", " ")
