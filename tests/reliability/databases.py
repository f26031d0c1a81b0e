"""An administrator's view of the databases of a server, or of a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url

from tests.installed import DROPS, call, drop_database
from tests.reliability.conftest import Deployment
from tests.servers import administrator

USER = "ada"
NAMES = {
    "postgresql": "SELECT datname FROM pg_database",
    "mysql": "SELECT schema_name FROM information_schema.schemata",
}


@dataclass(frozen=True)
class Databases:
    """The databases on the server of a deployment, or for SQLite in its folder."""

    deployment: Deployment

    @property
    def kind(self) -> str:
        """The name of the database system in cookiecutter.json."""
        return self.deployment.combination.database

    def url_of(self, name: str) -> str:
        """Return the URL of a database by its name."""
        if self.deployment.server is None:
            return f"sqlite:///{name}.db"
        return f"{self.deployment.server.url}/{name}"

    def names(self) -> set[str]:
        """Return the names of all databases."""
        if self.deployment.server is None:
            return {path.stem for path in self.deployment.project.path.glob("*.db")}
        return set(self.query(NAMES[self.kind]))

    def of_tests(self) -> set[str]:
        """Return the names of the databases that tests have created."""
        return {name for name in self.names() if "_test" in name}

    def query(self, statement: str, name: str | None = None) -> list[Any]:
        """Return the first column of a query's rows, in a database or on the server."""
        assert self.deployment.server is not None
        with self._connected(name) as connection:
            return list(connection.exec_driver_sql(statement).scalars())

    def execute(self, *statements: str) -> None:
        """Run statements on the server, as its administrator."""
        with self._connected(None) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def users_of(self, name: str) -> list[str]:
        """Return the names of the service's users in a database."""
        if self.deployment.server is None:
            path = self.deployment.project.path / f"{name}.db"
            engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
            with engine.connect() as connection:
                return list(connection.exec_driver_sql("SELECT username FROM users").scalars())
        return [*map(str, self.query("SELECT username FROM users", name))]

    @contextmanager
    def one_with_a_user(self, name: str) -> Iterator[None]:
        """Create a database that the service migrates and adds a user to; drop it at the end."""
        project = self.deployment.project.with_variables(APP_DATABASE_URL=self.url_of(name))
        project.run("python -m app.database upgrade")
        try:
            with project.served() as url:
                details = {
                    "username": USER,
                    "email": "ada@example.com",
                    "password": "correct horse",
                }
                assert call(f"{url}/api/v1/users", details)[0] == HTTPStatus.CREATED
            yield
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Drop a database if it exists."""
        if self.deployment.server is not None:
            drop_database(self.kind, self.url_of(name))
            return
        for path in self.deployment.project.path.glob(f"{name}.db*"):
            path.unlink()

    @contextmanager
    def _connected(self, name: str | None) -> Iterator[Any]:
        assert self.deployment.server is not None
        other, _ = DROPS[self.kind]
        url = make_url(self.deployment.server.url).set(database=name or other)
        with administrator(url).connect() as connection:
            yield connection
