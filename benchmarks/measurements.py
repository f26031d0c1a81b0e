"""The points of a run, by application and operation, and what they come to."""

from collections import defaultdict
from collections.abc import Callable
from statistics import median

from benchmarks.operations import Operation
from benchmarks.services import Point

Read = Callable[[Point], float]


def rate(point: Point) -> float:
    """Requests a second."""
    return point.rate


def cpu(point: Point) -> float:
    """Milliseconds of CPU for a request."""
    return point.cpu


def p50(point: Point) -> float:
    """Milliseconds that half of the answers took at most."""
    return point.load.p50


def p99(point: Point) -> float:
    """Milliseconds that 99 of 100 answers took at most."""
    return point.load.p99


def spread(point: Point) -> float:
    """How much longer the slow answers took than the usual ones."""
    return point.load.p99 / point.load.p50


class Measurements:
    """One point per application, operation and round; rounds pair the applications."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str], list[Point]] = defaultdict(list)

    def add(self, application: str, operation: str, point: Point) -> None:
        """Add the point of the next round."""
        self._points[application, operation].append(point)

    def has(self, application: str, operation: str) -> bool:
        """Say whether there are points."""
        return (application, operation) in self._points

    def median(self, application: str, operation: str, read: Read) -> float | None:
        """Give the median over the rounds; None where nothing was measured."""
        points = self._points.get((application, operation))
        return median(map(read, points)) if points else None

    def ratio(self, application: str, base: str, operation: str, read: Read = rate) -> float | None:
        """Give the median of the ratios of the rounds; None where one was not measured."""
        mine = self._points.get((application, operation), [])
        other = self._points.get((base, operation), [])
        pairs = zip(mine, other, strict=bool(mine and other))
        ratios = [read(one) / read(two) for one, two in pairs]
        return median(ratios) if ratios else None

    def refused(self, application: str, operation: str) -> int:
        """Count the answers that were no 2xx."""
        return sum(point.load.refused for point in self._points.get((application, operation), []))

    def broken(self, application: str, operation: str) -> int:
        """Count the requests that had no answer, or a late one."""
        return sum(point.load.broken for point in self._points.get((application, operation), []))

    def errors(self, application: str, operation: Operation) -> int:
        """Count what must not happen in an operation."""
        refused = 0 if operation.may_refuse else self.refused(application, operation.name)
        return refused + self.broken(application, operation.name)
