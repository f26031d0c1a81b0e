"""The tables of a project, and what is known of the features that have them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cookiecutter_fastapi_sqlalchemy.features.names import snake, words


@dataclass(frozen=True)
class Table:
    """A table that a feature may refer to.

    ``module`` and ``model`` are those of its model; both are empty where it has none.
    """

    name: str
    module: str
    model: str
    has_id: bool

    @property
    def package(self) -> str:
        """The package of its feature."""
        return self.module.rpartition(".")[0]

    @property
    def one(self) -> str:
        """The name of a variable that holds one of its rows."""
        return snake(self.model)

    @property
    def words(self) -> str:
        return words(self.one)


@dataclass(frozen=True)
class Lookup:
    """How the service of a feature finds out whether a row of another table exists.

    By the service of the other feature where that has a function ``get``, or by its
    repository or DAO.
    """

    imported: str
    service: str = ""
    collection: str = ""
    takes_caller: bool = False


def lookup_for(table: Table, project: Path, *, with_caller: bool) -> Lookup | None:
    """Return how rows of a table are looked up, or None where only the database knows.

    What belongs to users is looked up for the caller, where there is one.
    """
    if not table.module:
        return None
    folder = project.joinpath(*table.package.split("."))
    feature = table.package.rpartition(".")[2]
    imported = f"from {table.package} import service as {feature}"
    if any(_is_get(each) for each in functions_in(folder / "service.py")):
        return Lookup(imported, service=feature)
    if with_caller and is_owned(table, project):
        return Lookup(imported, service=feature, takes_caller=True)
    for module in ("repository", "dao"):
        for name in _collections_of(table.model, folder / f"{module}.py"):
            return Lookup(f"from {table.package}.{module} import {name}", collection=name)
    return None


def is_owned(table: Table, project: Path) -> bool:
    """Return whether the rows of a table belong to users: they are loaded for a caller."""
    if not table.module:
        return False
    service = project.joinpath(*table.package.split("."), "service.py")
    return any(
        each.name == "get" and [argument.arg for argument in each.args.args][2:] == ["caller"]
        for each in functions_in(service)
    )


def _is_get(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.name == "get" and len(function.args.args) == 2


def _collections_of(model: str, file: Path) -> Iterator[str]:
    """Yield the repositories or DAOs of a model in a file."""
    for statement in _parsed(file).body:
        if isinstance(statement, ast.ClassDef):
            for each in statement.body:
                match each:
                    case ast.Assign(
                        targets=[ast.Name(id="aggregate" | "model")], value=ast.Name(id=name)
                    ) if name == model:
                        yield statement.name


def routes_in(project: Path) -> set[str]:
    """Return the names of all functions of the routers, which have to differ."""
    files = project.glob("app/**/router.py")
    return {function.name for file in files for function in functions_in(file)}


def functions_in(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions of a module; none where it is missing, or no Python."""
    for statement in _parsed(file).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return ast.Module(body=[], type_ignores=[])
