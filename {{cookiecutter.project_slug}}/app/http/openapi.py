"""The OpenAPI document, in a form from which generators make good clients."""

from collections.abc import Sequence
# {% if cookiecutter.auth != "none" %}
from http import HTTPStatus
# {% endif %}
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

# {% if cookiecutter.auth == "oidc" %}
from app.auth.authentication import scheme
from app.auth.issuer import discovery_url
# {% endif %}
from app.http.problems import MEDIA_TYPE


class Application(FastAPI):
    """FastAPI, with more precise documentation.

    https://fastapi.tiangolo.com/how-to/extending-openapi/
    """

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        for operations in document["paths"].values():
            for operation in operations.values():
                # {% if cookiecutter.auth != "none" %}
                _document_refusals(operation)
                # {% endif %}
                _set_media_type_of_problems(operation)
                _name_sorts(operation)
                _show_examples(operation)
        # {% if cookiecutter.auth == "oidc" %}
        issuer = document["components"]["securitySchemes"][scheme.scheme_name]
        issuer["openIdConnectUrl"] = discovery_url(self.state.settings.oidc_issuer)
        # {% endif %}
        return document


# {% if cookiecutter.auth != "none" %}
def _document_refusals(operation: dict[str, Any]) -> None:
    # What requires a caller may refuse one, whichever role it is.
    if "security" not in operation:
        return
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        response = {"description": status.phrase, "content": {MEDIA_TYPE: problem}}
        operation["responses"].setdefault(str(status.value), response)


# {% endif %}
def _set_media_type_of_problems(operation: dict[str, Any]) -> None:
    # FastAPI documents errors in the media type of the route's success.
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status >= "400" and "application/json" in content:
            content[MEDIA_TYPE] = content.pop("application/json")


def _name_sorts(operation: dict[str, Any]) -> None:
    # Clients cannot make a name from "-email", and call it VALUE_3.
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        if parameter["name"] == "sort" and "enum" in schema:
            schema["x-enum-varnames"] = [_name_of_sort(sort) for sort in schema["enum"]]


def _show_examples(operation: dict[str, Any]) -> None:
    # Swagger UI does not look for them in the schemas of parameters.
    for parameter in operation.get("parameters", ()):
        if examples := parameter["schema"].get("examples"):
            parameter["example"] = examples[0]


def _name_of_sort(sort: str) -> str:
    name = sort.removeprefix("-").upper()
    return f"{name}_DESC" if sort.startswith("-") else name


def operation_id(route: APIRoute) -> str:
    """Return the name of the route's function: clients name theirs like it."""
    return route.name


def check_operation_ids(routes: Sequence[BaseRoute]) -> None:
    """Raise ValueError if two operations would have one name in clients."""
    operations: dict[str, str] = {}
    for route in iter_route_contexts(routes):
        if not (isinstance(route.original_route, APIRoute) and route.include_in_schema):
            continue
        for method in sorted(route.methods or ()):
            operation = f"{method} {route.path}"
            if route.unique_id in operations:
                raise ValueError(
                    f"{operations[route.unique_id]} and {operation} are both named "
                    f"{route.unique_id}: rename one of the functions."
                )
            operations[route.unique_id] = operation
