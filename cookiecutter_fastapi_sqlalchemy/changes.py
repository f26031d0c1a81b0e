"""Changes to the files of a project: shown as a diff, or made, all or none."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cookiecutter_fastapi_sqlalchemy.errors import Refused


@dataclass
class Changes:
    """New texts of files in a folder, by their paths relative to it."""

    folder: Path
    texts: dict[Path, str] = field(default_factory=dict)

    def create(self, name: str | Path, text: str) -> None:
        """Plan a new file. Raises Refused where something of that name exists."""
        path = Path(name)
        if (self.folder / path).exists() or path in self.texts:
            raise Refused(f"{path} exists already: choose another name, or remove it.")
        self.texts[path] = text

    def replace(self, name: str | Path, text: str) -> None:
        """Plan a new text of a file that exists."""
        self.texts[Path(name)] = text

    def read(self, name: str | Path) -> str:
        """Return the text that a file is going to have. Raises Refused where there is none."""
        path = Path(name)
        if path in self.texts:
            return self.texts[path]
        try:
            return (self.folder / path).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise Refused(f"{path} is missing: restore it from git.") from error

    def diff(self) -> str:
        """Return the changes as a unified diff, which `git apply` takes."""
        return "".join(self._diff_of(path) for path in sorted(self.texts))

    def _diff_of(self, path: Path) -> str:
        file, name = self.folder / path, path.as_posix()
        is_new = not file.exists()
        head = f"diff --git a/{name} b/{name}\n" + ("new file mode 100644\n" if is_new else "")
        old = "" if is_new else file.read_text(encoding="utf-8")
        lines = difflib.unified_diff(
            old.splitlines(keepends=True),
            self.texts[path].splitlines(keepends=True),
            "/dev/null" if is_new else f"a/{name}",
            f"b/{name}",
        )
        return head + "".join(lines)

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make the changes; when the block fails, or is interrupted, undo all of them."""
        before: dict[Path, bytes | None] = {}
        folders: list[Path] = []
        try:
            for path, text in self.texts.items():
                file = self.folder / path
                folders += _make_folders(file.parent)
                before[file] = file.read_bytes() if file.exists() else None
                file.write_text(text, encoding="utf-8", newline="\n")
            yield
        except BaseException:
            for file, content in before.items():
                if content is None:
                    file.unlink(missing_ok=True)
                else:
                    file.write_bytes(content)
            for folder in reversed(folders):
                _remove(folder)
            raise


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; return those that were missing, outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()][::-1]
    for each in missing:
        each.mkdir()
    return missing


def _remove(folder: Path) -> None:
    """Remove a folder with what Python has cached in it, if nothing else is there."""
    for cached in folder.glob("__pycache__/*"):
        cached.unlink()
    for empty in (folder / "__pycache__", folder):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
