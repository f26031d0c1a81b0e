"""Services with a streaming replica that is behind, and clients that keep their position."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie

from sqlalchemy import make_url

from tests.conftest import enter_server
from tests.installed import Installed
from tests.reliability.conftest import Deployment
from tests.reliability.load import Answer, Client, create_users
from tests.servers import PrivateServer, administrator, streaming_standby

LAG = 5  # seconds
HEADER = "Database-Position"
REPLAYED = "SELECT pg_last_wal_replay_lsn() >= '{}'::pg_lsn"


class WithHeader(Client):
    """A client that sends the position which it got last, in a header."""

    position: str | None = None

    def ask(self, method: str, path: str, body: object = None, wrote: str | None = None) -> Answer:
        answer = super().ask(method, path, body, wrote)
        if position := answer.headers.get(HEADER.lower()):
            self.headers[HEADER] = self.position = position
        return answer


class WithCookie(WithHeader):
    """A client that keeps cookies."""

    def ask(self, method: str, path: str, body: object = None, wrote: str | None = None) -> Answer:
        answer = Client.ask(self, method, path, body, wrote)
        for name, morsel in SimpleCookie(answer.headers.get("set-cookie", "")).items():
            self.position = morsel.value
            self.headers["Cookie"] = f"{name}={morsel.value}"
        return answer


@dataclass(frozen=True)
class Replicated:
    """Two processes of a service, on a primary and a replica that is LAG behind."""

    services: tuple[str, str]
    replica: PrivateServer
    database: str

    def position_of_reader(self) -> str:
        """Return the position that a client gets which only reads."""
        with WithHeader(self.services[0]) as client:
            for _ in range(2):
                answer = client.get("/api/v1/users?page_size=1")
                assert answer.served, answer
            assert client.position is not None
            return client.position

    def has_replayed(self, position: str) -> bool:
        """Return whether the replica has replayed a position."""
        with administrator(f"{self.replica.url}/{self.database}").connect() as connection:
            return bool(connection.exec_driver_sql(REPLAYED.format(position)).scalar())

    def state(self, number: int = 0) -> object:
        """Return the state of the replica that a service tells; the service must be ready."""
        with Client(self.services[number]) as client:
            ready = client.get("/health/ready")
        assert ready.served, ready
        return ready.body["replica"]

    def create_users(self, name: str, number: int) -> list[int]:
        """Create a number of users, and return their ids."""
        with Client(self.services[0]) as client:
            return create_users(client, name, number)


class Standbys:
    """The standbys of a worker, one for each kind of server."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._standbys: dict[str, PrivateServer] = {}

    def of(self, deployment: Deployment) -> PrivateServer:
        """Return the standby of the server of a deployment."""
        kind = deployment.combination.server
        if kind not in self._standbys:
            assert deployment.server is not None
            settings = {"recovery_min_apply_delay": f"{LAG}s"}
            standby = streaming_standby(deployment.server, settings)
            self._standbys[kind] = enter_server(self._stack, standby)
        return self._standbys[kind]


@contextmanager
def replicated(deployment: Deployment, replica: PrivateServer) -> Iterator[Replicated]:
    """Serve a project by two processes, which read from the replica."""
    url = make_url(deployment.project.variables["APP_DATABASE_URL"])
    read_url = url.set(port=make_url(replica.url).port).render_as_string(hide_password=False)
    project: Installed = deployment.project.with_variables(DATABASE_READ_URL=read_url)
    with project.service() as one, project.service() as other:
        yield Replicated((one.url, other.url), replica, str(url.database))
