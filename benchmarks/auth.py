"""``python -m benchmarks auth``: what an access token costs, and a flood of wrong logins."""

import json
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from sqlalchemy import make_url, text

from benchmarks.databases import Rows, databases, engine_of
from benchmarks.flood import FORM, RATE, flooded
from benchmarks.load import put_load
from benchmarks.machine import describe, require, share_cores
from benchmarks.measurements import Measurements, p99, rate
from benchmarks.operations import API, BY_NAME
from benchmarks.projects import Project, bake, clean_environment
from benchmarks.report import Row, publish, ratio, sections, table
from benchmarks.services import Application, Point, Service, generated, served
from benchmarks.targets import Target, verdicts
from benchmarks.throughput import WARM_UP, filled, load_in_turn, rounds_of_new_processes
from tests.combinations import Combination
from tests.issuing import issuer_of

COMBINATIONS = (
    "async-postgresql-asyncpg-repository",
    "sync-postgresql-psycopg-dao",
)
USER = BY_NAME["user"]
FLOOD = replace(USER, name="flood", title=f"{USER.title}, {RATE} wrong logins a second")
STAFF = {"username": "boss", "password": "correct horse"}
JSON = {"Content-Type": "application/json"}

# Each login of the flood is as if from an address of its own: none is refused for its number.
SETTINGS = {
    "APP_AUTH_ACCESS_LIFETIME": "3600",
    "APP_AUTH_ATTEMPTS_PER_ACCOUNT": "1000000",
    "APP_AUTH_ATTEMPTS_PER_ADDRESS": "1000000",
}
LEAST = {"jwt": 0.85, "oidc": 0.80}  # of the throughput without signing in
MOST = 3  # times the 99th percentile without a flood


@dataclass(frozen=True)
class Pair:
    """The names of a service whose users sign in, and of the same where nobody does."""

    auth: str
    name: str
    without: str


@dataclass(frozen=True)
class Run:
    """The measurements, the services whose users sign in, and how the floods were answered."""

    pairs: Sequence[Pair]
    points: Measurements = field(default_factory=Measurements)
    floods: Counter[tuple[str, int]] = field(default_factory=Counter)


def main(arguments: Namespace) -> None:
    """Measure the selected combinations, and publish the figures."""
    require("wrk", "taskset", "uv")
    share_cores()
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        with databases({"postgresql"}, folder) as urls:
            url = urls["postgresql"]
            run, version = measured(url, folder, arguments)
    publish("auth", report(run, version, arguments), {}, keep=arguments.keep)


def measured(url: str, folder: Path, arguments: Namespace) -> tuple[Run, str]:
    """Measure all services in turn; return the run, and the version of the server."""
    open_to_all = [bake(each, folder, url) for each in arguments.combinations]
    version = filled(open_to_all, "postgresql", Rows())
    projects = {auth: with_auth(auth, arguments.combinations, folder, url) for auth in SIGNED_IN}
    run = Run(
        [
            Pair(auth, name_of(project), without.name)
            for auth in SIGNED_IN
            for project, without in zip(projects[auth], open_to_all, strict=True)
        ]
    )
    for stack in rounds_of_new_processes(arguments.rounds):
        services = [stack.enter_context(served(generated(each), folder)) for each in open_to_all]
        services += [
            stack.enter_context(signed_in(project, folder))
            for auth, signed_in in SIGNED_IN.items()
            for project in projects[auth]
        ]
        measure(services, run, arguments.seconds)
    return run, version


def measure(services: Sequence[Service], run: Run, seconds: int) -> None:
    """Load the services in turn, and flood those that take passwords."""
    by_password = {pair.name for pair in run.pairs if pair.auth == "jwt"}
    load_in_turn(services, [USER], WARM_UP, Measurements())
    load_in_turn(services, [USER], seconds, run.points)
    for service in services:
        if service.application.name in by_password:
            flood(service, run, seconds)


def with_auth(
    auth: str, combinations: Iterable[Combination], folder: Path, url: str
) -> list[Project]:
    """Generate projects whose users sign in, and fill the database that they share."""
    apart = make_url(url).set(database=f"benchmark_{auth}")
    shared = apart.render_as_string(hide_password=False)
    projects = [bake(replace(each, auth=auth), folder, shared) for each in combinations]
    filled(projects, "postgresql", Rows(auth=auth))
    return projects


