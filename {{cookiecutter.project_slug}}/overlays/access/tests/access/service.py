"""Who may do what: the service itself."""

from tests.access import EVERYBODY, Rules

RULES: Rules = {
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
}
