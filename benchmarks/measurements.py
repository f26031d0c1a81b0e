"""The points of a run, by application and operation, and their statistics."""

from collections import defaultdict
from collections.abc import Callable
from statistics import median

from benchmarks.operations import Operation
from benchmarks.services import Point

Read = Callable[[Point], float]


def rate(point: Point) -> float:
    """Return the requests per second."""
    return point.rate


def cpu(point: Point) -> float:
    """Return the milliseconds of CPU per request."""
    return point.cpu


def p50(point: Point) -> float:
    """Return the median duration of answers, in milliseconds."""
    return point.load.p50


def p99(point: Point) -> float:
    """Return the 99th percentile of durations, in milliseconds."""
    return point.load.p99


def spread(point: Point) -> float:
    """Return the ratio of the 99th percentile to the median."""
    return point.load.p99 / point.load.p50


class Measurements:
    """One point per application, operation and round; rounds pair the applications."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str], list[Point]] = defaultdict(list)

    def add(self, application: str, operation: str, point: Point) -> None:
        """Add the point of the next round."""
        self._points[application, operation].append(point)

    def has(self, application: str, operation: str) -> bool:
        """Return whether there are points."""
        return (application, operation) in self._points

    def median(self, application: str, operation: str, read: Read) -> float | None:
        """Return the median over the rounds, or None where nothing was measured."""
        points = self._points.get((application, operation))
        return median(map(read, points)) if points else None

    def ratio(self, application: str, base: str, operation: str, read: Read = rate) -> float | None:
        """Return the median of the rounds' ratios, or None where one was not measured."""
        mine = self._points.get((application, operation), [])
        other = self._points.get((base, operation), [])
        pairs = zip(mine, other, strict=bool(mine and other))
        ratios = [read(one) / read(two) for one, two in pairs]
        return median(ratios) if ratios else None

    def refused(self, application: str, operation: str) -> int:
        """Count the answers other than 2xx."""
        return sum(point.load.refused for point in self._points.get((application, operation), []))

    def broken(self, application: str, operation: str) -> int:
        """Count the requests without an answer, or with a late one."""
        return sum(point.load.broken for point in self._points.get((application, operation), []))

    def errors(self, application: str, operation: Operation) -> int:
        """Count the errors in an operation."""
        refused = 0 if operation.may_refuse else self.refused(application, operation.name)
        return refused + self.broken(application, operation.name)
