"""What the code of a feature says in words, and in lists of words."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from cookiecutter_fastapi_sqlalchemy.features.access import Access
from cookiecutter_fastapi_sqlalchemy.features.feature import Feature
from cookiecutter_fastapi_sqlalchemy.features.fields import Field

LINE_LENGTH = 88  # the formatter's limit in the project
INDENT = "    "


def docstring(sentence: str, more: str = "") -> str:
    """Return the docstring of a function: in one line if it fits, or else in paragraphs."""
    line = f'"""{sentence} {more}'.rstrip() + '"""'
    if len(INDENT) + len(line) <= LINE_LENGTH:
        return line
    paragraphs = [textwrap.fill(each, LINE_LENGTH - len(INDENT)) for each in (sentence, more)]
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return textwrap.indent(f'"""{text}\n"""', INDENT).strip()


def phrases(feature: Feature, checked: Sequence[Field]) -> Mapping[str, str]:
    """Return texts for the templates; of the references, those that are looked up."""
    return {
        "who_may": _who_may(feature.access),
        "raises_of_create": _raises_of_create(feature, checked),
        "raises_of_update": _raises_of_update(feature),
        "responses_of_create": _responses_of_create(feature),
        "collection": _collection(feature),
        "loads": ", ".join(f"selectinload({feature.model}.{each.name})" for each in feature.lists),
        "excluded": "{" + ", ".join(f'"{each.name}"' for each in feature.lists) + "}",
        "left_out": ", ".join(_left_out(feature)),
    }


def _who_may(access: Access) -> str:
    """Return who reads and who writes."""
    writers = {"user": "", "staff": "staff write", "admin": "admins write"}[access.write_role]
    if not access.is_owned:
        reads = "Whoever is signed in reads"
        return f"{reads}; {writers}." if writers else f"{reads} and writes."
    if writers:
        return f"Users read their own, and staff those of everybody; {writers}."
    return "Users read and write their own, and staff those of everybody."


def _raises_of_create(feature: Feature, checked: Sequence[Field]) -> str:
    missing = [field.words for field in checked] + [each.words for each in feature.lists]
    taken = [field.words for field in feature.uniques]
    parts = [f"NotFound for its {_joined(missing, 'and')}"] if missing else []
    parts += [f"Conflict where its {_joined(taken, 'or')} is taken"] if taken else []
    return f"Raises {', '.join(parts)}." if parts else ""


def _raises_of_update(feature: Feature) -> str:
    if feature.uniques:
        return "Raises NotFound, and Conflict as `create` does."
    own = [field.words for field in feature.references if field.is_own]
    if own:
        return f"Raises NotFound, and Conflict for itself as its {_joined(own, 'or')}."
    return "Raises NotFound."


def _responses_of_create(feature: Feature) -> str:
    if feature.references or feature.lists:
        return ", responses=REFUSALS"
    return ", responses=CONFLICT" if feature.uniques else ""


def _collection(feature: Feature) -> str:
    lists = [each.words for each in feature.lists]
    with_lists = f", each with its {_joined(lists, 'and')}" if lists else ""
    return f"All {feature.many}{with_lists}."


def _left_out(feature: Feature) -> Iterable[str]:
    """Yield the fields that a new row needs not name, and what they are then."""
    for field in feature.fields:
        if field.default:
            yield f'"{field.attribute}": {field.default.json}'
        elif field.nullable:
            yield f'"{field.attribute}": None'
    for each in feature.lists:
        yield f'"{each.name}": []'


def _joined(items: Sequence[str], word: str) -> str:
    *first, last = items
    return f"{', '.join(first)} {word} {last}" if first else last
