"""The lines that a feature has in ``app/models.py`` and ``app/main.py``.

The files are the user's: their syntax trees are edited, and all else stays as it is.
"""

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst
from libcst.helpers import get_full_name_for_node

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.feature import Feature

MODELS = "app/models.py"
MAIN = "app/main.py"
ROUTERS = "ROUTERS"
Assignment = TypeVar("Assignment", cst.Assign, cst.AnnAssign)

AGAIN = "and run this again with --force"


def add_to_models(source: str, feature: Feature) -> str:
    """Return ``app/models.py`` with the import of the feature's models.

    Raises Refused, with the line to add by hand, where that cannot be done safely.
    """
    line = f"import {feature.module}"
    module = _parsed(source, MODELS, [line])
    if line in _imports(module):
        return source
    return _with_import(module, line, "import app.").code


def add_to_main(source: str, feature: Feature) -> str:
    """Return ``app/main.py`` with the router of the feature; see `add_to_models`."""
    router = f"{feature.name}_router"
    line = f"from app.{feature.name}.router import router as {router}"
    module = _parsed(source, MAIN, [line, f"{router},"])
    imports = _imports(module)
    if line in imports:
        if router in _routers_of(module) or f"include_router({router}" in source:
            return source
    elif any(each.endswith((f" as {router}", f" import {router}")) for each in imports):
        raise Refused(
            f"{MAIN} imports something else as {router}: rename it there, or choose another name "
            "for the feature."
        )
    else:
        module = _with_import(module, line, "from app.")
    added = _AddRouter(router)
    changed = module.visit(added)
    if added.lists != 1:
        raise Refused(
            f"{MAIN} has no list {ROUTERS} that can be edited safely: add the lines `{line}` and "
            f'`app.include_router({router}, prefix="/api/v1")` to it, {AGAIN}.'
        )
    return changed.code


def _parsed(source: str, name: str, lines: Sequence[str]) -> cst.Module:
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        added = " and ".join(f"`{line}`" for line in lines)
        raise Refused(
            f"{name} cannot be read as Python (line {error.raw_line}): correct it, or add "
            f"{added} to it, {AGAIN}."
        ) from error


def _imports(module: cst.Module) -> list[str]:
    """Return the imports of a module as they are written, one each."""
    return [code for code in (_import_code(each) for each in module.body) if code]


def _import_code(statement: cst.BaseStatement | cst.BaseSmallStatement) -> str:
    if isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], cst.Import | cst.ImportFrom
    ):
        return cst.Module([]).code_for_node(statement.body[0])
    return ""


def _with_import(module: cst.Module, line: str, like: str) -> cst.Module:
    """Return a module with an import, in its place among those that begin alike."""
    places = [
        place
        for place, statement in enumerate(module.body)
        if _import_code(statement).startswith(like)
    ]
    new = cst.parse_statement(line)
    if not places:
        raise Refused(f"No line begins with `{like}` among which to put `{line}`: add it, {AGAIN}.")
    later = [place for place in places if _import_code(module.body[place]) > line]
    if not later:
        return module.with_changes(body=_inserted(module.body, places[-1] + 1, new))
    place = later[0]
    follower = module.body[place]
    # What is above the first of the imports stays above it.
    assert isinstance(new, cst.SimpleStatementLine)
    assert isinstance(follower, cst.SimpleStatementLine)
    if place == places[0]:
        new = new.with_changes(leading_lines=follower.leading_lines)
        body = list(module.body)
        body[place] = follower.with_changes(leading_lines=[])
        return module.with_changes(body=_inserted(body, place, new))
    return module.with_changes(body=_inserted(module.body, place, new))


def _inserted(
    body: Sequence[cst.BaseStatement | cst.SimpleStatementLine],
    place: int,
    statement: cst.BaseStatement | cst.BaseCompoundStatement,
) -> list[cst.BaseStatement]:
    return [*body[:place], statement, *body[place:]]


def _routers_of(module: cst.Module) -> list[str]:
    """Return the names in the list of routers."""
    names: list[str] = []
    for statement in module.body:
        if isinstance(statement, cst.SimpleStatementLine):
            value = _routers_in(statement.body[0])
            if value is not None:
                names += map(_name_of, value.elements)
    return names


def _routers_in(statement: cst.BaseSmallStatement) -> cst.List | cst.Tuple | None:
    """Return the list that a statement assigns to ROUTERS, or None."""
    match statement:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
            pass
        case cst.AnnAssign(target=cst.Name(value=name), value=value):
            pass
        case _:
            return None
    return value if name == ROUTERS and isinstance(value, cst.List | cst.Tuple) else None


def _name_of(element: cst.BaseElement) -> str:
    return get_full_name_for_node(element.value) or ""


class _AddRouter(cst.CSTTransformer):
    """Adds a router to the list, by name where the list is sorted, or else at the end."""

    def __init__(self, router: str) -> None:
        self.router = router
        self.lists = 0

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        return self._changed(updated_node)

    def leave_AnnAssign(
        self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign
    ) -> cst.AnnAssign:
        return self._changed(updated_node)

    def _changed(self, statement: Assignment) -> Assignment:
        routers = _routers_in(statement)
        if routers is None:
            return statement
        self.lists += 1
        return statement.with_changes(value=self._with_router(routers))

    def _with_router(self, routers: cst.List | cst.Tuple) -> cst.List | cst.Tuple:
        new = cst.Element(cst.Name(self.router))
        elements = [*routers.elements]
        names = [_name_of(each) for each in elements]
        place = len(names)
        if names == sorted(names):
            place = sum(name < self.router for name in names)
        if not elements:
            return routers.with_changes(elements=[new])
        if place < len(elements):
            new = new.with_changes(comma=_between(routers))
            return routers.with_changes(elements=[*elements[:place], new, *elements[place:]])
        return self._appended(routers, elements, new)

    @staticmethod
    def _appended(
        routers: cst.List | cst.Tuple, elements: list[cst.BaseElement], new: cst.Element
    ) -> cst.List | cst.Tuple:
        last = elements[-1]
        if isinstance(last.comma, cst.Comma):
            new = new.with_changes(comma=cst.Comma())
        between, routers = _take_comment(_between(routers), routers)
        elements[-1] = last.with_changes(comma=between)
        return routers.with_changes(elements=[*elements, new])


def _take_comment(
    comma: cst.Comma, routers: cst.List | cst.Tuple
) -> tuple[cst.Comma, cst.List | cst.Tuple]:
    """Move the comment after the last element from before the bracket to behind a comma."""
    if not isinstance(routers, cst.List):
        return comma, routers
    end, blank = routers.rbracket.whitespace_before, comma.whitespace_after
    if not (
        isinstance(end, cst.ParenthesizedWhitespace)
        and isinstance(blank, cst.ParenthesizedWhitespace)
    ):
        return comma, routers
    moved = comma.with_changes(whitespace_after=blank.with_changes(first_line=end.first_line))
    rest = end.with_changes(first_line=blank.first_line)
    return moved, routers.with_changes(
        rbracket=routers.rbracket.with_changes(whitespace_before=rest)
    )


def _between(routers: cst.List | cst.Tuple) -> cst.Comma:
    """Return a comma after which an element stands as the first one does."""
    brackets = [routers.lbracket] if isinstance(routers, cst.List) else routers.lpar
    blank = brackets[0].whitespace_after if brackets else cst.SimpleWhitespace(" ")
    if isinstance(blank, cst.ParenthesizedWhitespace):
        line = cst.TrailingWhitespace(newline=blank.first_line.newline)
        return cst.Comma(whitespace_after=blank.with_changes(first_line=line, empty_lines=[]))
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
