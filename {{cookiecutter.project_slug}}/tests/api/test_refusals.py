"""What is refused is named as the API documentation names it, in words for clients."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.client import Client

Schema = dict[str, Any]

WRONG: tuple[object, ...] = (None, True, -1.5, "\0", [], [None], {})
WRONG_TEXTS = ("", "-1", "x" * 3000)
# How Pydantic names functions and types of Python.
# {% if cookiecutter.auth == "jwt" %}
FORM = "application/x-www-form-urlencoded"
# {% endif %}
INTERNALS = ("function", "0x", "<", "dictionary", "instance", "Value error")


async def test_refusals_name_the_fields_of_the_api_alone(client: Client) -> None:
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    internals = "|".join([*INTERNALS, *(rf"\b{name}\b" for name in schemas)])

    for path, method, operation in operations_of(document):
        refused = set()
        for query, body in wrong_requests(operation, schemas):
            response = await client.request(
                method,
                re.sub("{[^}]+}", "x", path),
                params=query,
                content=json.dumps(body),
                headers={"Content-Type": "application/json"},
            )
            # {% if cookiecutter.auth != "none" %}
            # A value that is wrong elsewhere may be right in all of these; and what it
            # creates cannot belong to the operator, who has no row.
            if response.is_success or response.status_code == 409:
                continue
            # {% else %}
            if response.is_success:
                continue  # a value that is wrong elsewhere may be right in all of these
            # {% endif %}
            assert response.status_code == 422, response.text
            for error in response.json()["errors"]:
                refused.add(re.sub(r"\.\d+", ".*", error["field"]))
                assert not re.search(internals, error["message"]), error

        assert refused == set(fields_of(operation, schemas)), f"{method} {path}"


def operations_of(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yield the operations that take anything, with their paths and methods."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            # {% if cookiecutter.auth == "jwt" %}
            if FORM in operation.get("requestBody", {}).get("content", {}):
                continue  # what a form holds is all text
            # {% endif %}
            if "parameters" in operation or "requestBody" in operation:
                yield path, method.upper(), operation


def wrong_requests(
    operation: Schema, schemas: Schema
) -> Iterator[tuple[dict[str, str], object]]:
    """Yield queries and bodies with a wrong value everywhere."""
    parameters = operation.get("parameters", [])
    names = [each["name"] for each in parameters if each["in"] == "query"]
    for text in WRONG_TEXTS:
        yield dict.fromkeys(names, text), None
    if "requestBody" not in operation:
        return
    body = body_of(operation, schemas)
    for value in WRONG:
        yield {}, value
        yield {}, dict.fromkeys(body["properties"], value)
        yield {}, filled(body, schemas, value)


def filled(schema: Schema, schemas: Schema, value: object) -> object:
    """Return a value of the schema's form that has the given value in each leaf."""
    schema = resolved(schema, schemas)
    if "properties" in schema:
        properties = schema["properties"].items()
        return {name: filled(each, schemas, value) for name, each in properties}
    if "items" in schema:
        return [filled(schema["items"], schemas, value)]
    return value


def fields_of(operation: Schema, schemas: Schema) -> Iterator[str]:
    """Yield the names of all that an operation takes."""
    for parameter in operation.get("parameters", []):
        yield f"{parameter['in']}.{parameter['name']}"
    if "requestBody" in operation:
        yield from fields_in(body_of(operation, schemas), schemas, "body")


def fields_in(schema: Schema, schemas: Schema, name: str) -> Iterator[str]:
    """Yield the name of a schema, and of those within it."""
    yield name
    schema = resolved(schema, schemas)
    for part, each in schema.get("properties", {}).items():
        yield from fields_in(each, schemas, f"{name}.{part}")
    if "items" in schema:
        yield from fields_in(schema["items"], schemas, f"{name}.*")


def body_of(operation: Schema, schemas: Schema) -> Schema:
    """Return the schema of the body that an operation takes."""
    content = operation["requestBody"]["content"]
    return resolved(content["application/json"]["schema"], schemas)


def resolved(schema: Schema, schemas: Schema) -> Schema:
    """Return the schema that a reference stands for, or the schema itself."""
    if "$ref" not in schema:
        return schema
    target: Schema = schemas[schema["$ref"].removeprefix("#/components/schemas/")]
    return target
