"""The pages for admins at ``/admin``, made by SQLAdmin."""

import logging
from typing import cast

from fastapi import FastAPI
from sqladmin import Admin
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.admin.authentication import Authentication
from app.admin.database import Sessions
# {% if cookiecutter.sample == "shop" %}
from app.admin.shop import VIEWS as SHOP_VIEWS
# {% endif %}
from app.admin.tables import TableView, plain_view
from app.admin.users import SignInView, UserView
from app.attempts.models import SignInAttempts
from app.database.base import AnyTable
from app.errors import AppError, Unavailable
from app.mail.models import EmailToken
from app.settings import Settings

# Tables that are not listed here have plain pages.
VIEWS: list[type[TableView]] = [
    UserView,
    SignInView,
    # {% if cookiecutter.sample == "shop" %}
    *SHOP_VIEWS,
    # {% endif %}
]
# Attempts to sign in and tokens of mails are digests, which tell nobody anything.
LEFT_OUT = {SignInAttempts, EmailToken}


class Site(Admin):
    """SQLAdmin, which answers the errors of the service with a page."""

    async def index(self, request: Request) -> Response:
        """Begin with the list of the first view, which checks who is signed in."""
        first = request.url_for("admin:list", identity=VIEWS[0].identity)
        return RedirectResponse(first)

    async def login(self, request: Request) -> Response:
        """Sign in, or show the form again with the reason."""
        try:
            return await super().login(request)
        except AppError as error:
            return await self._answer(request, "sqladmin/login.html", error)

    async def answer_error(self, request: Request, error: Exception) -> Response:
        """Answer an error of the service with a page."""
        error = cast(AppError, error)
        return await self._answer(request, "sqladmin/error.html", error)

    async def _answer(
        self, request: Request, template: str, error: AppError
    ) -> Response:
        detail = error.detail
        context = {"error": detail, "message": detail, "status_code": error.status}
        response = await self.templates.TemplateResponse(
            request, template, context, error.status
        )
        response.headers.update(error.headers)
        return response


def add_admin(app: FastAPI, settings: Settings) -> None:
    """Add the pages to the application, with its database and behind its limits."""
    database = app.state.database
    site = Site(
        app,
        session_maker=Sessions(database),
        title=app.title,
        authentication_backend=Authentication(database, settings),
    )
    site.admin.state.database = database
    site.admin.add_exception_handler(AppError, site.answer_error)
    for view in views():
        site.add_view(view)
    logging.getLogger("sqladmin.application").addFilter(_is_fault)


def views() -> list[type[TableView]]:
    """Return the views of all tables but those that are left out."""
    special = {view.model for view in VIEWS} | LEFT_OUT
    models = [mapper.class_ for mapper in AnyTable.registry.mappers]
    others = [model for model in models if model not in special]
    others.sort(key=lambda model: model.__tablename__)
    return VIEWS + [plain_view(model) for model in others]


def _is_fault(record: logging.LogRecord) -> bool:
    """Return whether to log what SQLAdmin does: not what a form was refused for."""
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, Unavailable) or not isinstance(error, AppError)
