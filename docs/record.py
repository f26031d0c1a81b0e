"""Make the picture of a terminal in the README, from a real run: ``python docs/record.py``.

It generates a project in a temporary folder and adds a feature to it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "add-feature.svg"
PROGRAM = "cookiecutter-fastapi-sqlalchemy"
COMMANDS = (
    (
        f"{PROGRAM} add-feature posts '\n"
        "    title:str(200) slug:str(80):unique body:text published:bool=false\n"
        "    author:users kind:enum(draft,live)'"
    ),
    "uv run alembic upgrade head",
    "uv run pytest --quiet tests/api/test_posts.py",
)
WIDTH = 88
# Rich's pictures load fonts from elsewhere; the reader's own will do.
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: SIM115
    with tempfile.TemporaryDirectory() as folder:
        run(f"{PROGRAM} new --no-input project_name=Blog sample=none", Path(folder))
        run("git add --all && git commit --quiet --message begin", Path(folder, "blog"))
        for command in COMMANDS:
            console.print(Text(f"$ {command}", style="bold"))
            console.print(Text(run(command, Path(folder, "blog")).rstrip()))
    picture = FONTS.sub("", console.export_svg(title="add-feature"))
    PICTURE.write_text(picture, encoding="utf-8")


def run(command: str, folder: Path) -> str:
    """Run a command with the program of this clone, and return what it prints."""
    module = f'PYTHONPATH={ROOT} {sys.executable} -m cookiecutter_fastapi_sqlalchemy "$@"'
    program = f"{PROGRAM}() {{ {module}; }}"
    done = subprocess.run(
        ["bash", "-euc", f"{program}\n{command}"],
        cwd=folder,
        env={**os.environ, "TERM": "dumb"},
        check=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout


if __name__ == "__main__":
    main()
