"""Tables in Markdown, and the places in README.md that each run renews."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.plots import save

README = Path(__file__).with_name("README.md")
PLOTS = Path(__file__).with_name("plots")

Row = Sequence[str]


def table(titles: Row, rows: Sequence[Row]) -> str:
    """Return a table whose first column is text and whose others are figures."""
    if not rows:
        return ""
    rule = ["---", *("---:" for _ in titles[1:])]
    return "".join(f"| {' | '.join(row)} |\n" for row in (titles, rule, *rows))


def ratio(value: float | None) -> str:
    """Return a ratio as text, or a dash where there is nothing to compare."""
    return "-" if value is None else f"{value:.2f}"


def sections(*parts: str) -> str:
    """Join the parts that are not empty."""
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def publish(name: str, text: str, figures: Mapping[str, Figure], *, keep: bool) -> None:
    """Print the report of a run, and write it with its plots into the README."""
    print(text)
    if not keep:
        return
    for title, figure in figures.items():
        save(figure, PLOTS / f"{title}.svg")
    images = (f"![{title}]({PLOTS.name}/{title}.svg)" for title in figures)
    document = README.read_text(encoding="utf-8")
    README.write_text(renewed(document, name, sections(text, *images)), encoding="utf-8")


def renewed(document: str, name: str, text: str) -> str:
    """Write a text between its markers in a document. Raise ValueError without them."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found_begin, rest = document.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"there is no place for {name}: {begin.strip()} … {end}")
    return f"{before}{begin}\n{text}\n{end}{after}"
