"""The application: features, error handlers, lifespan."""

import gc
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI

# {% if cookiecutter.admin %}
from app.admin.site import add_admin
# {% endif %}
# {% if cookiecutter.sample == "shop" %}
from app.catalog.router import routers as catalog_routers
# {% endif %}
# {% if cookiecutter.database == "postgresql" %}
from app.database.readiness import pool_figures
from app.database.replicated import open_database
# {% else %}
from app.database.database import Database
from app.database.readiness import pool_figures
# {% endif %}
from app.http.docs import add_docs
from app.http.health import router as health_router
from app.http.middleware import add_middleware
from app.http.openapi import Application, check_operation_ids, operation_id
from app.http.problems import install_error_handlers
from app.observability.logs import take_over_logs
from app.observability.telemetry import TELEMETRY, export_pools
# {% if cookiecutter.sample == "shop" %}
from app.orders.router import router as orders_router
# {% endif %}
from app.settings import Settings, SettingsError, load_settings
# {% if cookiecutter.auth != "none" %}
from app.sign_in.installation import install_sign_in
# {% endif %}
# {% if cookiecutter.auth == "jwt" %}
from app.sign_in.router import routers as sign_in_routers
# {% endif %}
from app.users.router import router as users_router

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
ROUTERS = [
    {{ "*sign_in_routers,\n    users_router" if cookiecutter.auth == "jwt" else "users_router" }},
    # {% if cookiecutter.sample == "shop" %}
    *catalog_routers,
    orders_router,
    # {% endif %}
]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Prepare the process to serve, and close the database's connections at the end."""
    # Modules live for ever: exempt them from collection. Lists create many short-lived
    # objects, so collect less often.
    gc.freeze()
    gc.set_threshold(10_000)
    export_pools(partial(pool_figures, app.state.database))
    yield
    # {% if cookiecutter.concurrency == "async" %}
    await app.state.database.dispose()
    # {% else %}
    app.state.database.dispose()
    # {% endif %}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the application, with the settings of the environment by default.

    Connects to nothing: the service starts, and answers, while its database is away.
    """
    settings = settings or load_settings()
    take_over_logs(settings)
    pyproject = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    app = Application(
        title=pyproject["tool"]["app"]["title"],
        description=pyproject["project"]["description"],
        version=pyproject["project"]["version"],
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        docs_url=None,
        redoc_url=None,
        debug=settings.debug,
        telemetry=TELEMETRY,
    )
    app.state.database = {{ "open_database" if cookiecutter.database == "postgresql" else "Database" }}(settings)
    # {% if cookiecutter.auth != "none" %}
    install_sign_in(app, settings)
    # {% endif %}
    # Include each router directly: nested routers cost a second route lookup per
    # request (FastAPI 0.165).
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    app.include_router(health_router)
    add_docs(app)
    check_operation_ids(app.routes)
    install_error_handlers(app)
    # {% if cookiecutter.admin %}
    add_admin(app, settings)
    # {% endif %}
    add_middleware(app, settings)
    return app


try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))
