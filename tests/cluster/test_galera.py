"""Services on three nodes of Galera, which are killed, cut off, and written to at once."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from http import HTTPStatus

import pytest

from tests.cluster.galera import Cluster, Node, galera_cluster
from tests.combinations import COMBINATIONS, Combination, in_turn, one_per_driver
from tests.conftest import check_build, enter_server
from tests.figures import Figures
from tests.installed import Installed, install
from tests.reliability.checks import acknowledged, check_answers, is_ready
from tests.reliability.load import Answer, Client, Load, eventually
from tests.servers import HOST
from tests.test_contention import Shop

SHOPS = [
    replace(each, server="mariadb")
    for each in one_per_driver(
        each for each in COMBINATIONS if (each.database, each.sample) == ("mysql", "shop")
    )
]

pytestmark = [pytest.mark.scaling, pytest.mark.thorough]

WRITES = 100  # acknowledged writes before each event, and after it
FIRST_WRITE_LIMIT = 10  # seconds
TIMEOUT = 60  # seconds for waits without a limit of their own
CUSTOMERS, STOCK = 100, 10
CLIENTS = 10  # of each of two services
ATTEMPTS = 20  # of a customer who is asked to come again
ROWS = 50  # users written through one node and read through another


def each_driver(*in_ci: str) -> pytest.MarkDecorator:
    """Parametrize a test with a shop of each driver; mark all but the named as complete."""
    chosen = [each for each in SHOPS if each.driver in in_ci]
    return pytest.mark.parametrize("shop", in_turn(SHOPS, [], chosen), indirect=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three nodes, stopped at the end."""
    with ExitStack() as stack:
        yield enter_server(stack, galera_cluster())


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest, cluster: Cluster) -> Installed:
    """A project with a database of its own in the cluster, which it reaches by HAProxy."""
    combination: Combination = request.param
    check_build(combination)
    url = f"{cluster.balancer}/{combination.driver}"
    project = install(combination, APP_DATABASE_URL=url)
    project.run("python -m app.database upgrade --wait 30")
    return project


@pytest.fixture(scope="module")
def at_nodes(shop: Installed, cluster: Cluster) -> Iterator[list[str]]:
    """The URLs of services of the project, one at each node, which run during all tests."""
    with ExitStack() as stack:
        projects = [
            shop.with_variables(APP_DATABASE_URL=f"{node.url}/{shop.combination.driver}")
            for node in cluster.nodes
        ]
        yield [stack.enter_context(project.service()).url for project in projects]


@each_driver("asyncmy")
def test_a_node_is_killed_and_rejoins(shop: Installed, cluster: Cluster, figures: Figures) -> None:
    where = shop.combination
    victim = cluster.nodes[-1]

    with shop.service() as service, Load(service.url, "killed") as load:
        eventually(lambda: len(acknowledged(load)) >= WRITES, TIMEOUT, "writes")
        with victim.killed():
            killed = time.perf_counter()
            eventually(lambda: written_since(load, killed), TIMEOUT, "a write after the kill")
            written = len(acknowledged(load))
            eventually(lambda: len(acknowledged(load)) >= written + WRITES, TIMEOUT, "writes")
        cluster.wait_until_whole()
        written = len(acknowledged(load))
        eventually(lambda: len(acknowledged(load)) >= written + WRITES, TIMEOUT, "more writes")
        load.stop()

    first = written_since(load, killed)[0].ended - killed
    lost = {name for node in cluster.nodes for name in lost_at(node, shop, load)}
    topic = "first write after a node of Galera was killed"
    figures.note(topic, where, first, unit="s", keep="max")
    figures.note(
        "acknowledged writes while a node of Galera was killed and rejoined",
        where,
        len(acknowledged(load)),
    )
    figures.note("acknowledged writes lost", where, len(lost))
    check_answers(load.answers, where, figures)
    assert not lost
    assert first <= FIRST_WRITE_LIMIT


@each_driver("asyncmy")
def test_an_address_without_a_node_behind_it_is_answered_with_503(
    shop: Installed, figures: Figures
) -> None:
    with hanging_up() as port:
        url = f"mysql://root@{HOST}:{port}/nobody"
        project = shop.with_variables(APP_DATABASE_URL=url)
        with (
            project.service(waits_for="/health/live") as service,
            Load(service.url, "nobody") as load,
        ):
            begun = time.perf_counter()
            eventually(lambda: load.all_answered_since(begun), TIMEOUT, "answers")

    check_answers(load.answers, shop.combination, figures)
    assert all(each.asks_to_retry for each in load.answers)


@contextmanager
def hanging_up() -> Iterator[int]:
    """Accept connections at a port and close them, as HAProxy does that has no server left."""

    def accept() -> None:
        with suppress(OSError):  # closed at the end
            while True:
                listener.accept()[0].close()

    with socket.create_server((HOST, 0), backlog=1024) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@each_driver("pymysql")
