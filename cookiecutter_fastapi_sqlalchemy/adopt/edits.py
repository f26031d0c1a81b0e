"""Changes to files of the project that its owner may have changed, by their syntax trees."""

import re
from collections.abc import Iterable, Mapping

import libcst
import tomlkit
from libcst import matchers
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor


def with_import(source: str, module: str, name: str | None = None) -> str:
    """Return source that imports a module, or a name of it."""
    context = CodemodContext()
    AddImportsVisitor.add_needed_import(context, module, name)
    return AddImportsVisitor(context).transform_module(libcst.parse_module(source)).code


def with_statement(source: str, statement: str) -> str:
    """Return source with a statement at its end."""
    module = libcst.parse_module(source)
    added = libcst.parse_statement(statement)
    return module.with_changes(body=[*module.body, added]).code


def with_ignored_warnings(pyproject: str, beginnings: Iterable[str]) -> str:
    """Return a pyproject.toml whose tests go on after warnings of SQLAlchemy."""
    document = tomlkit.parse(pyproject)
    filters = document["tool"]["pytest"]["ini_options"]["filterwarnings"]
    for beginning in beginnings:
        filters.append(f"ignore:{beginning}:sqlalchemy.exc.SAWarning")
    filters.multiline(True)
    return tomlkit.dumps(document)


def is_base(source: str) -> bool:
    """Return whether a revision has none before it."""
    none = matchers.AnnAssign(target=matchers.Name("down_revision"), value=matchers.Name("None"))
    return bool(matchers.findall(libcst.parse_module(source), none))


def with_revision_before(source: str, revision: str) -> str:
    """Return the first revision of a history with another one before it."""
    return libcst.parse_module(source).visit(_Before(revision)).code


class _Before(libcst.CSTTransformer):
    def __init__(self, revision: str) -> None:
        self.revision = libcst.SimpleString(f'"{revision}"')

    def leave_AnnAssign(
        self, original_node: libcst.AnnAssign, updated_node: libcst.AnnAssign
    ) -> libcst.AnnAssign:
        if matchers.matches(original_node.target, matchers.Name("down_revision")):
            return updated_node.with_changes(value=self.revision)
        return updated_node

    def leave_Module(
        self, original_node: libcst.Module, updated_node: libcst.Module
    ) -> libcst.Module:
        docstring = original_node.get_docstring(clean=False)
        if docstring is None or "\nRevises:" not in docstring:
            return updated_node
        named = re.sub(r"(?<=\nRevises:).*", f" {self.revision.raw_value}", docstring)
        first = libcst.parse_statement(f'"""{named}"""')
        return updated_node.with_changes(body=[first, *updated_node.body[1:]])


def with_tables_renamed(source: str, names: Mapping[str, str]) -> str:
    """Return source in which tables, and constraints named after them, have other names."""
    return libcst.parse_module(source).visit(_Renamed(names)).code


class _Renamed(libcst.CSTTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        choices = "|".join(map(re.escape, names))
        self.pattern = re.compile(rf"(?<![A-Za-z0-9])({choices})(?![A-Za-z0-9])")

    def leave_SimpleString(
        self, original_node: libcst.SimpleString, updated_node: libcst.SimpleString
    ) -> libcst.SimpleString:
        if " " in original_node.value:
            return updated_node
        renamed = self.pattern.sub(lambda found: self.names[found[1]], original_node.value)
        return updated_node.with_changes(value=renamed)
