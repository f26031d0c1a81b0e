"""Imports every table, so that Alembic and the tests see the whole schema."""

# {% if cookiecutter.auth != "none" %}
import app.auth.models
# {% endif %}
# {% if cookiecutter.sample == "shop" %}
import app.catalog.models
import app.orders.models
# {% endif %}
# {% if cookiecutter.auth == "jwt" %}
import app.sign_in.models
# {% endif %}
import app.users.models
from app.database.base import Base

metadata = Base.metadata
