"""A path answers HEAD as it answers GET, and refusals name all of its methods."""

import pytest

from tests.client import Client

USERS = "/api/v1/users"
NOBODY = f"{USERS}/2147483647"


@pytest.mark.parametrize(
    "path",
    [
        "/health/live",
        "/health/ready",
        "/docs",
        "/openapi.json",
        USERS,
        NOBODY,
        f"{USERS}?page=0",
        "/nowhere",
    ],
)
async def test_head_is_get_without_the_body(client: Client, path: str) -> None:
    request_id = {"X-Request-ID": "the-same"}
    head = await client.head(path, headers=request_id)
    get = await client.get(path, headers=request_id)

    assert head.status_code == get.status_code
    assert head.headers == get.headers
    assert head.headers["content-length"] == str(len(get.content))
    assert head.content == b""


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/health/live", "GET, HEAD"),
        ("/docs", "GET, HEAD"),
        (USERS, "GET, HEAD, POST"),
        (NOBODY, "DELETE, GET, HEAD, PATCH"),
    ],
)
async def test_a_refused_method_hears_of_all_that_are_allowed(
    client: Client, path: str, method: str, allowed: str
) -> None:
    response = await client.request(method, path)

    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    assert response.headers["content-type"] == "application/problem+json"
