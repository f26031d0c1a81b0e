"""A copy of the template whose projects have more features, which are copies of users."""

import re
import shutil
from pathlib import Path

from tests.combinations import TEMPLATE

PROJECT = "{{cookiecutter.project_slug}}"
# The users feature has files in the project and in the overlay of a style.
FOLDERS = ("app", "overlays/repository/app", "overlays/dao/app")
IMPORT = "import app.users.models\n"


def template_with_features(template: Path, number: int) -> Path:
    """Copy the template with a number of features in place of one, and return its folder."""
    for name in (PROJECT, "hooks", "template_rules"):
        shutil.copytree(TEMPLATE / name, template / name)
    shutil.copy(TEMPLATE / "cookiecutter.json", template)
    for copy in range(2, number + 1):
        for folder in FOLDERS:
            copy_users(template / PROJECT / folder, copy)
    add_imports(template / PROJECT / "app" / "models.py", number)
    return template


def copy_users(folder: Path, copy: int) -> None:
    """Copy the part of users that is in a folder, under other names."""
    target = folder / f"users_{copy}"
    target.mkdir()
    for file in (folder / "users").glob("*.py"):
        text = renamed(file.read_text(encoding="utf-8"), copy)
        (target / file.name).write_text(text, encoding="utf-8")


def renamed(text: str, copy: int) -> str:
    """Return the code of users under the names of a copy."""
    return re.sub(r"\busers\b", f"users_{copy}", re.sub(r"\bUser", f"User{copy}", text))


def add_imports(models: Path, number: int) -> None:
    """Import the tables of the copies in addition to those of users."""
    copies = "".join(f"import app.users_{copy}.models\n" for copy in range(2, number + 1))
    text = models.read_text(encoding="utf-8")
    if IMPORT not in text:
        raise ValueError(f"{models.name} does not import the tables of users: see IMPORT")
    models.write_text(text.replace(IMPORT, IMPORT + copies), encoding="utf-8")
