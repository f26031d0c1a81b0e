"""The statements of a baseline."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """SQL that makes something, and SQL that removes it if it does not go with its table."""

    make: str
    undo: str = ""
