"""What schemathesis is told about the service; it loads this module by itself.

Most texts that it makes up are short and alike, and unique columns refuse what was there
before. Names that depend on the rest of the body let more of it into the database.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import schemathesis

# How a name is told from others that were made of the same text, in its own alphabet.
JOINTS: Mapping[str, str] = {"username": "_", "slug": "-", "sku": "-"}
LONGEST = 40


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Make the names of a body, where it has some that are good, its own."""
    if not isinstance(body, dict):
        return body
    names = {name: body[name] for name in JOINTS if is_plain(body.get(name))}
    return {**body, **{name: own(text, JOINTS[name], body) for name, text in names.items()}}


def is_plain(text: Any) -> bool:
    """Say whether a text is as good a name with something behind it."""
    return isinstance(text, str) and text.isascii() and text.isalnum() and len(text) <= LONGEST


def own(text: str, joint: str, body: Mapping[str, Any]) -> str:
    """Give a name that another body does not have."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=repr).encode())
    return f"{text}{joint}{digest.hexdigest()[:8]}"
