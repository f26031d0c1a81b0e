"""``python -m benchmarks generation``: the duration of a generation and of its steps.

Each round generates a project with the default answers (or those given), the peer, and one
from a template of a single file, the floor, so that all see the same state of the machine;
then projects with more and more features. Caches are warm: a first round is not counted.
"""

import re
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from benchmarks.features import template_with_features
from benchmarks.machine import describe, output_of, require
from benchmarks.peer import NAME as PEER
from benchmarks.peer import NoPeer, make_peer
from benchmarks.plots import curves
from benchmarks.projects import generate
from benchmarks.report import publish, ratio, sections, table
from benchmarks.targets import Target, verdicts
from tests.combinations import TEMPLATE

STEP = re.compile(r"^  (.+?) \.{2,} +([\d.]+) s$", re.MULTILINE)
# Steps of external tools; the others are the template's own.
NOT_OURS = ("environment (uv sync)", "git init")

FLOOR = "cookiecutter, one file (floor)"
ALL = "everything"
OWN = "everything but uv, git and the floor (our own steps)"
FEATURES = (1, 3, 10, 30)

Seconds = Mapping[str, float]

TARGETS = (
    Target[Seconds](ALL, "≤", 2, lambda seconds: seconds[ALL], "s"),
    Target[Seconds]("our own steps", "≤", 0.8, lambda seconds: seconds[OWN], "s"),
)


def main(arguments: Namespace) -> None:
    """Measure generations, and publish the figures."""
    require("uv")
    steps = medians([one_round(arguments.answers) for _ in rounds(arguments)][1:])
    features = medians([with_features(arguments.answers) for _ in rounds(arguments)][1:])
    text = report(steps, features, arguments.rounds)
    publish("generation", text, plots(features), keep=arguments.keep)


def rounds(arguments: Namespace) -> range:
    """Return the rounds, with one before them to warm up."""
    return range(arguments.rounds + 1)


def medians(each_round: Sequence[Seconds]) -> Seconds:
    """Return the median of each figure over the rounds."""
    return {name: median(seconds[name] for seconds in each_round) for name in each_round[0]}


def one_round(answers: Sequence[str]) -> Seconds:
    """Generate from the floor's template, from ours, and the peer; return the seconds."""
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        floor, _ = generate(one_file_template(folder), folder, [])
        total, output = generate(TEMPLATE, folder, answers)
        others = with_peer(folder)
    steps = {name: float(seconds) for name, seconds in STEP.findall(output)}
    tools = sum(seconds for name, seconds in steps.items() if name in NOT_OURS)
    return {FLOOR: floor, **steps, ALL: total, OWN: total - tools - floor, **others}


def with_peer(folder: Path) -> Seconds:
    """Generate the peer and its environment, where that works; return the seconds."""
    begun = time.perf_counter()
    try:
        make_peer(folder, "postgresql://nobody@localhost:5432/nothing")
    except NoPeer as error:
        print(f"NO PEER, its figure is missing: {error}", file=sys.stderr)
        return {}
    return {PEER: time.perf_counter() - begun}


def with_features(answers: Sequence[str]) -> Seconds:
    """Generate projects with increasing numbers of features; return the seconds."""
    seconds = {}
    with TemporaryDirectory(prefix="benchmark-") as name:
        for number in FEATURES:
            folder = Path(name, str(number))
            template = template_with_features(folder / "template", number)
            seconds[str(number)], _ = generate(template, folder, [*answers, "sample=none"])
    return seconds


def one_file_template(folder: Path) -> Path:
    """Create a template of a single file."""
    template = folder / "template"
    project = template / "{{cookiecutter.slug}}"
    project.mkdir(parents=True)
    (template / "cookiecutter.json").write_text('{"slug": "floor"}')
    (project / "README.md").write_text("{{ cookiecutter.slug }}\n")
    return template


def report(steps: Seconds, features: Seconds, rounds: int) -> str:
    """Return the report of a run in Markdown."""
    floor = steps[FLOOR]
    by_step = [[name, f"{seconds:.2f}", ratio(seconds / floor)] for name, seconds in steps.items()]
    by_feature = [
        [number, f"{seconds:.2f}", ratio(seconds / features["1"])]
        for number, seconds in features.items()
    ]
    return sections(
        f"{describe([output_of('uv', '--version')])}. Medians of {rounds} rounds, warm caches.",
        table(["step", "seconds", "x floor"], by_step),
        table(["features", "seconds", "x one feature"], by_feature),
        verdicts(TARGETS, steps),
    )


def plots(features: Seconds) -> dict[str, Figure]:
    """Draw the seconds against the number of features."""
    points = [(float(number), seconds) for number, seconds in features.items()]
    return {"generation": curves({"features": {ALL: points}}, "seconds")}
