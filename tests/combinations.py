"""Every combination of answers that makes a project, computed from cookiecutter.json."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).parent.parent
CONTEXT: dict[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Combination:
    """The answers that decide what code is generated."""

    concurrency: str
    database: str
    driver: str
    data_access: str
    sample: str

    def __str__(self) -> str:
        return "-".join(vars(self).values())

    @property
    def slug(self) -> str:
        """A project slug that tells the combination, so that projects can share a server."""
        return str(self)

    @property
    def answers(self) -> dict[str, Any]:
        """What to give to cookiecutter besides the defaults."""
        return {**vars(self), "project_slug": self.slug}


def all_combinations() -> Iterator[Combination]:
    """Give every combination that the hooks accept: drivers, styles and samples."""
    for database, facts in CONTEXT["_databases"].items():
        for concurrency, drivers in facts["drivers"].items():
            for driver in drivers:
                for data_access, sample in product(CONTEXT["data_access"], CONTEXT["sample"]):
                    yield Combination(concurrency, database, driver, data_access, sample)


COMBINATIONS = list(all_combinations())
