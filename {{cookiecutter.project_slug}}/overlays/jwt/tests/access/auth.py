"""Who may do what: signing in."""

from app.auth.roles import Role
from tests.access import EVERYBODY, Rules

RULES: Rules = {
    "POST /api/v1/auth/token": EVERYBODY,
    "POST /api/v1/auth/refresh": EVERYBODY,
    "POST /api/v1/auth/logout": EVERYBODY,
    "GET /api/v1/users/me": Role.USER,
    "PUT /api/v1/users/me/email": Role.USER,
    "PUT /api/v1/users/me/password": Role.USER,
}
