"""Who may do what: users."""

from app.auth.roles import Role
from tests.access import EVERYBODY, Rules

RULES: Rules = {
    "POST /api/v1/users": EVERYBODY,
    "POST /api/v1/users/bulk": Role.ADMIN,
    "GET /api/v1/users": Role.STAFF,
    # Of themselves; those of others are not found.
    "GET /api/v1/users/{user_id}": Role.USER,
    "PATCH /api/v1/users/{user_id}": Role.USER,
    "DELETE /api/v1/users/{user_id}": Role.USER,
}
