"""Database URLs as hosting platforms issue them: TLS, several hosts, and other options."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from tests.combinations import COMBINATIONS, Combination
from tests.conftest import check_build, enter_server, skip_or_fail
from tests.installed import Installed, install
from tests.reliability.certificates import Certificates, make_certificates
from tests.reliability.scripting import run_script
from tests.servers import (
    HOST,
    NO_SETTINGS,
    POSTGRESQL_FOLDERS,
    find_program,
    private_folder,
    private_mariadb,
    private_system_postgresql,
    run,
    serving_postgresql,
)

pytestmark = pytest.mark.thorough

TIMEOUT = 60  # seconds


def services_on(database: str) -> list[Combination]:
    """Return a combination for each driver of a database, in each of its modes."""
    return [
        each
        for each in COMBINATIONS
        if each.database == database and (each.data_access, each.sample) == ("dao", "none")
    ]


@pytest.fixture
def project(combination: Combination) -> Installed:
    """A project of the combination."""
    check_build(combination)
    return install(combination)


@contextmanager
def certificates(account: str, name: str) -> Iterator[tuple[Certificates, Path]]:
    """Create certificates of a server with a name, and an authority that did not sign them."""
    with private_folder(account) as (folder, user), private_folder(account) as (other, _):
        own = make_certificates(folder, user, name)
        yield own, make_certificates(other, user, name).authority


@pytest.fixture(scope="module")
def postgresql_with_tls() -> Iterator[tuple[str, Path, Path]]:
    """The URL of a PostgreSQL server that requires TLS, its authority and another one."""
    with ExitStack() as stack:
        made, other = stack.enter_context(certificates("postgres", "DNS:localhost"))
        rules = made.key.with_name("hba.conf")
        rules.write_text("hostssl all all 127.0.0.1/32 trust\n", encoding="utf-8")
        rules.chmod(0o644)
        more = {
            "ssl": "on",
            "ssl_cert_file": made.certificate,
            "ssl_key_file": made.key,
            "hba_file": rules,
        }
        server = enter_server(stack, private_system_postgresql(more))
        yield server.url, made.authority, other


@pytest.mark.parametrize("combination", services_on("postgresql"), ids=str)
def test_postgresql_is_reached_by_tls_as_libpq_would(
    project: Installed, postgresql_with_tls: tuple[str, Path, Path]
) -> None:
    server, authority, other = postgresql_with_tls
    database = f"/{project.combination.slug.replace('-', '_')}"
    at_ip = server + database
    by_name = at_ip.replace(HOST, "localhost")
    project = project.with_variables(APP_DATABASE_URL=f"{at_ip}?sslmode=require")
    project.run("python -m app.database create")

    words = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    options = quote("-c statement_timeout=1234ms -c work_mem=1234kB")
    names = ("application_name", "statement_timeout", "lock_timeout", "work_mem", "timezone")
    settings = ", ".join(f"current_setting('{name}')" for name in names)
    attempts: dict[str, Any] = {
        f"{at_ip}?sslmode=disable": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{at_ip}?sslmode=prefer": [True],
        f"{at_ip}?sslmode=require": [True],
        f"{at_ip}?ssl=require": [True],
        f"{at_ip}?sslmode=require&sslrootcert={other}": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{at_ip}?sslmode=verify-ca&sslrootcert={authority}": [True],
        f"{at_ip}?sslmode=verify-ca&sslrootcert={other}": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{at_ip}?sslmode=verify-full&sslrootcert={authority}": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{by_name}?sslmode=verify-full&sslrootcert={authority}": [True],
        f"{by_name}?sslmode=verify-full&sslrootcert={other}": HTTPStatus.SERVICE_UNAVAILABLE,
    }
    saying = f"{at_ip}?application_name=a%20b&connect_timeout=3&options={options}"
    asked = [*((url, words) for url in attempts), (saying, f"SELECT {settings}")]
    *ended, said = run_script(project, "urls", json.dumps(asked))

    assert dict(zip(attempts, ended, strict=True)) == attempts
    assert said == ["a b", "1234ms", "4s", "1234kB", "UTC"]
    refuses_in_a_sentence(project, f"{at_ip}?sslmode=verify-ca&sslrootcert={other}")


@pytest.fixture(scope="module")
def mysql_with_tls() -> Iterator[tuple[str, Path, Path]]:
    """The URL of a server that requires TLS, its authority and another one."""
    with ExitStack() as stack:
        made, other = stack.enter_context(certificates("mysql", f"IP:{HOST}"))
        more = {
            "ssl-ca": made.authority,
            "ssl-cert": made.certificate,
            "ssl-key": made.key,
            "require-secure-transport": "ON",
        }
        server = enter_server(stack, private_mariadb(more))
        yield server.url, made.authority, other


@pytest.fixture(scope="module")
def mysql_without_tls() -> Iterator[str]:
    """The URL of a server without TLS."""
    with ExitStack() as stack:
        yield enter_server(stack, private_mariadb({"skip-ssl": "ON"})).url


@pytest.mark.parametrize("combination", services_on("mysql"), ids=str)
def test_mysql_is_reached_by_tls_as_its_clients_would(
    project: Installed, mysql_with_tls: tuple[str, Path, Path], mysql_without_tls: str
) -> None:
    server, authority, other = mysql_with_tls
    database = f"/{project.combination.slug.replace('-', '_')}"
    url = server + database
    # This is the same address in another form, which is not the name in the certificate.
    misnamed = url.replace(HOST, "127.1")
    without = mysql_without_tls + database
    project.with_variables(APP_DATABASE_URL=without).run("python -m app.database create")
    project = project.with_variables(APP_DATABASE_URL=f"{url}?ssl-mode=REQUIRED")
    project.run("python -m app.database create")

    attempts: dict[str, Any] = {
        f"{url}?ssl-mode=DISABLED": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{misnamed}?ssl-mode=REQUIRED": [1],
        f"{url}?ssl=true&charset=utf8mb4&connect_timeout=3": [1],
        f"{url}?ssl-mode=VERIFY_CA&ssl-ca={authority}": [1],
        f"{url}?ssl-mode=VERIFY_CA&ssl-ca={other}": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{url}?ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}": [1],
        f"{misnamed}?ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{url}?ssl_ca={authority}": [1],
        f"{url}?ssl_ca={other}": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{misnamed}?ssl_ca={authority}": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{url}?ssl_ca={authority}&ssl_verify_cert=true&ssl_verify_identity=true": [1],
        without: [1],
        f"{without}?ssl-mode=REQUIRED": HTTPStatus.SERVICE_UNAVAILABLE,
        f"{without}?ssl-mode=VERIFY_CA&ssl-ca={authority}": HTTPStatus.SERVICE_UNAVAILABLE,
    }
    if project.combination.driver != "mysqlclient":  # MariaDB's library also checks the name
        attempts[f"{misnamed}?ssl-mode=VERIFY_CA&ssl-ca={authority}"] = [1]
    ended = run_script(project, "urls", json.dumps([(each, "SELECT 1") for each in attempts]))

    assert dict(zip(attempts, ended, strict=True)) == attempts
    refuses_in_a_sentence(project, f"{url}?ssl-mode=VERIFY_CA&ssl-ca={other}")


def refuses_in_a_sentence(project: Installed, url: str) -> None:
    said = project.with_variables(APP_DATABASE_URL=url).run("python -m app.database create", 1)
    assert said.count("\n") == 1, said


@contextmanager
def standby_of(primary: str) -> Iterator[str]:
    """Start a standby of a PostgreSQL server, and yield its URL."""
    programs = [find_program([name], POSTGRESQL_FOLDERS) for name in ("pg_basebackup", "postgres")]
    if not all(programs):
        skip_or_fail("PostgreSQL: no pg_basebackup; install Debian's postgresql")
    basebackup, postgres = map(str, programs)
    with private_folder("postgres") as (folder, account):
        copy = ["--checkpoint=fast", "--no-sync", "--write-recovery-conf"]
        run(
            [basebackup, "--dbname", primary, *copy, "--pgdata", str(folder / "data")],
            folder,
            account,
        )
        with serving_postgresql(Path(postgres).parent, folder, account, NO_SETTINGS) as server:
            yield server.url


@contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a server that accepts connections, and never responds."""
    with socket.create_server((HOST, 0)) as listening:
        yield f"{HOST}:{listening.getsockname()[1]}"


