"""The benchmarks count correctly, and the floors do the same work as the generated service."""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import machine
from benchmarks.__main__ import COMMANDS
from benchmarks.agreement import check
from benchmarks.databases import Rows
from benchmarks.depth_report import TABLE, Results, targets
from benchmarks.features import template_with_features
from benchmarks.load import HIGHEST_ID, Load, Request, parse, put_load
from benchmarks.measurements import Measurements, p99, rate
from benchmarks.operations import BY_NAME, OPERATIONS, order
from benchmarks.plots import bars, curves, save
from benchmarks.projects import Project, combination_of
from benchmarks.report import renewed
from benchmarks.services import POLL, Point, floor, generated, served
from benchmarks.targets import Target, verdicts
from benchmarks.throughput import filled
from tests.baking import Cookies
from tests.combinations import TEMPLATE, Combination
from tests.conftest import skip_or_fail
from tests.installed import install

WRK_OUTPUT = """\
Running 1s test @ http://127.0.0.1:8000
  1 threads and 32 connections
{"requests": 500, "microseconds": 1000000, "p50": 2000, "p99": 9000, "refused": 20, "broken": 1}
"""


def a_point(requests: int, refused: int = 0, broken: int = 0, afterwards: float = 0) -> Point:
    load = Load(requests, seconds=2.0, p50=1.0, p99=3.0, refused=refused, broken=broken)
    return Point(load, 10, afterwards, cpu_seconds=1.0, rss=50.0)


def test_figures_of_wrk_are_read() -> None:
    assert parse(WRK_OUTPUT) == Load(500, 1.0, p50=2.0, p99=9.0, refused=20, broken=1)


def test_wrk_without_figures_is_an_error() -> None:
    with pytest.raises(ValueError, match="unable to connect"):
        parse("unable to connect to 127.0.0.1:8000\n")


def test_answers_that_are_refused_do_not_count_as_served() -> None:
    assert a_point(100, refused=40).rate == 30


def test_work_that_is_done_after_the_answer_takes_its_time() -> None:
    # Ten requests were in progress at the end, which take 0.2 seconds at this rate.
    assert a_point(100, afterwards=0.2).rate == 50
    assert a_point(100, afterwards=3).rate == pytest.approx(100 / (2 + 3 - 0.2 - POLL))


def test_ratios_are_those_of_each_round() -> None:
    measured = Measurements()
    # In the second round the machine is four times as fast, and in the third it is slow.
    for ours, floors in ((10, 100), (80, 400), (3, 10)):
        measured.add("ours", "user", a_point(ours))
        measured.add("floor", "user", a_point(floors))
    assert measured.ratio("ours", "floor", "user") == pytest.approx(0.2)
    assert measured.median("ours", "user", rate) == 5
    assert measured.median("ours", "user", p99) == 3


def test_missing_measurements_have_no_ratio() -> None:
    measured = Measurements()
    measured.add("ours", "user", a_point(10))
    assert measured.ratio("ours", "floor", "user") is None
    assert measured.median("floor", "user", rate) is None


def test_only_a_crowd_may_be_refused() -> None:
    measured = Measurements()
    for name in ("user", "user-256"):
        measured.add("ours", name, a_point(100, refused=2, broken=1))
    assert measured.errors("ours", BY_NAME["user"]) == 3
    assert measured.errors("ours", BY_NAME["user-256"]) == 1


def test_verdicts_leave_out_what_was_not_measured() -> None:
    targets = (
        Target[float]("fast", "≥", 2, lambda figure: figure),
        Target[float]("small", "≤", 2, lambda figure: figure),
        Target[float]("unknown", "≤", 2, lambda _figure: None),
    )
    table = verdicts(targets, 3.0).splitlines()
    assert table[2:] == [
        "| fast | ≥ 2 | 3.00 | reached |",
        "| small | ≤ 2 | 3.00 | **not reached** |",
    ]


def test_the_default_list_is_held_to_what_that_of_a_small_table_costs() -> None:
    results = Results(deep=500_000)
    results.idle["ours"] = 80.0
    results.curves[TABLE]["ours, offset"] = {1_000: 2.0, 500_000: 5.0}
    [larger] = [each for each in targets(results) if "default list" in each.text]

    assert verdicts([larger], results).splitlines()[2:] == [
        "| ours: default list of 500,000 rows ÷ of 1,000 | ≤ 2 | 2.50 | **not reached** |"
    ]


def test_a_run_renews_its_own_part_of_the_readme() -> None:
    document = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n<!-- y -->\nkept\n<!-- end of y -->\n"
    again = renewed(renewed(document, "x", "new\n"), "x", "newer\n")
    assert "old" not in again
    assert again.index("newer") < again.index("b\n<!-- y -->\nkept\n")
    with pytest.raises(ValueError, match="no place for z"):
        renewed(document, "z", "new")


