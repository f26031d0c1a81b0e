"""Targets of the figures, and whether they are reached."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from benchmarks.report import Row, table

Results = TypeVar("Results")


@dataclass(frozen=True)
class Target(Generic[Results]):
    """A limit, and the figure that must meet it, which is None where it was not measured."""

    text: str
    sense: str  # "≥" or "≤"
    limit: float
    figure: Callable[[Results], float | None]
    unit: str = ""

    def row(self, results: Results) -> Row | None:
        """Return limit, figure and verdict, or None if there is no figure."""
        figure = self.figure(results)
        if figure is None:
            return None
        verdict = "reached" if self._is_reached(figure) else "**not reached**"
        limit = f"{self.sense} {self.limit:g} {self.unit}".strip()
        return [self.text, limit, f"{figure:.2f}", verdict]

    def _is_reached(self, figure: float) -> bool:
        return figure >= self.limit if self.sense == "≥" else figure <= self.limit


def verdicts(targets: Iterable[Target[Results]], results: Results) -> str:
    """Return the table of the measured targets."""
    rows = [row for target in targets if (row := target.row(results))]
    return table(["target", "limit", "measured", ""], rows)
