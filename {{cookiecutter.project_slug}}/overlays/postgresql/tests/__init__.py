"""The tests, which need no configuration: see server_choice.py."""

import os
# {% if cookiecutter.auth == "jwt" %}
import secrets
# {% endif %}
from pathlib import Path

# {% if cookiecutter.auth == "oidc" %}
from tests.issuer import ISSUER

os.environ |= ISSUER.start()

# {% elif cookiecutter.auth == "jwt" %}
# Signs the tokens of the tests alone.
os.environ["APP_AUTH_KEY"] = secrets.token_urlsafe(32)

# {% endif %}
VARIABLES = ("APP_DATABASE_URL", "DATABASE_URL")
NOWHERE = "postgresql://localhost:1/app"

# The service reads its settings as it is imported, which is before there is a server.
ENV_FILE = Path(__file__).parents[1] / ".env"
if not (ENV_FILE.exists() or any(map(os.environ.get, VARIABLES))):
    os.environ["APP_DATABASE_URL"] = NOWHERE
