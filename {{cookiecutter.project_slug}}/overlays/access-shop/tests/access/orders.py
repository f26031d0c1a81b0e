"""Who may do what: orders."""

from app.auth.roles import Role
from tests.access import Rules

RULES: Rules = {
    # Of one's own; those of others are not found.
    "POST /api/v1/orders": Role.USER,
    "GET /api/v1/orders": Role.USER,
    "GET /api/v1/orders/{order_id}": Role.USER,
    "PATCH /api/v1/orders/{order_id}/status": Role.USER,
    "GET /api/v1/users/{user_id}/orders": Role.USER,
    "GET /api/v1/orders/stats": Role.STAFF,
    "GET /api/v1/orders/top-spenders": Role.STAFF,
    "GET /api/v1/orders/best-sellers": Role.STAFF,
}