def test_postgresql_of_several_hosts_is_used_before_and_after_a_failover(tmp_path: Path) -> None:
    services = [install(each) for each in services_on("postgresql")]
    with ExitStack() as stack:
        primary = enter_server(stack, private_system_postgresql({"max_wal_senders": 4}))
        services[0].with_variables(APP_DATABASE_URL=f"{primary.url}/pair").run(
            "python -m app.database create"
        )
        # PostgreSQL lets one of several fail that create a table at once, IF NOT EXISTS or not.
        with psycopg.connect(f"{primary.url}/pair", autocommit=True) as connection:
            connection.execute("CREATE TABLE written (id INTEGER)")
        standby = stack.enter_context(standby_of(primary.url))
        mute = stack.enter_context(silent())
        first, second = (urlsplit(url).netloc.split("@")[1] for url in (primary.url, standby))
        # The standby comes first, and a client that uses the first host would connect to it.
        urls = [
            f"postgres://postgres@{mute},{second},{first}/pair?connect_timeout=1",
            f"postgresql://postgres@{second},{first}/pair?target_session_attrs=read-write",
            f"postgresql://postgres@{first},{second}/pair?target_session_attrs=primary",
            f"postgresql://postgres@/pair?host={second}&host={first}&target_session_attrs=any",
        ]
        pool = stack.enter_context(ThreadPoolExecutor(len(services)))
        changed = tmp_path / "changed"
        stack.callback(changed.touch)  # releases the scripts when the test fails
        running_scripts = [
            pool.submit(run_script, each, "failover", json.dumps(urls), str(tmp_path), str(number))
            for number, each in enumerate(services)
        ]
        wait_for(
            [tmp_path / f"{number}-worked" for number in range(len(services))], running_scripts
        )
        with primary.killed():
            with psycopg.connect(standby, autocommit=True) as connection:
                connection.execute("SELECT pg_promote()")
            changed.touch()
            reports = [each.result() for each in running_scripts]

    ports = [int(address.split(":")[1]) for address in (first, second)]
    for report in reports:
        assert report["before"] == [[ports[0], "on"]] * len(urls)
        assert report["after"] == [[ports[1], "on"]] * len(urls)


def wait_for(files: list[Path], scripts: list[Future[Any]]) -> None:
    """Wait until scripts have written files; a failed script fails the test."""
    deadline = time.monotonic() + TIMEOUT
    while not all(file.exists() for file in files):
        for script in scripts:
            if script.done():
                script.result()
        assert time.monotonic() < deadline, f"missing: {files}"
        time.sleep(0.05)
