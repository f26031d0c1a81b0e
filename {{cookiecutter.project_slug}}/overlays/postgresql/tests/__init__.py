"""The tests, which need no configuration: see server_choice.py."""

import os
from pathlib import Path

VARIABLES = ("APP_DATABASE_URL", "DATABASE_URL")
NOWHERE = "postgresql://localhost:1/app"

# The service reads its settings as it is imported, which is before there is a server.
ENV_FILE = Path(__file__).parents[1] / ".env"
if not (ENV_FILE.exists() or any(map(os.environ.get, VARIABLES))):
    os.environ["APP_DATABASE_URL"] = NOWHERE
