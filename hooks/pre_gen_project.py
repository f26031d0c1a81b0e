"""Check a folder that exists already (``--overwrite-if-exists``), before it changes.

This hook refuses, in one sentence that names the remedy, a generation that would cost the
user a file. Otherwise it records the Python files of the folder.
"""

import json
import sys
from pathlib import Path

# Folders that exist during the generation alone, each with a file that identifies it as ours.
SCAFFOLDING = {"overlays": "overlays/rendered", "bootstrap": "bootstrap/first_migration.py"}


def main() -> None:
    if not any(Path().iterdir()):
        return
    for name, marker in SCAFFOLDING.items():
        if Path(name).exists() and not Path(marker).exists():
            sys.exit(
                f"{name}/ is in the way, because the generation creates and removes a folder "
                "of that name: rename yours meanwhile."
            )
    try:
        record_files()
    except OSError as error:
        sys.exit(f"{Path.cwd().name}/ cannot be written, so make it writable: {error}.")


def record_files() -> None:
    """Record the Python files, so that the post-generation hook knows which were overwritten.

    The record of an earlier generation that did not finish is kept, because files that are
    not in it were generated, and are not the user's.
    """
    overlays = Path("overlays")
    if not overlays.exists():
        overlays.mkdir()
        code = [path for folder in ("app", "tests") for path in Path(folder).rglob("*.py")]
        before = {path.as_posix(): path.stat().st_mtime_ns for path in code}
        (overlays / "before.json").write_text(json.dumps(before), encoding="utf-8")
    # Cookiecutter overwrites this file, except with --skip-if-file-exists.
    (overlays / "rendered").write_text("no\n", encoding="utf-8")


if __name__ == "__main__":
    main()
