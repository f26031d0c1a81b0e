"""``/docs`` and ``/redoc``, which work without the internet.

Their scripts and styles come with fastapi-offline.
https://fastapi.tiangolo.com/how-to/custom-docs-ui-assets/
"""

from fastapi import FastAPI, Request
from fastapi.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
)
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

ASSETS = "/docs/assets"
REDIRECT = "/docs/oauth2-redirect"


def add_docs(app: FastAPI) -> None:
    """Add the pages to an application that has none of FastAPI's own."""
    app.add_route("/docs", show_swagger_ui, include_in_schema=False)
    app.add_route(REDIRECT, finish_authorization, include_in_schema=False)
    app.add_route("/redoc", show_redoc, include_in_schema=False)
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]))


async def show_swagger_ui(request: Request) -> HTMLResponse:
    app, root = request.app, _root(request)
    return get_swagger_ui_html(
        openapi_url=f"{root}{app.openapi_url}",
        title=app.title,
        swagger_js_url=f"{root}{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{root}{ASSETS}/favicon.png",
        oauth2_redirect_url=f"{root}{REDIRECT}",
        init_oauth=app.swagger_ui_init_oauth,
        swagger_ui_parameters=app.swagger_ui_parameters,
    )


async def finish_authorization(_request: Request) -> HTMLResponse:
    return get_swagger_ui_oauth2_redirect_html()


async def show_redoc(request: Request) -> HTMLResponse:
    app, root = request.app, _root(request)
    page = get_redoc_html(
        openapi_url=f"{root}{app.openapi_url}",
        title=app.title,
        redoc_js_url=f"{root}{ASSETS}/redoc.standalone.js",
        redoc_favicon_url=f"{root}{ASSETS}/favicon.png",
        with_google_fonts=False,
    )
    # The script would load its logo from the internet.
    page.headers["Content-Security-Policy"] = "img-src 'self' data:"
    return page


def _root(request: Request) -> str:
    """Return the path below which a proxy serves the application."""
    root: str = request.scope.get("root_path", "")
    return root.rstrip("/")
