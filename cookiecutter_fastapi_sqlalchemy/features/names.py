"""Names: plural and singular, and those that are taken."""

import keyword
import re

from pluralizer import Pluralizer

from cookiecutter_fastapi_sqlalchemy.errors import Refused

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 40
# What databases allow for the name of a constraint, which has those of table and column.
LONGEST_CONSTRAINT = 63

WORDS = Pluralizer()
# How the first word begins that "a" or "an" stands before.
VOWELS = ("a", "e", "i", "o", "u")
NO_VOWELS = ("eu", "one", "once", "uni", "us", "ut", "ubi")
SILENT = ("heir", "honest", "hono", "hour")

# The service of another feature imports that of this one by its name.
FEATURES_TAKEN = frozenset(("changes", "data", "ids", "pytest", "queries"))
# The functions of a feature and of its tests have other variables of these names.
SINGULARS_TAKEN = frozenset(
    """
    body changed changes client connection count created data database defaults deleted deletion
    delete each empty execute field first found get ids kept last make method missing more name
    none number other page patched path pytest query read response result router select self
    service session table taken two up update value wanted
    """.split()
)
# Classes that the modules of a feature import.
CLASSES_TAKEN = frozenset(
    """
    AfterValidator Annotated Any AnyTable AwareDatetime Base BaseModel BeforeValidator Collection
    ConfigDict Conflict Connection DAO Database DatabaseDep Decimal Enum Exception Field
    ForeignKey HTTPStatus Id Iterable Listing Literal Mapped Money Moment NotFound NotNull Page
    PageQuery Query Reference References Repository Router Session Strict StrEnum StrictBool
    StrictInt String Text Timestamps Type UniqueConstraint
    """.split()
)
COLUMNS_TAKEN = {
    "id": "every table has it",
    "created_at": "every table has it",
    "updated_at": "every table has it",
    **dict.fromkeys(("metadata", "registry"), "SQLAlchemy's models have it"),
    "change": "the method of the model has it",
    **dict.fromkeys(
        ("bool", "date", "datetime", "dict", "float", "int", "list", "set", "str"),
        "it would hide the type",
    ),
    **dict.fromkeys(
        ("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw")
        + ("schema", "schema_json", "update_forward_refs", "validate"),
        "Pydantic's models have it",
    ),
    **dict.fromkeys(
        ("model_config", "model_construct", "model_copy", "model_dump", "model_dump_json")
        + ("model_computed_fields", "model_extra", "model_fields", "model_fields_set")
        + ("model_json_schema", "model_parametrized_name", "model_post_init", "model_rebuild")
        + ("model_validate", "model_validate_json", "model_validate_strings"),
        "Pydantic's models have it",
    ),
}
# The parameters of every list.
QUERY_TAKEN = frozenset(("page", "page_size", "count", "after", "sort"))
# An enum or an association would have the name of another class: PostRead.
SUFFIXES_TAKEN = frozenset(("create", "dao", "query", "read", "repository", "row", "update"))


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
