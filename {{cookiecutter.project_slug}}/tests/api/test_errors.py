"""Every error has one form, and tells nothing that it should not."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}

from tests.client import Client

USERS = "/api/v1/users"

# Ill-formed, nested too deeply, not UTF-8, and with more digits than a number may have.
NO_JSON = (b"{", b"[" * 100_000, b"\xff", b"9" * 5000)


async def test_an_unknown_path_is_a_problem(client: Client) -> None:
    response = await client.get("/nowhere")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "request_id": response.headers["X-Request-ID"],
    }


async def test_a_refused_password_is_not_repeated(client: Client) -> None:
    response = await client.post(USERS, json={"password": "hunter2"})

    assert response.status_code == 422
    assert "hunter2" not in response.text


async def test_a_body_that_is_not_json_is_refused(client: Client) -> None:
    bodies: tuple[bytes, ...] = (b'{"username": NaN}', b'{"username": "\\ud800"}', b"")
    for body in (*bodies, *NO_JSON):
        response = await client.post(
            USERS, content=body, headers={"Content-Type": "application/json"}
        )

        assert response.status_code == 422, body[:50]
        assert response.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_no_json_has_no_field_to_name(client: Client) -> None:
    for body in NO_JSON:
        response = await client.post(
            USERS, content=body, headers={"Content-Type": "application/json"}
        )

        errors = response.json()["errors"]
        assert errors == [{"field": "body", "message": "Input should be valid JSON"}]


async def in_chunks() -> AsyncIterator[bytes]:
    """Yield two million bytes, whose number is not announced."""
    for _ in range(2):
        yield b"x" * 1_000_000


async def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    for body in (b"x" * 2_000_000, in_chunks()):
        response = await client.post(
            USERS, content=body, headers={"Content-Type": "application/json"}
        )

        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"
