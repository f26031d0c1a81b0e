"""A walk through the pages of a service in Chromium, with a screenshot of each step."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import (
    ConsoleMessage,
    Locator,
    Page,
    Response,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.conftest import skip_or_fail

WIDE: ViewportSize = {"width": 1280, "height": 900}


class Walk:
    """A page of a browser, and the folder of its screenshots.

    Whatever a page says in the console of the browser, or cannot load, is collected. It can
    load nothing but what the service and the others have.
    """

    def __init__(self, page: Page, url: str, folder: Path, others: tuple[str, ...]) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self._folder = folder
        page.on("console", self._note)
        page.on("response", self._check)
        allowed = (url, f"blob:{url}", *others)
        page.route(lambda each: not each.startswith(allowed), self._refuse)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def show(self, name: str) -> None:
        """Make a screenshot."""
        self.page.screenshot(path=self._folder / f"{name}.png")

    def _note(self, message: ConsoleMessage) -> None:
        # What is refused on purpose, by the service or a policy of it, is an error, too.
        refused = "Failed to load" in message.text or "Content Security Policy" in message.text
        if message.type in ("error", "warning") and not refused:
            self.problems.append(message.text)

    def _check(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.problems.append(f"{response.status} {response.url}")

    def _refuse(self, route: Route) -> None:
        self.problems.append(f"not of the service: {route.request.url}")
        route.abort()


@contextmanager
def walking(url: str, folder: Path, *others: str) -> Iterator[Walk]:
    """Open Debian's Chromium, and close it at the end. Nothing on the page may fail.

    Its pages are those of the service and, where they lead to them, of others.
    """
    program = shutil.which("chromium")
    if program is None:
        skip_or_fail("there is no Chromium; install Debian's chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            walk = Walk(browser.new_page(viewport=WIDE), url, folder, others)
            yield walk
        finally:
            browser.close()
    assert walk.problems == []


def create_in_admin(walk: Walk, name: str, password: str) -> None:
    """Sign in to the pages for admins, create a category and a product, and find it."""
    page = walk.page
    walk.go("/admin/")
    walk.show("admin-1-sign-in")
    page.get_by_placeholder("Enter username").fill(name)
    page.get_by_placeholder("Password").fill(password)
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("link", name="Products")).to_be_visible()
    walk.show("admin-2-start")

    _create(walk, "Categories", {"name": "Tea", "slug": "tea"})
    page.get_by_role("link", name="Categories").click()
    category = page.locator("tbody tr").first.locator("td").nth(2).inner_text()
    product = {
        "name": "Assam",
        "slug": "assam",
        "sku": "ASSAM-1",
        "price": "4.50",
        "stock_quantity": "10",
        "category_id": category,
    }
    _create(walk, "Products", product, "admin-3-form")
    _create(walk, "Products", product, "admin-4-twice")
    expect(page.get_by_role("alert")).to_have_text(re.compile("is taken"))
    walk.show("admin-5-refused")

    page.get_by_role("link", name="Products").click()
    search = page.locator("#search-input")
    search.fill("assam")
    search.press("Enter")
    expect(page.get_by_role("cell", name="ASSAM-1", exact=True)).to_be_visible()
    walk.show("admin-6-list")


def _create(walk: Walk, table: str, values: dict[str, str], name: str = "") -> None:
    page = walk.page
    page.get_by_role("link", name=table).click()
    page.get_by_role("link", name="New ").click()
    for field, value in values.items():
        page.locator(f"#{field}").fill(value)
    if name:
        walk.show(name)
    page.get_by_role("button", name="Save", exact=True).click()


def order_in_docs(walk: Walk, name: str, password: str) -> None:
    """Authorize in the documentation of the API, and place an order there."""
    page = walk.page
    walk.go("/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.locator("#oauth_username").fill(name)
    page.locator("#oauth_password").fill(password)
    walk.show("docs-1-authorize")
    page.locator("button.modal-btn.authorize").click()
    _see_authorized(page)
    execute_in_docs(walk, "orders-place_order")
    walk.show("docs-2-order")


def authorize_at_issuer(walk: Walk, name: str) -> None:
    """Authorize in the documentation of the API, by the pages of the issuer."""
    page = walk.page
    # The dialog has the forms of what the page knows of the issuer when it is opened.
    with page.expect_response("**/.well-known/openid-configuration") as known:
        walk.go("/docs")
    known.value.finished()
    page.get_by_role("button", name="Authorize").first.click()
    # The issuer knows more than one way; the documentation has a form for each.
    form = page.locator(".auth-container", has_text="Flow: authorization_code with PKCE")
    with page.expect_popup() as opened:
        form.get_by_role("button", name="Apply given OAuth2 credentials").click()
    issuer = opened.value
    issuer.get_by_placeholder("Enter any login").fill(name)
    issuer.get_by_placeholder("and password").fill("any")
    issuer.get_by_role("button", name="Sign-in").click()
    issuer.get_by_role("button", name="Continue").click()
    _see_authorized(page)


def _see_authorized(page: Page) -> None:
    expect(page.get_by_text("Authorized", exact=True).first).to_be_visible()
    page.locator("button.btn-done").first.click()


def execute_in_docs(walk: Walk, name: str) -> None:
    """Send the example of an operation in the documentation of the API, which succeeds."""
    operation = walk.page.locator(f"#operations-{name}")
    operation.scroll_into_view_if_needed()
    assert send_example(operation) in ("200", "201")


def send_examples(walk: Walk) -> None:
    """Send the example of each POST in the documentation of the API, from top to bottom."""
    walk.go("/docs")
    operations = walk.page.locator(".opblock-post")
    expect(operations.first).to_be_visible()
    for operation in operations.all():
        status = send_example(operation)
        assert status.startswith("2"), operation.inner_text()
    walk.show("docs-examples")


def send_example(operation: Locator) -> str:
    """Open an operation, send what it shows, and return the status of the answer."""
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    table = operation.locator(".live-responses-table")
    status = table.locator(".response .response-col_status")
    expect(status).to_have_text(re.compile(r"\d{3}"))
    table.scroll_into_view_if_needed()
    return status.inner_text()[:3]


def read_redoc(walk: Walk) -> None:
    """Open the other documentation of the API."""
    walk.go("/redoc")
    expect(walk.page.get_by_role("heading", name="Create User").first).to_be_visible()
    walk.show("redoc")
