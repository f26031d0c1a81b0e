"""Who may do what: the table that all routes are compared with.

Each module has the RULES of a feature: the least role that may call an operation, or
EVERYBODY, also without signing in. Put those of a new feature into a module of its own.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from app.auth.roles import Role

EVERYBODY: Final = None
Rules = dict[str, Role | None]


def all_rules() -> Rules:
    """Return the rules of all features."""
    rules: Rules = {}
    for module in iter_modules(__path__, f"{__name__}."):
        rules |= import_module(module.name).RULES
    return rules