@contextmanager
def signed_in_by_password(project: Project, folder: Path) -> Iterator[Service]:
    """Serve a project; its requests have the access token of a member of the staff."""
    user = {**STAFF, "email": "boss@example.com"}
    with served(application_of(project, SETTINGS), folder) as service, service.client() as client:
        client.connection.request("POST", f"{API}/users", json.dumps(user), JSON)
        client.connection.getresponse().read()  # another service may have created the user
        with engine_of(project.database_url).begin() as connection:
            connection.execute(text("update users set role = 'staff' where username = 'boss'"))
        client.connection.request("POST", f"{API}/auth/token", urlencode(STAFF), FORM)
        yield with_token(service, json.load(client.connection.getresponse())["access_token"])


@contextmanager
def signed_in_at_an_issuer(project: Project, folder: Path) -> Iterator[Service]:
    """Serve a project; its requests have a token of staff, by the issuer of its tests."""
    environment = {**clean_environment(), **project.variables}
    with (
        issuer_of(project.python, project.path, environment) as (variables, tokens),
        served(application_of(project, variables), folder) as service,
    ):
        yield with_token(service, tokens["staff"])


SIGNED_IN = {"jwt": signed_in_by_password, "oidc": signed_in_at_an_issuer}


def application_of(project: Project, variables: Mapping[str, str]) -> Application:
    """Return the application of a project whose users sign in, with more variables."""
    service = generated(project)
    return replace(service, name=name_of(project), variables={**service.variables, **variables})


def name_of(project: Project) -> str:
    """Return the name of the service of a project whose users sign in."""
    return f"{project.name} {project.combination.auth}"


def with_token(service: Service, token: str) -> Service:
    """Return a service whose requests have an access token."""
    requests = {each.name: replace(USER.request, token=token) for each in (USER, FLOOD)}
    return replace(service, application=replace(service.application, requests=requests))


def flood(service: Service, run: Run, seconds: int) -> None:
    """Measure a service in a flood of wrong logins."""
    request = service.application.request_for(FLOOD)
    assert request is not None
    with flooded(service.port) as answers:
        time.sleep(WARM_UP)
        load = put_load(service.port, request, FLOOD.connections, seconds)
    point = Point(load, FLOOD.connections, service.finish(), 0.0, service.rss())
    run.points.add(service.application.name, FLOOD.name, point)
    for status, number in answers.items():
        run.floods[service.application.name, status] += number


def report(run: Run, version: str, arguments: Namespace) -> str:
    """Return the report of a run."""
    head = (
        f"{describe([version])}. {arguments.rounds} rounds of {arguments.seconds} s; medians, "
        f"and medians of each round's ratios."
    )
    titles = ["service", "open req/s", "token req/s", "x open", "p99 ms", "p99 ms in a flood"]
    titles += ["x p99", "logins 401", "logins 503", "errors"]
    rows = [_row(run, pair) for pair in run.pairs]
    targets = [target for pair in run.pairs for target in targets_of(pair)]
    return sections(head, table(titles, rows), "### Targets", verdicts(targets, run.points))


def _row(run: Run, pair: Pair) -> Row:
    points, name = run.points, pair.name
    figures = [points.median(each, USER.name, rate) for each in (pair.without, name)]
    times = [points.median(name, each.name, p99) for each in (USER, FLOOD)]
    refused = sum(points.errors(name, each) for each in (USER, FLOOD))
    refused += points.errors(pair.without, USER)
    flooded = points.has(name, FLOOD.name)
    return [
        name,
        *("-" if each is None else f"{each:,.0f}" for each in figures),
        ratio(points.ratio(name, pair.without, USER.name)),
        *("-" if each is None else f"{each:.1f}" for each in times),
        ratio(slower(points, name)),
        *(f"{run.floods[name, status]:,}" if flooded else "-" for status in (401, 503)),
        str(refused),
    ]


def slower(points: Measurements, name: str) -> float | None:
    """Return how many times as long the slowest answers take in a flood."""
    times = [points.median(name, each.name, p99) for each in (FLOOD, USER)]
    flooded_time, quiet_time = times
    if flooded_time is None or quiet_time is None:
        return None
    return flooded_time / quiet_time


def targets_of(pair: Pair) -> list[Target[Measurements]]:
    """Return the targets of a service whose users sign in."""
    return [
        Target(
            f"{pair.name}: x open",
            "≥",
            LEAST[pair.auth],
            lambda points: points.ratio(pair.name, pair.without, USER.name),
        ),
        Target(
            f"{pair.name}, {RATE} wrong logins a second: x p99",
            "≤",
            MOST,
            lambda points: slower(points, pair.name),
        ),
    ]
