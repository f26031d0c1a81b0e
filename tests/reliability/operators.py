"""Services whose users sign in: all their clients send the access token of an admin."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.installed import UVICORN, Installed, Service
from tests.reliability.clients import HEADERS_FOR
from tests.test_sign_in import Api, create_admin, sign_in

# Access tokens do not expire before the tests of a project end.
LASTING_TOKENS = {"APP_AUTH_ACCESS_LIFETIME": "3600"}


@dataclass(frozen=True)
class Operated(Installed):
    """A project whose service is called by an admin."""

    token: str = ""

    @contextmanager
    def service(
        self, command: str = UVICORN, waits_for: str = "/health/ready"
    ) -> Iterator[Service]:
        """Serve the project as any other, for clients who have signed in."""
        with super().service(command, waits_for) as service:
            HEADERS_FOR[service.url] = {"Authorization": f"Bearer {self.token}"}
            try:
                yield service
            finally:
                del HEADERS_FOR[service.url]


def operated(project: Installed) -> Installed:
    """Return a migrated project with an admin for its clients, if its users sign in."""
    if project.combination.auth == "none":
        return project
    lasting = project.with_variables(**LASTING_TOKENS)
    create_admin(lasting)
    with lasting.service() as service:
        token = sign_in(Api(service.url))["access_token"]
    return Operated(**vars(lasting), token=token)