def test_a_node_without_the_majority_serves_nothing_and_returns(
    shop: Installed, at_nodes: list[str], cluster: Cluster, figures: Figures
) -> None:
    where = shop.combination
    node, service = cluster.nodes[1], at_nodes[1]

    with ExitStack() as stack:
        balanced = stack.enter_context(shop.service()).url
        client = stack.enter_context(Client(service))
        load = stack.enter_context(Load(service, "cut_off", CLIENTS))
        others = stack.enter_context(Load(balanced, "balanced", CLIENTS))
        eventually(lambda: len(acknowledged(load)) >= WRITES, TIMEOUT, "writes")
        with node.cut_off():
            cut_off = time.perf_counter()
            eventually(lambda: load.all_answered_since(cut_off), TIMEOUT, "answers")
            refused = [each for each in load.answers if each.begun > cut_off]
            assert not is_ready(client)
            eventually(lambda: is_undisturbed(others), TIMEOUT, "HAProxy has left the node")
        cluster.wait_until_whole()
        back = time.perf_counter()
        eventually(lambda: written_since(load, back), TIMEOUT, "a write after the return")
        eventually(lambda: is_ready(client), TIMEOUT, "readiness")
        load.stop()
        others.stop()

    assert refused
    assert all(each.asks_to_retry for each in refused), refused[:3]
    check_answers(load.answers + others.answers, where, figures)
    lost = lost_at(cluster.nodes[0], shop, load) | lost_at(cluster.nodes[0], shop, others)
    figures.note("acknowledged writes lost", where, len(lost))
    assert not lost


@each_driver("asyncmy", "pymysql")
def test_the_last_items_are_sold_once_through_three_nodes(
    shop: Installed, at_nodes: list[str], cluster: Cluster, figures: Figures
) -> None:
    where = shop.combination
    before = conflicts_of(cluster)

    seller = Shop(at_nodes[0])
    product = seller.add_product("scarce", "19.99", STOCK)
    customers = [
        Customer(at_nodes[number % 3], seller.user, product) for number in range(CUSTOMERS)
    ]
    with ThreadPoolExecutor(CUSTOMERS) as threads:
        answers = [*threads.map(Customer.order, customers)]
    left = seller.stock_of(product)
    orders = seller.statistics()["count"]

    statuses = Counter(each.status for each in answers)
    met = conflicts_of(cluster) - before
    figures.note("orders for the last 10 through three nodes of Galera: sold", where, orders)
    figures.note("conflicts between nodes of Galera met by 100 orders", where, met)
    assert statuses == {HTTPStatus.CREATED: STOCK, HTTPStatus.CONFLICT: CUSTOMERS - STOCK}
    assert (left, orders) == (0, STOCK)
    assert met


class Customer:
    """A customer of a service, who comes again when asked to."""

    def __init__(self, service: str, user: int, product: int) -> None:
        self._service = service
        items = [{"product_id": product, "quantity": 1}]
        self._order = {"user_id": user, "items": items}

    def order(self) -> Answer:
        """Order one, and return the answer that is final."""
        with Client(self._service) as client:
            for _ in range(ATTEMPTS):
                answer = client.ask("POST", "/api/v1/orders", self._order)
                if not answer.asks_to_retry:
                    break
        return answer


@each_driver("asyncmy", "pymysql")
def test_what_one_node_acknowledged_is_read_from_another(
    shop: Installed, at_nodes: list[str], cluster: Cluster, figures: Figures
) -> None:
    reader, stale = cluster.nodes[1], 0

    with Client(at_nodes[0]) as writing, Client(at_nodes[1]) as reading:
        for number in range(ROWS):
            name = f"fresh_{number}"
            assert writing.import_users(name).served
            stale += not finds(reading, name)
        with ThreadPoolExecutor(1) as thread:
            with reader.behind():
                assert writing.import_users("awaited").served
                assert "awaited" not in usernames_at(reader, shop)
                found = thread.submit(finds, reading, "awaited")
                eventually(lambda: reader.is_read(shop.combination.driver), TIMEOUT, "a read")
            stale += not found.result()

    topic = f"stale reads of {ROWS + 1} from another node of Galera"
    figures.note(topic, shop.combination, stale)
    assert stale == 0


def finds(client: Client, name: str) -> bool:
    """Return whether a service lists a user."""
    answer = client.get(f"/api/v1/users?search={name}")
    assert answer.served, answer
    return [each["username"] for each in answer.body["items"]] == [name]


def is_undisturbed(load: Load) -> bool:
    """Return whether all answers of the last second are successes, and each client has one."""
    since = time.perf_counter() - 1
    recent = [each for each in load.answers if each.ended > since]
    return load.all_answered_since(since) and all(each.served for each in recent)


def written_since(load: Load, moment: float) -> list[Answer]:
    """Return the acknowledged writes that began after a moment, in the order of their ends."""
    return [each for each in load.served_since(moment) if each.wrote and each.begun > moment]


def lost_at(node: Node, project: Installed, load: Load) -> set[str]:
    """Return the users whose creation was acknowledged, and which a node does not have."""
    return acknowledged(load) - usernames_at(node, project)


def usernames_at(node: Node, project: Installed) -> set[str]:
    """Return the names of all users that a node has by now."""
    rows = node.execute(f"SELECT username FROM {project.combination.driver}.users")
    return {name for (name,) in rows}


def conflicts_of(cluster: Cluster) -> int:
    """Return the number of transactions to date that lost against those of other nodes."""
    return sum(node.conflicts for node in cluster.nodes)
