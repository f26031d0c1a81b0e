"""The derivation of synchronous code, which is that of the template's hook."""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parent.parent
# In a checkout, and in an installation.
HOOKS = (
    PACKAGE.parent / "hooks" / "post_gen_project.py",
    PACKAGE / "hooks" / "post_gen_project.py",
)


def to_sync(source: str) -> str:
    """Return the synchronous form of asynchronous source."""
    derived: str = _hook().to_sync(source)
    return derived


@cache
def _hook() -> ModuleType:
    [file, *_] = filter(Path.is_file, HOOKS)
    specification = importlib.util.spec_from_file_location("post_gen_project", file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
