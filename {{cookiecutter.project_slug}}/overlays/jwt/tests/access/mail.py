"""Who may do what: verifying an address, and setting a new password by mail."""

from tests.access import EVERYBODY, Rules

RULES: Rules = {
    "POST /api/v1/auth/verification": EVERYBODY,
    "POST /api/v1/auth/verification/confirm": EVERYBODY,
    "POST /api/v1/auth/password-reset": EVERYBODY,
    "POST /api/v1/auth/password-reset/confirm": EVERYBODY,
}
