"""How the tests of a project create what a feature refers to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cookiecutter_fastapi_sqlalchemy.features.tables import functions_in

PREFIX = "make_"


@dataclass(frozen=True)
class Factory:
    """A function of the tests that creates something over HTTP."""

    module: str
    name: str
    needs: tuple[str, ...]  # what it takes beside the client, such as a category


@dataclass(frozen=True)
class Creation:
    """A call that creates something, and the functions in it."""

    call: str
    factories: tuple[Factory, ...]


def factories_in(project: Path) -> Sequence[Factory]:
    """Return the factories of the tests: functions called ``make_…`` that take a client."""
    found = []
    for file in sorted(project.glob("tests/api/*.py")):
        for function in functions_in(file):
            arguments = function.args.args
            if not function.name.startswith(PREFIX) or not arguments:
                continue
            if arguments[0].arg == "client":
                required = arguments[1 : len(arguments) - len(function.args.defaults)]
                needs = tuple(each.arg for each in required)
                found.append(Factory(f"tests.api.{file.stem}", function.name, needs))
    return found


def creation_by(known: Sequence[Factory], made: str, table: str = "") -> Creation | None:
    """Return how something is created, with all that it needs, or None.

    Of several factories, it is by that in the module of the table, if there is one.
    """
    fitting = [each for each in known if each.name == f"{PREFIX}{made}"]
    fitting.sort(key=lambda each: each.module != f"tests.api.{table}")
    for factory in fitting:
        # What a factory needs is not created by itself again.
        others = [each for each in known if each.name != factory.name]
        needed = [creation_by(others, need) for need in factory.needs]
        if all(needed):
            return _creation(factory, [each for each in needed if each])
    return None


def _creation(factory: Factory, needed: Iterable[Creation]) -> Creation:
    arguments = "".join(f", await {each.call}" for each in needed)
    used = [factory, *(other for each in needed for other in each.factories)]
    return Creation(f"{factory.name}(client{arguments})", tuple(dict.fromkeys(used)))
