"""What client generators read: names, and errors as types."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from app import main
from app.http.openapi import check_operation_ids, operation_id
from app.http.problems import NOT_FOUND
from app.http.router import Router
from app.settings import Settings
from app.users.router import router as users_router
from tests.client import Client

PROBLEM = "application/problem+json"
SCHEMAS = "#/components/schemas/"
FORMS = {"409": "ConflictProblem", "422": "ValidationProblem"}


async def documented(client: Client) -> dict[str, Any]:
    """Return the OpenAPI document."""
    document: dict[str, Any] = (await client.get("/openapi.json")).json()
    return document


def operations_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all operations of the document."""
    for methods in document["paths"].values():
        yield from methods.values()


async def test_operations_have_the_names_of_their_functions(client: Client) -> None:
    users = (await documented(client))["paths"]["/api/v1/users"]

    assert users["get"]["operationId"] == "list_users"
    assert users["post"]["operationId"] == "create_user"


async def test_errors_are_documented_as_problems(client: Client) -> None:
    document = await documented(client)

    for operation in operations_in(document):
        for status, response in operation["responses"].items():
            assert response["description"]
            if status >= "400":
                [(media_type, content)] = response["content"].items()
                form = content["schema"]["$ref"].removeprefix(SCHEMAS)
                assert media_type == PROBLEM
                assert form.endswith("Problem")
                assert form in document["components"]["schemas"]


async def test_problems_of_users_are_in_their_forms(client: Client) -> None:
    create = (await documented(client))["paths"]["/api/v1/users"]["post"]

    for status, form in FORMS.items():
        schema = create["responses"][status]["content"][PROBLEM]["schema"]
        assert schema == {"$ref": f"{SCHEMAS}{form}"}


async def test_only_some_conflicts_have_fields(client: Client) -> None:
    conflict = (await documented(client))["components"]["schemas"]["ConflictProblem"]

    assert "fields" not in conflict["required"]
    # Generators take fields with a default to be in every answer.
    assert "default" not in conflict["properties"]["fields"]


async def test_no_form_of_the_framework_is_documented(client: Client) -> None:
    schemas = (await documented(client))["components"]["schemas"]

    assert schemas.keys().isdisjoint({"HTTPValidationError", "ValidationError"})


async def test_a_page_is_one_schema_with_all_of_its_fields(client: Client) -> None:
    page = (await documented(client))["components"]["schemas"]["Page_UserRead_"]

    assert set(page["required"]) == set(page["properties"])


async def test_sorts_have_names_for_clients(client: Client) -> None:
    operation = (await documented(client))["paths"]["/api/v1/users"]["get"]

    [sort] = [each for each in operation["parameters"] if each["name"] == "sort"]
    names = dict(
        zip(sort["schema"]["enum"], sort["schema"]["x-enum-varnames"], strict=True)
    )
    # {% if cookiecutter.auth == "oidc" %}
    assert names["username"] == "USERNAME"
    assert names["-username"] == "USERNAME_DESC"
    # {% else %}
    assert names["email"] == "EMAIL"
    assert names["-email"] == "EMAIL_DESC"
    # {% endif %}


async def test_an_invalid_request_lists_its_errors_even_if_no_field_has_one(
    client: Client,
) -> None:
    response = await client.get("/api/v1/users", params={"after": "made up"})

    assert response.status_code == 422
    assert response.json()["errors"] == []


async def test_the_pages_load_all_from_the_service(client: Client) -> None:
    for page in ("/docs", "/redoc"):
        html = (await client.get(page)).text
        for address in re.findall(r'(?:href|src)="([^"]*)"', html):
            assert (await client.get(address)).status_code == 200, address


async def test_the_examples_are_valid(client: Client) -> None:
    document = await documented(client)

    for path, operations in document["paths"].items():
        body = operations.get("post", {}).get("requestBody", {}).get("content", {})
        form = body.get("application/json", {}).get("schema", {}).get("$ref", "")
        schema = document["components"]["schemas"].get(form.removeprefix(SCHEMAS), {})
        for example in schema.get("examples", ()):
            response = await client.post(re.sub("{.*?}", "1", path), json=example)
            assert response.status_code != 422, f"{path}: {response.text}"


def test_a_router_may_document_more_errors_than_all_have() -> None:
    router = Router(responses=NOT_FOUND)

    assert router.responses.keys() == {404, 422, 503}


def test_two_routes_of_one_name_are_refused() -> None:
    router = Router(prefix="/people")

    @router.get("", name="list_users")
    @router.get("/all")
    def list_people() -> None: ...

    @router.get("/users")
    def list_users() -> None: ...

    app = FastAPI(generate_unique_id_function=operation_id)
    app.include_router(router)

    with pytest.raises(ValueError, match="list_users") as refused:
        check_operation_ids(app.routes)
    assert "GET /people and GET /people/users are" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_the_application_is_not_created_with_two_routes_of_one_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "ROUTERS", [users_router, users_router])

    with pytest.raises(ValueError, match="are both named create_user"):
        main.create_app(settings)


def test_two_methods_of_one_function_are_refused() -> None:
    app = FastAPI(generate_unique_id_function=operation_id)

    @app.api_route("/people", methods=["GET", "POST"])
    def people() -> None: ...

    with pytest.raises(ValueError, match="GET /people and POST /people are both"):
        check_operation_ids(app.routes)


def test_what_is_not_documented_may_share_a_name() -> None:
    app = FastAPI(generate_unique_id_function=operation_id)

    @app.get("/people")
    @app.get("/old-people", include_in_schema=False)
    def people() -> None: ...

    check_operation_ids(app.routes)
