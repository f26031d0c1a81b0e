"""Reproducible plots as SVG."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

HEIGHT = 0.28  # height of a bar in inches
MARKERS = "osD^vPX*"

# The SVG has no random ids, and text instead of outlines of letters.
mpl.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 8})

Series = Mapping[str, Sequence[tuple[float, float]]]


def bars(groups: Mapping[str, Mapping[str, float]], unit: str, *, log: bool) -> Figure:
    """Draw bars for each group, with one group below another."""
    rows = sum(len(group) for group in groups.values())
    shares = [len(group) for group in groups.values()]
    figure = Figure(figsize=(8, HEIGHT * rows + 0.7 * len(groups)), layout="constrained")
    axes = figure.subplots(len(groups), squeeze=False, height_ratios=shares)
    for (title, group), axis in zip(groups.items(), axes[:, 0], strict=True):
        _draw_bars(axis, title, group, log=log)
    axes[-1, 0].set_xlabel(unit)
    return figure


def _draw_bars(axis: Axes, title: str, group: Mapping[str, float], *, log: bool) -> None:
    drawn = axis.barh(list(group), list(group.values()), color=f"C{int(log)}")
    axis.bar_label(drawn, fmt="{:,.4g}", padding=2)
    axis.set_title(title, loc="left", fontweight="bold")
    axis.invert_yaxis()
    axis.margins(x=0.12)
    if log:
        axis.set_xscale("log")


def curves(panels: Mapping[str, Series], y_label: str) -> Figure:
    """Draw panels of curves with logarithmic axes; a panel's title describes its x axis."""
    figure = Figure(figsize=(4 * len(panels), 3.6), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)
    for (title, series), axis in zip(panels.items(), axes[0], strict=True):
        _draw_curves(axis, title, series)
    axes[0, 0].set_ylabel(y_label)
    return figure


def _draw_curves(axis: Axes, title: str, series: Series) -> None:
    for (label, points), marker in zip(series.items(), cycle(MARKERS), strict=False):
        axis.plot(*zip(*points, strict=True), label=label, marker=marker, markersize=4)
    axis.set_xscale("symlog", linthresh=1)
    axis.set_yscale("log")
    axis.set_xlabel(title)
    axis.grid(alpha=0.3)
    axis.legend(fontsize=6)


def save(figure: Figure, file: Path) -> None:
    """Write a plot as SVG."""
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
