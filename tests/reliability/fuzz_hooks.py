"""Hooks of schemathesis, which imports this module itself.

Most texts that it generates are short and similar, and unique columns refuse duplicates.
With names that depend on the rest of the body, more bodies are stored in the database.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import schemathesis

# The separator between a name and its suffix, in the alphabet of the field.
SEPARATORS: Mapping[str, str] = {"username": "_", "slug": "-", "sku": "-"}
MAX_LENGTH = 40


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Replace the valid names of a body by unique ones."""
    if not isinstance(body, dict):
        return body
    names = {name: body[name] for name in SEPARATORS if is_plain(body.get(name))}
    return {
        **body,
        **{name: unique_name(text, SEPARATORS[name], body) for name, text in names.items()},
    }


def is_plain(text: Any) -> bool:
    """Return whether a text is still a valid name with a suffix."""
    return isinstance(text, str) and text.isascii() and text.isalnum() and len(text) <= MAX_LENGTH


def unique_name(text: str, separator: str, body: Mapping[str, Any]) -> str:
    """Return a name with a suffix that is unique to the body."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=repr).encode())
    return f"{text}{separator}{digest.hexdigest()[:8]}"
