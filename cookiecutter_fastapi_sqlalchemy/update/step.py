"""The step from the version of the template that a project is of to another one."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.project import RECORD, Project
from cookiecutter_fastapi_sqlalchemy.template import Template
from cookiecutter_fastapi_sqlalchemy.update.rendering import NOT_INSTALLED, Version


@dataclass(frozen=True)
class Step:
    """Two commits of the template, their names, and what its changelog says between them."""

    old: str
    new: str
    names: tuple[str, str]
    news: str

    @classmethod
    def of(
        cls, project: Project, source: Template, target: str | None, *, changes_answers: bool
    ) -> "Step":
        """Return the step to a version, by default the newest. Raises Refused where it is none."""
        old = source.commit_of(str(project.commit))
        new = source.commit_of(target or source.newest())
        names = source.name_of(old), source.name_of(new)
        if old == new and not changes_answers:
            raise Refused(
                f"The project is of version {names[1]} already: name another one with --to, or "
                "change an answer with --answer."
            )
        if not target and source.is_before(new, old):
            raise Refused(
                f"The project is of a later version than the newest release, {names[1]}: name a "
                "version with --to, such as `--to HEAD`."
            )
        return cls(old, new, names, source.news(old, new))

    @property
    def branch(self) -> str:
        """The branch of the project that gets the update."""
        return f"template-update/{self.names[1]}"

    @property
    def title(self) -> str:
        if self.old == self.new:
            return f"Change answers to the template, {self.names[1]}"
        return "Update from the template: {} to {}".format(*self.names)

    @property
    def message(self) -> str:
        """The message of the update's commit."""
        return f"{self.title}\n\n{self.news}".strip()


def render(
    step: Step,
    project: Project,
    source: Template,
    given: Mapping[str, str],
    folder: Path,
    ask: bool,
) -> tuple[Path, Path]:
    """Render both versions below a folder, each with its record, and return their folders.

    The old one is rendered from the recorded answers, the new one from those that are given
    as well. Raises Refused for answers that do not fit.
    """
    record = json.loads((project.path / RECORD).read_text(encoding="utf-8"))
    within = record.get("directory") or ""
    template = source.checked_out(step.new) / within
    check_prompts(template, given, step.names[1])
    recorded = Version(str(source.checked_out(step.old) / within), project.answers)
    old, _ = recorded.render(folder / "old")
    shutil.copyfile(project.path / RECORD, old / RECORD)
    new, answers = Version(str(template), {**project.answers, **given}, ask).render(folder / "new")
    record |= {"commit": step.new, "context": {"cookiecutter": answers}}
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (new / RECORD).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return old, new


def check_prompts(template: Path, given: Mapping[str, str], version: str) -> None:
    """Raise Refused for an answer to what a version does not ask."""
    raw = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    prompts = [name for name in raw if not name.startswith("_") and name not in NOT_INSTALLED]
    for name in given:
        if name not in prompts:
            raise Refused(
                f"--answer {name}: {version} does not ask for it, so choose one of "
                f"{', '.join(prompts)}."
            )
