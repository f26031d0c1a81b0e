"""Filters that quote text for each file format."""

import json
import re
from collections.abc import Mapping
from typing import Any


def toml_literal(text: str) -> str:
    """Quote text as a TOML basic string, which is also a YAML double-quoted one."""
    return json.dumps(text, ensure_ascii=False)


def markdown_text(text: str) -> str:
    """Escape text so that Markdown shows it as typed, including leading and trailing blanks."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|<>~&$-])", r"\\\1", text)
    escaped = re.sub(r"^(\d+)\.", r"\1\\.", escaped)  # a number and a dot begin a list
    return re.sub(r"^\s+|\s+$", _as_entities, escaped)


def _as_entities(blanks: re.Match[str]) -> str:
    return "".join(f"&#{ord(blank)};" for blank in blanks[0])


def json_in_quotes(answers: Mapping[str, Any]) -> str:
    """Return the answers as JSON, escaped for a Python string in double quotes.

    The JSON is encoded twice, so that no answer can close that string.
    """
    return json.dumps(json.dumps(answers))[1:-1]
