"""Benchmarks of the template and its generated projects.

    python -m benchmarks http        services under load, with hand-written floors
    python -m benchmarks depth       how costs grow with depth, lines and rows; memory
    python -m benchmarks pooler      each driver of PostgreSQL directly and behind PgBouncer
    python -m benchmarks auth        what an access token costs, and a flood of wrong logins
    python -m benchmarks telemetry   what logs, metrics and traces cost, off and on
    python -m benchmarks generation  how long a generation takes

Each prints its results and renews its part of benchmarks/README.md.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable

from benchmarks import auth, depth, generation, pooling, telemetry, throughput
from benchmarks.operations import BY_NAME
from benchmarks.projects import combination_of

COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "http": throughput.main,
    "depth": depth.main,
    "pooler": pooling.main,
    "auth": auth.main,
    "telemetry": telemetry.main,
    "generation": generation.main,
}


def main() -> None:
    """Run one of COMMANDS."""
    # Generated projects read and write bytecode in the same folders as a user's project.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    arguments = parse_arguments()
    # SIGTERM also stops the servers and services.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    COMMANDS[arguments.command](arguments)


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        command = commands.add_parser(name)
        command.add_argument(
            "--print-only",
            dest="keep",
            action="store_false",
            help="leave benchmarks/README.md and its plots as they are",
        )
        OPTIONS[name](command)
    return parser.parse_args()


def http_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rounds", type=int, default=15)
    command.add_argument("--seconds", type=int, default=1, help="for each point of a round")
    command.add_argument("--only", nargs="+", choices=BY_NAME, metavar="OPERATION")
    add_combinations(command, throughput.COMBINATIONS)


def depth_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rounds", type=int, default=31)
    command.add_argument("--deep", type=int, default=1_000_000, help="how many orders there are")
    command.add_argument("--requests", type=int, default=200_000, help="after which memory grew")
    add_combinations(command, depth.COMBINATIONS)


def pooler_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rounds", type=int, default=9)
    command.add_argument("--seconds", type=int, default=1, help="for each point of a round")
    add_combinations(command, pooling.COMBINATIONS)


def auth_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rounds", type=int, default=9)
    command.add_argument("--seconds", type=int, default=2, help="for each point of a round")
    add_combinations(command, auth.COMBINATIONS)


def telemetry_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rounds", type=int, default=15)
    command.add_argument("--seconds", type=int, default=1, help="for each point of a round")
    add_combinations(command, telemetry.COMBINATIONS)


def generation_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rounds", type=int, default=7)
    command.add_argument("answers", nargs="*", metavar="ANSWER=VALUE")


def add_combinations(command: argparse.ArgumentParser, default: tuple[str, ...]) -> None:
    command.add_argument(
        "--combinations",
        nargs="+",
        type=combination_of,
        default=[combination_of(name) for name in default],
        help=f"default: {' '.join(default)}",
    )


OPTIONS = {
    "http": http_options,
    "depth": depth_options,
    "pooler": pooler_options,
    "auth": auth_options,
    "telemetry": telemetry_options,
    "generation": generation_options,
}

if __name__ == "__main__":
    main()
