"""Look at a folder that is generated over (``--overwrite-if-exists``), before it changes.

Refuses, in one sentence that names the remedy, what would cost its user a file, and
remembers what was in it.
"""

import json
import sys
from pathlib import Path

# Folders that are there for the time of the generation, and a file by which to know ours.
SCAFFOLDING = {"overlays": "overlays/rendered", "bootstrap": "bootstrap/first_migration.py"}


def main() -> None:
    if not any(Path().iterdir()):
        return
    for name, sign in SCAFFOLDING.items():
        if Path(name).exists() and not Path(sign).exists():
            sys.exit(
                f"{name}/ is in the way, for the generation makes and removes a folder of "
                "that name: rename yours meanwhile."
            )
    try:
        remember()
    except OSError as error:
        sys.exit(f"{Path.cwd().name}/ cannot be written, so make it writable: {error}.")


def remember() -> None:
    """Note which code is there, for the post-generation hook to know what was written over.

    What an earlier generation noted stays, when it did not get to its end: what is there
    besides is of its making, and not the user's.
    """
    overlays = Path("overlays")
    if not overlays.exists():
        overlays.mkdir()
        code = [path for folder in ("app", "tests") for path in Path(folder).rglob("*.py")]
        before = {path.as_posix(): path.stat().st_mtime_ns for path in code}
        (overlays / "before.json").write_text(json.dumps(before), encoding="utf-8")
    # Stays so with --skip-if-file-exists alone.
    (overlays / "rendered").write_text("no\n", encoding="utf-8")


if __name__ == "__main__":
    main()
