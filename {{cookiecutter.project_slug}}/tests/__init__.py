# {% if cookiecutter.auth == "jwt" %}
"""The tests, which need no configuration."""

import os
import secrets

# The service reads its settings as it is imported.
os.environ["APP_AUTH_KEY"] = secrets.token_urlsafe(32)
# {% elif cookiecutter.auth == "oidc" %}
"""The tests, which need no configuration."""

import os

from tests.issuer import ISSUER

# The service reads its settings as it is imported.
os.environ |= ISSUER.start()
# {% endif %}
# {% if cookiecutter.auth == "jwt" %}
# No test sends mails by the server that .env names.
os.environ["APP_MAIL_HOST"] = ""
os.environ["APP_AUTH_REQUIRE_VERIFIED_EMAIL"] = "false"
# {% endif %}