def test_the_readme_has_a_place_for_every_command() -> None:
    document = (TEMPLATE / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert "found" in renewed(document, name, "found")


def test_the_same_figures_make_the_same_plots(tmp_path: Path) -> None:
    def draw(folder: Path) -> list[bytes]:
        save(bars({"GET": {"ours": 2.0, "floor": 8.0}}, "requests/s", log=True), folder / "b.svg")
        save(curves({"rows": {"ours": [(0, 1.0), (100, 2.0)]}}, "ms"), folder / "c.svg")
        return [(folder / name).read_bytes() for name in ("b.svg", "c.svg")]

    first = draw(tmp_path / "first")
    assert first == draw(tmp_path / "second")
    assert b"floor" in first[0]
    assert b"rows" in first[1]


def test_an_order_has_as_many_products_as_it_has_lines() -> None:
    _, _, body = order(3).first()
    assert body == (
        '{"user_id": 1, "items": [{"product_id": 2, "quantity": 1}, '
        '{"product_id": 3, "quantity": 1}, {"product_id": 4, "quantity": 1}]}'
    )


def test_runs_do_not_make_the_same_rows() -> None:
    request = Request("POST", "/", '{"slug": "{run}-{n}"}')
    assert request.arguments() != request.arguments()


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="install Debian's wrk"):
        machine.require("wrk")


def test_more_features_are_generated(cookies: Cookies, tmp_path: Path) -> None:
    template = template_with_features(tmp_path / "template", 3)
    result = cookies.bake({"install": False, "sample": "none"}, template=str(template))
    assert result.exception is None
    models = (result.project_path / "app" / "models.py").read_text(encoding="utf-8")
    for copy in (2, 3):
        assert f"import app.users_{copy}.models" in models
        table = (result.project_path / f"app/users_{copy}/models.py").read_text(encoding="utf-8")
        assert f'__tablename__ = "users_{copy}"' in table


class Recorder(BaseHTTPRequestHandler):
    """A handler that records requests, and refuses those for /taken."""

    protocol_version = "HTTP/1.1"
    received: list[tuple[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.received.append((self.path, body))
        self.send_response(409 if self.path == "/taken" else 201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


@pytest.fixture
def recorder() -> Iterator[ThreadingHTTPServer]:
    """A server that records its requests."""
    handler = type("OwnRecorder", (Recorder,), {"received": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def _wrk() -> None:
    if shutil.which("wrk") is None:
        skip_or_fail("wrk: not installed; install Debian's wrk")


@pytest.mark.usefixtures("_wrk")
def test_no_two_requests_of_a_load_are_alike(recorder: ThreadingHTTPServer) -> None:
    request = Request("POST", "/things/{id}", '{"name": "{run}-{n}", "ids": [{id}, {id}]}')
    load = put_load(recorder.server_port, request, connections=2, seconds=1)
    assert load.requests > 10
    assert (load.refused, load.broken) == (0, 0)
    # Copy the list, because the server may still receive the last requests of wrk, which
    # does not wait for their responses.
    received = list(recorder.RequestHandlerClass.received)  # type: ignore[attr-defined]
    bodies = [json.loads(body) for _, body in received]
    assert len({body["name"] for body in bodies}) == len(received)
    paths = [re.fullmatch(r"/things/(\d+)", path) for path, _ in received]
    ids = [int(path[1]) for path in paths if path] + [n for body in bodies for n in body["ids"]]
    assert len(ids) == 3 * len(received)
    assert len(set(ids)) > min(len(ids), HIGHEST_ID) * 0.9
    assert all(1 <= number <= HIGHEST_ID for number in ids)


@pytest.mark.usefixtures("_wrk")
def test_answers_that_are_no_2xx_are_counted(recorder: ThreadingHTTPServer) -> None:
    load = put_load(recorder.server_port, Request("POST", "/taken", "{}"), 2, seconds=1)
    assert load.refused == load.requests > 0


@pytest.mark.thorough
@pytest.mark.parametrize("combination", [combination_of("async-postgresql-asyncpg-repository")])
def test_floors_do_the_work_of_the_generated_service(
    combination: Combination, server_database_url: str, tmp_path: Path
) -> None:
    installed = install(combination, APP_DATABASE_URL=server_database_url)
    project = Project(combination, installed.path, server_database_url)
    with installed.database(), ExitStack() as stack:
        filled([project], combination.database, Rows(users=50, products=50))
        floors = [
            floor(name, name, server_database_url) for name in ("raw_starlette", "fastapi_asyncpg")
        ]
        services = [
            stack.enter_context(served(application, tmp_path))
            for application in (generated(project), *floors)
        ]
        check(services, OPERATIONS)  # exits with both responses when they differ
