"""Execution of the programs of ``scripts/`` inside a generated project."""

import json
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.baking import load
from tests.combinations import TEMPLATE
from tests.installed import Installed

SCRIPTS = Path(__file__).parent / "scripts"
HOOK = TEMPLATE / "hooks" / "post_gen_project.py"


def run_script(project: Installed, name: str, *arguments: str) -> Any:
    """Run a script with the project's environment, in its folder, and return its report.

    The scripts are in a folder outside the project, which is not changed.
    """
    with TemporaryDirectory() as folder:
        _write_scripts(Path(folder, SCRIPTS.name), project.combination.concurrency)
        report = Path(folder, "report.json")
        command = ["python", "-m", f"{SCRIPTS.name}.{name}", str(report), *arguments]
        project.with_variables(PYTHONPATH=folder).run(shlex.join(command))
        return json.loads(report.read_text(encoding="utf-8"))


def _write_scripts(folder: Path, concurrency: str) -> None:
    folder.mkdir()
    to_sync = load(HOOK).to_sync
    for script in SCRIPTS.glob("*.py"):
        source = script.read_text(encoding="utf-8")
        text = to_sync(source) if concurrency == "sync" else source
        (folder / script.name).write_text(text, encoding="utf-8")
