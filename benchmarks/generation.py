"""How long a generation takes, step by step, beside what cookiecutter takes by itself.

    python benchmarks/generation.py [--rounds N] [ANSWER=VALUE …]

Each round generates a project with the default answers (or those given) and one from a
template of a single file, the floor, so that both meet the same state of the machine.
Prints the median seconds of each step and its ratio to the floor. Caches are warm: a
first round is not counted. Needs uv on the PATH, as most users have.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

TEMPLATE = Path(__file__).resolve().parent.parent
STEP = re.compile(r"^  (.+?) \.{2,} +([\d.]+) s$", re.MULTILINE)
# Steps of tools that we only call; the others are our own.
NOT_OURS = ("environment (uv sync)", "git init")


def main() -> None:
    arguments = parse_arguments()
    rounds = [one_round(arguments.answers) for _ in range(arguments.rounds + 1)][1:]
    medians = {name: median(each[name] for each in rounds) for name in rounds[0]}
    print_table(medians)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("answers", nargs="*", metavar="ANSWER=VALUE")
    return parser.parse_args()


def one_round(answers: list[str]) -> dict[str, float]:
    """Generate once from the floor's template and once from ours; give the seconds."""
    with scratch() as folder:
        floor, _ = generate(one_file_template(folder), folder, [])
        total, output = generate(TEMPLATE, folder, answers)
    steps = {name: float(seconds) for name, seconds in STEP.findall(output)}
    tools = sum(seconds for name, seconds in steps.items() if name in NOT_OURS)
    return {
        "cookiecutter, one file (floor)": floor,
        **steps,
        "everything": total,
        "everything but uv, git and the floor (our own steps)": total - tools - floor,
    }


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def one_file_template(folder: Path) -> Path:
    """Make the smallest template there is."""
    template = folder / "template"
    project = template / "{{cookiecutter.slug}}"
    project.mkdir(parents=True)
    (template / "cookiecutter.json").write_text('{"slug": "floor"}')
    (project / "README.md").write_text("{{ cookiecutter.slug }}\n")
    return template


def generate(template: Path, folder: Path, answers: list[str]) -> tuple[float, str]:
    """Run cookiecutter as a user would; give the seconds and what it printed."""
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--default-config"]
    command += ["--output-dir", str(folder), str(template), *answers]
    # Users' Pythons keep their bytecode.
    environment = {**os.environ, "HOME": str(folder)} | uv_cache()
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return seconds, done.stdout


def uv_cache() -> dict[str, str]:
    """Keep uv's cache where it is, although HOME is elsewhere."""
    asked = subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True)
    return {"UV_CACHE_DIR": asked.stdout.strip()}


def print_table(medians: dict[str, float]) -> None:
    floor = next(iter(medians.values()))
    width = max(map(len, medians))
    print(f"{'':{width}}  seconds  x floor")
    for name, seconds in medians.items():
        print(f"{name:{width}}  {seconds:7.2f}  {seconds / floor:7.2f}")


if __name__ == "__main__":
    main()
