"""Imports every table, so that Alembic and the tests see the whole schema."""

# {% if cookiecutter.auth == "jwt" %}
import app.attempts.models
# {% endif %}
# {% if cookiecutter.auth != "none" %}
import app.auth.models
# {% endif %}
# {% if cookiecutter.sample == "shop" %}
import app.catalog.models
# {% endif %}
# {% if cookiecutter.auth == "jwt" %}
import app.mail.models
# {% endif %}
# {% if cookiecutter.sample == "shop" %}
import app.orders.models
# {% endif %}
import app.users.models
from app.database.base import Base

metadata = Base.metadata
