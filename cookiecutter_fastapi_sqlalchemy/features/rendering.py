"""The files of a feature, from the templates beside this module."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.derivation import to_sync
from cookiecutter_fastapi_sqlalchemy.features.factories import (
    Creation,
    Factory,
    creation_by,
    factories_in,
)
from cookiecutter_fastapi_sqlalchemy.features.feature import Feature
from cookiecutter_fastapi_sqlalchemy.features.fields import Field
from cookiecutter_fastapi_sqlalchemy.features.phrases import docstring, phrases
from cookiecutter_fastapi_sqlalchemy.features.tables import Lookup, Table, lookup_for
from cookiecutter_fastapi_sqlalchemy.project import Project

USERS = "users"
USERS_FACTORY = Factory("tests.api.users", "make_user", ())


@dataclass(frozen=True)
class Renderer:
    """Renders the files of a feature for a project, in its style and mode."""

    project: Project
    feature: Feature

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the name and text of each file, which are not yet formatted."""
        name = self.feature.name
        style = "repository" if self.project.has_repositories else "dao"
        yield f"app/{name}/__init__.py", ""
        for module in ("models", "schemas", "queries", style, "service", "router"):
            yield f"app/{name}/{module}.py", self._render(module)
        yield f"tests/api/{name}.py", self._render("factory")
        yield f"tests/api/test_{name}.py", self._render("tests")
        if self.feature.owner:
            yield f"tests/api/test_own_{name}.py", self._render("own_tests")
        if self.project.has_sign_in:
            yield f"tests/access/{name}.py", self._render("access")
        if self._needs_users():
            yield "tests/api/users.py", self._render("users")

    def _render(self, template: str) -> str:
        text = _environment().get_template(f"{template}.py.jinja").render(self._context())
        return text if self.project.is_async else to_sync(text)

    def _context(self) -> Mapping[str, object]:
        repository = self.project.has_repositories
        lookups = {field.attribute: self._lookup(field) for field in self.feature.references}
        checked = [
            field
            for field in self.feature.references
            if field.is_own or lookups[field.attribute] is not None
        ]
        return {
            "feature": self.feature,
            "repository": repository,
            "sign_in": self.project.has_sign_in,
            "has_passwords": self.project.has_passwords,
            "transaction": "session" if repository else "connection",
            "Transaction": "AsyncSession" if repository else "AsyncConnection",
            "access": self.feature.access,
            "row": self._row(),
            "lookups": lookups,
            "checked": checked,
            "looks_up_for_caller": self._looks_up_for_caller(lookups.values()),
            "creations": self._creations(),
            "doc": docstring,
            **phrases(self.feature, checked),
        }

    def _row(self) -> str:
        """Return the class of what the functions of the service return."""
        model = self.feature.model
        if self.project.has_repositories:
            return model
        return f"{model}Read" if self.feature.lists else f"{model}Row"

    def _lookup(self, field: Field) -> Lookup | None:
        assert field.target is not None
        if field.is_own:
            return None
        with_caller = self.feature.access.is_owned
        return lookup_for(field.target, self.project.path, with_caller=with_caller)

    def _looks_up_for_caller(self, lookups: Iterable[Lookup | None]) -> bool:
        """Return whether some of what a row refers to has to be seen by the caller."""
        refers_to_own = any(field.is_own for field in self.feature.references)
        takes_caller = any(lookup and lookup.takes_caller for lookup in lookups)
        return self.feature.access.is_owned and (refers_to_own or takes_caller)

    def _targets(self) -> list[Table]:
        """Return the other tables that the feature refers to."""
        targets = [each.target for each in self.feature.references if not each.is_own]
        targets += [each.target for each in self.feature.lists]
        targets += [self.feature.users] if self.feature.users else []
        return list(dict.fromkeys(target for target in targets if target))

    def _needs_users(self) -> bool:
        is_made = (self.project.path / "tests/api/users.py").exists()
        return any(target.name == USERS for target in self._targets()) and not is_made

    def _creations(self) -> Mapping[str, Creation]:
        """Return how the tests create rows of the tables that the feature refers to."""
        known = [
            *factories_in(self.project.path),
            *([USERS_FACTORY] if self._needs_users() else []),
        ]
        return {target.name: _creation_of(target, known) for target in self._targets()}


def _creation_of(target: Table, known: Sequence[Factory]) -> Creation:
    """Return how a row of a table is created; raise Refused where no function does so."""
    if creation := creation_by(known, target.one, target.name):
        return creation
    raise Refused(
        f"The tests need rows of {target.name}, and nothing in tests/api makes them: write a "
        f"function `make_{target.one}(client: Client) -> dict[str, Any]` there, which creates one "
        "and returns it with its id."
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cookiecutter_fastapi_sqlalchemy.features"),
        block_start_string="# {%",
        variable_start_string="<<",
        variable_end_string=">>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # it is Python
    )
