"""Who may do what: users."""

from app.auth.roles import Role
# {% if cookiecutter.auth == "jwt" %}
from tests.access import EVERYBODY, Rules
# {% else %}
from tests.access import Rules
# {% endif %}

RULES: Rules = {
    # {% if cookiecutter.auth == "jwt" %}
    "POST /api/v1/users": EVERYBODY,
    # {% else %}
    "GET /api/v1/users/me": Role.USER,
    "POST /api/v1/users": Role.ADMIN,
    # {% endif %}
    "POST /api/v1/users/bulk": Role.ADMIN,
    "GET /api/v1/users": Role.STAFF,
    # Of themselves; those of others are not found.
    "GET /api/v1/users/{user_id}": Role.USER,
    "PATCH /api/v1/users/{user_id}": Role.USER,
    "DELETE /api/v1/users/{user_id}": Role.USER,
}
