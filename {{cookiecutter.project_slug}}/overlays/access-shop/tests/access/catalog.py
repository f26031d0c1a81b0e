"""Who may do what: the catalog."""

from app.auth.roles import Role
from tests.access import EVERYBODY, Rules

RULES: Rules = {
    "GET /api/v1/categories": EVERYBODY,
    "GET /api/v1/categories/{category_id}": EVERYBODY,
    "POST /api/v1/categories": Role.STAFF,
    "PATCH /api/v1/categories/{category_id}": Role.STAFF,
    "DELETE /api/v1/categories/{category_id}": Role.STAFF,
    "GET /api/v1/categories/stats": Role.STAFF,
    "GET /api/v1/products": EVERYBODY,
    "GET /api/v1/products/{product_id}": EVERYBODY,
    "POST /api/v1/products": Role.STAFF,
    "PATCH /api/v1/products/{product_id}": Role.STAFF,
    "DELETE /api/v1/products/{product_id}": Role.STAFF,
    "POST /api/v1/products/{product_id}/stock": Role.STAFF,
    "GET /api/v1/products/low-stock": Role.STAFF,
}
