"""A feature: its names, its fields, and what of the project it refers to."""

from dataclasses import dataclass

from cookiecutter_fastapi_sqlalchemy.features.access import BY_DEFAULT, Access, owner_field
from cookiecutter_fastapi_sqlalchemy.features.fields import Field, Many
from cookiecutter_fastapi_sqlalchemy.features.names import camel, with_article, words
from cookiecutter_fastapi_sqlalchemy.features.tables import Table


@dataclass(frozen=True)
class Feature:
    """What is added to a project."""

    name: str  # the plural: its folder, table and path
    singular: str
    fields: tuple[Field, ...]
    lists: tuple[Many, ...] = ()
    access: Access = BY_DEFAULT
    users: Table | None = None  # whom the rows belong to, where they belong to users

    @property
    def model(self) -> str:
        return camel(self.singular)

    @property
    def module(self) -> str:
        return f"app.{self.name}.models"

    @property
    def path(self) -> str:
        """The path of its routes, below that of the API."""
        return f"/{self.name.replace('_', '-')}"

    @property
    def one(self) -> str:
        """One of them, in words."""
        return words(self.singular)

    @property
    def a_one(self) -> str:
        """One of them, in words, with its article."""
        return with_article(self.one)

    @property
    def many(self) -> str:
        """Several of them, in words."""
        return words(self.name)

    @property
    def tables(self) -> list[str]:
        return [self.name, *(each.table for each in self.lists)]

    @property
    def functions(self) -> list[str]:
        """The functions of its routes."""
        actions = (f"{action}_{self.singular}" for action in ("create", "get", "update", "delete"))
        return [*actions, f"list_{self.name}"]

    @property
    def owner(self) -> Field | None:
        """The column that says whose a row is; no request sets it."""
        return owner_field(self.users, self.model) if self.users else None

    @property
    def columns(self) -> list[Field]:
        """The columns of its table, and the fields of its answers."""
        return [*self.fields, *([self.owner] if self.owner else [])]

    @property
    def enums(self) -> list[Field]:
        return [field for field in self.fields if field.values]

    @property
    def references(self) -> list[Field]:
        return [field for field in self.fields if field.is_reference]

    @property
    def uniques(self) -> list[Field]:
        return [field for field in self.fields if field.unique]

    @property
    def filters(self) -> list[Field]:
        return [field for field in self.columns if field.is_filter]

    @property
    def sortables(self) -> list[Field]:
        return [field for field in self.fields if field.is_sortable]

    @property
    def sorts(self) -> list[str]:
        """What its list can be sorted by, upwards and downwards."""
        names = ["id", *(field.attribute for field in self.sortables), "created_at"]
        return [sort for name in names for sort in (name, f"-{name}")]

    @property
    def aliases(self) -> dict[str, str]:
        """What requests are validated by, by name; each once."""
        return {field.alias: field.takes for field in self.fields if field.takes}

    def has(self, *type_names: str) -> bool:
        """Return whether it has a field of one of these types."""
        return any(field.type_name in type_names for field in self.fields)

    @property
    def may_conflict(self) -> bool:
        """Whether a new row may conflict with others."""
        return bool(self.uniques or self.references or self.lists)
