"""The pages of a table: what they show, and how they write.

https://smithyhq.github.io/sqladmin/
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from types import new_class
from typing import Any, ClassVar

from pydantic import ValidationError
from sqladmin import ModelView
from sqladmin.formatters import BASE_FORMATTERS
from sqladmin.helpers import object_identifier_values
from sqlalchemy import Column, Integer, String
from sqlalchemy import Enum as EnumType
from starlette.requests import Request

from app.admin.calls import call
from app.admin.rows import GONE, Key, Rows
from app.database.base import LARGEST_INTEGER, AnyTable, Timestamps
from app.errors import Invalid, NotFound
from app.http.dependencies import get_database

# A column with one of these in its name is neither shown nor written.
SECRETS = ("hash", "password", "secret", "token")


def _in_seconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"


def _value_of(choice: Any) -> str:
    return str(choice.value if isinstance(choice, Enum) else choice)


# For an enum in ``form_args``: columns store the value, where SQLAdmin takes the name.
BY_VALUE = {"coerce": _value_of}
FORMATTERS = BASE_FORMATTERS | {datetime: _in_seconds}


class TableView(Rows, ModelView):
    """The pages of a table: ``class NoteView(TableView, model=Note)``.

    They show all columns that are no secrets, unless the view names others. What they
    write goes through `Rows`, in a transaction of the service. Only what was changed in
    a form is written, with the columns that are named in ``always_sent``.
    """

    always_sent: ClassVar[frozenset[str]] = frozenset()

    icon = "fa-solid fa-table"
    form_include_pk = True  # without it, SQLAdmin leaves out foreign keys
    column_type_formatters = FORMATTERS
    column_type_formatters_detail = FORMATTERS
    page_size = 25
    export_max_rows = 10_000

    def __init__(self) -> None:
        labels: dict[Any, str] = {name: _label(name) for name in shown(self.model)}
        type(self).column_labels = {**labels, **self.column_labels}
        super().__init__()

    def get_list_columns(self) -> list[str]:
        """Return the columns of the list."""
        return super().get_list_columns() if self.column_list else shown(self.model)

    def get_details_columns(self) -> list[str]:
        """Return the columns of the page of one row."""
        return shown(self.model)

    def get_form_columns(self) -> list[str]:
        """Return the columns of the form."""
        if self.form_columns:
            return super().get_form_columns()
        columns = self.model.__table__.columns
        return [name for name in shown(self.model) if _is_written(columns[name])]

    async def insert_model(self, request: Request, data: dict[str, Any]) -> Any:
        """Insert a row, and return the object with its key alone."""
        key = await self._write(request, self.insert_row, self._without_blanks(data))
        names = [column.key for column in self.pk_columns]
        return self.model(**dict(zip(names, key, strict=True)))

    async def update_model(
        self, request: Request, pk: str, data: dict[str, Any]
    ) -> Any:
        """Write what differs from the row. Raises NotFound."""
        key = self._key_of(pk)
        row = await self.get_object_for_edit(request)
        if row is None:
            raise NotFound(GONE)
        values = {
            name: value
            for name, value in self._without_blanks(data).items()
            if name in self.always_sent or value != getattr(row, name)
        }
        if values.keys() - self.always_sent:
            await self._write(request, self.update_row, key, values)
        return row

    async def delete_model(self, request: Request, pk: str) -> None:
        """Delete a row."""
        await self._write(request, self.delete_row, self._key_of(pk))

    async def get_object_for_details(self, request: Request) -> Any:
        """Fetch the row that the path names. Raises NotFound for what is no key."""
        self._key_of(request.path_params["pk"])
        return await super().get_object_for_details(request)

    async def get_object_for_edit(self, request: Request) -> Any:
        """Fetch the row that the path names. Raises NotFound for what is no key."""
        self._key_of(request.path_params["pk"])
        return await super().get_object_for_edit(request)

    def _key_of(self, pk: str) -> Key:
        """Return the key that a path names. Raises NotFound for what cannot be one."""
        try:
            key = object_identifier_values(pk, self.model)
        except (TypeError, ValueError):
            raise NotFound(GONE) from None
        numbers = [value for value in key if isinstance(value, int)]
        is_complete = len(key) == len(self.pk_columns)
        if not is_complete or max(map(abs, numbers), default=0) > LARGEST_INTEGER:
            raise NotFound(GONE)
        return key

    async def _write(
        self, request: Request, work: Callable[..., Any], *arguments: Any
    ) -> Any:
        database = await get_database(request)
        try:
            return await call(database.transaction, work, *arguments)
        except ValidationError as error:
            raise Invalid(_sentence(error)) from None

    def _without_blanks(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the values of a form, with None for a text that was left blank."""
        columns = self.model.__table__.columns
        return {name: _clean(columns[name], value) for name, value in data.items()}


def plain_view(model: type[AnyTable]) -> type[TableView]:
    """Return the view of a table that needs no other: of all that is no secret."""
    columns = [model.__table__.columns[name] for name in shown(model)]
    options = {
        "column_sortable_list": shown(model),
        "column_searchable_list": [each.key for each in columns if _is_text(each)],
        "form_args": {each.key: BY_VALUE for each in columns if _is_enum(each)},
    }
    name = f"{model.__name__}View"
    keywords = {"model": model}
    return new_class(name, (TableView,), keywords, lambda body: body.update(options))


def shown(model: type[AnyTable]) -> list[str]:
    """Return the names of the columns that are no secrets."""
    names = (column.key for column in model.__table__.columns)
    return [name for name in names if not is_secret(name)]


def is_secret(name: str) -> bool:
    """Return whether a column may hold a secret, by its name."""
    return any(secret in name for secret in SECRETS)


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, String) and not _is_enum(column)


def _is_enum(column: Column[Any]) -> bool:
    return isinstance(column.type, EnumType)


def _is_written(column: Column[Any]) -> bool:
    is_number = isinstance(column.type, Integer)
    is_generated = column.primary_key and is_number and not column.foreign_keys
    return not is_generated and not hasattr(Timestamps, column.key)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _clean(column: Column[Any], value: Any) -> Any:
    if value == "" and column.nullable:
        return None
    # Browsers send both characters for the end of a line.
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _sentence(error: ValidationError) -> str:
    """Return what is wrong with the fields, in one sentence."""
    wrong = [
        f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
        for each in error.errors(include_input=False)
    ]
    return f"{'; '.join(wrong)}."
