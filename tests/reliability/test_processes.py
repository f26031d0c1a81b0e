"""Many processes of one service, and processes that keep no connection."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from threading import Event
from urllib.parse import urlsplit

import psutil
import pytest

from tests.container import command_of
from tests.figures import Figures
from tests.installed import EXIT_LIMIT, Installed
from tests.proxy import RoundTrips, counting_proxy
from tests.reliability.checks import acknowledged, check_answers, is_idle
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver_of_a_file, each_driver_once
from tests.reliability.load import POLL, Answer, Client, Load, eventually
from tests.reliability.observer import Observer
from tests.reliability.test_shutdown import CLEAN_EXITS, failed_in
from tests.servers import HOST

pytestmark = [pytest.mark.scaling, pytest.mark.thorough]

PROCESSES = 4
POOL_SIZE = 5
AT_ONCE = {"async": 5, "sync": 10}  # connections of a pool that keeps none
WRITES = 100  # acknowledged writes before and after what is tested
WRITERS = 20
WRITES_OF_EACH = 25
TIMEOUT = 30  # seconds for waits without a limit of their own
CLOSE_LIMIT = 2  # seconds until all connections are closed after the last request


@each_driver_once("asyncpg", "mysqlclient", "sqlite3")
def test_without_a_pool_no_connection_stays_open(deployment: Deployment, figures: Figures) -> None:
    where, observer = deployment.combination, deployment.observer
    project = deployment.project.with_variables(APP_DATABASE_POOL_SIZE="0")
    allowed = 2 * AT_ONCE[where.concurrency]

    with project.service() as service, Client(service.url) as client:
        with most_connections(observer) as most, Load(service.url, "unpooled") as load:
            eventually(lambda: len(acknowledged(load)) >= WRITES, TIMEOUT, "writes")
            eventually(lambda: most[-1] > 0, TIMEOUT, "a connection is seen")
        eventually(lambda: not observer.connections(), CLOSE_LIMIT, "no connection is open")
        assert is_idle(client)
        eventually(lambda: not observer.connections(), CLOSE_LIMIT, "readiness leaves none")

    check_answers(load.answers, where, figures)
    assert acknowledged(load) <= observer.usernames()
    assert most[-1] <= allowed
    figures.note("connections kept open with a pool size of 0", where, 0)


@each_driver_once("asyncpg")
def test_a_rolling_restart_of_four_processes_fails_no_request(
    deployment: Deployment, figures: Figures
) -> None:
    where, observer = deployment.combination, deployment.observer
    project = with_processes(deployment.project)
    command = command_of(project.path)
    name = "rolled"

    with ExitStack() as stack:
        old = stack.enter_context(project.service(command))
        assert workers_of(old.process.pid) == PROCESSES
        address = stack.enter_context(address_of(old.url))
        load = stack.enter_context(Load(f"http://{HOST}:{address.port}", name))
        most = stack.enter_context(most_connections(observer))
        eventually(lambda: len(acknowledged(load)) >= WRITES, TIMEOUT, "writes")
        of_one_release = most[-1]
        with project.service(command) as new:
            address.target = port_of(new.url)
            old.process.terminate()
            signalled = time.perf_counter()
            code = old.process.wait(EXIT_LIMIT)
            seconds = time.perf_counter() - signalled
            eventually(lambda: written_since(load, signalled) >= WRITES, TIMEOUT, "more writes")
            load.stop()
        written = observer.usernames()

    failed = failed_in(load, signalled, written)
    lost = acknowledged(load) - written
    figures.note("failed requests in a rolling restart of 4 processes", where, len(failed))
    figures.note("acknowledged writes lost", where, len(lost))
    figures.note("exit of 4 processes after SIGTERM", where, seconds, unit="s", keep="max")
    assert not failed, failed[:3]
    assert not lost
    assert code in CLEAN_EXITS
    if deployment.server:
        assert of_one_release <= PROCESSES * 2 * POOL_SIZE


@each_driver_of_a_file
def test_four_processes_write_to_one_file_without_an_error(
    deployment: Deployment, figures: Figures
) -> None:
    where = deployment.combination
    project = with_processes(deployment.project).with_variables(
        # How long writers wait says how fast the disk is; nobody is to be sent away for it.
        APP_DATABASE_POOL_TIMEOUT=str(TIMEOUT),
        APP_DATABASE_BUSY_TIMEOUT=str(TIMEOUT),
        APP_REQUEST_TIMEOUT=str(TIMEOUT),
    )

    with project.service(command_of(project.path)) as service:
        assert workers_of(service.process.pid) == PROCESSES

        def write(number: int) -> list[Answer]:
            with Client(service.url) as client:
                names = (f"writer_{number}_{turn}" for turn in range(WRITES_OF_EACH))
                return [client.import_users(each) for each in names]

        with ThreadPoolExecutor(WRITERS) as threads:
            answers = [each for some in threads.map(write, range(WRITERS)) for each in some]

    errors = [each for each in answers if each.status != HTTPStatus.CREATED]
    missing = {each.wrote for each in answers} - deployment.observer.usernames()
    topic = f"errors of {WRITERS * WRITES_OF_EACH} writes by {WRITERS} clients to 4 processes"
    figures.note(topic, where, len(errors))
    assert not errors, errors[:3]
    assert not missing


def with_processes(project: Installed) -> Installed:
    """Return a project that is served by several processes, as its container serves it."""
    return project.with_variables(
        WEB_CONCURRENCY=str(PROCESSES), APP_DATABASE_POOL_SIZE=str(POOL_SIZE)
    )


def workers_of(parent: int) -> int:
    """Return the number of processes that serve, without Python's own."""
    children = psutil.Process(parent).children()
    return sum("spawn_main" in " ".join(each.cmdline()) for each in children)


@contextmanager
def address_of(service: str) -> Iterator[RoundTrips]:
    """Yield an address that leads to a service, and may be moved to another one."""
    with counting_proxy(port_of(service)) as address:
        yield address


def port_of(service: str) -> int:
    """Return the port of a service."""
    port = urlsplit(service).port
    assert port is not None
    return port


def written_since(load: Load, moment: float) -> int:
    """Return the number of acknowledged writes after a moment."""
    return sum(each.wrote is not None for each in load.served_since(moment))


@contextmanager
def most_connections(observer: Observer) -> Iterator[list[int]]:
    """Count the connections meanwhile, and yield the counts in which the number rose."""
    stop, most = Event(), [0]

    def watch() -> None:
        while not stop.wait(POLL):
            number = observer.connections()
            if number > most[-1]:
                most.append(number)

    with ThreadPoolExecutor(1) as thread:
        watching = thread.submit(watch)
        try:
            yield most
        finally:
            stop.set()
    watching.result()
