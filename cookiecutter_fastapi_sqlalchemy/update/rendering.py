"""Renders a version of the template for a comparison, in a process of its own.

Python loads the template's rules only once in a process, and two versions may have
different ones. Asks at the terminal what the recorded answers do not say.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cookiecutter.exceptions import CookiecutterException
from cookiecutter.generate import generate_context, generate_files
from cookiecutter.prompt import (
    prompt_for_config,
    read_user_choice,
    read_user_variable,
    read_user_yes_no,
)
from jinja2 import TemplateError

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.git import last_line

ANSWERS = "answers.json"
STDERR = 2
# A project that is compared is not installed.
NOT_INSTALLED = {"install": False}


@dataclass(frozen=True)
class Version:
    """A version of the template in a folder, and the answers to render it from."""

    template: str
    answers: Mapping[str, Any]
    ask: bool = False

    def render(self, output: Path) -> tuple[Path, dict[str, Any]]:
        """Render it into an empty folder, and return the project's folder and all answers.

        Raises Refused where the answers do not fit the version.
        """
        output.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", __name__, json.dumps(asdict(self))],
            cwd=output,
            check=False,
            stdout=STDERR,  # the questions; the output is the caller's
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            raise Refused(last_line(done.stderr))
        answers: dict[str, Any] = json.loads((output / ANSWERS).read_text(encoding="utf-8"))
        [project] = [path for path in output.iterdir() if path.is_dir()]
        return project, answers


def main() -> None:
    """Render the version that the argument describes into the current folder."""
    version = Version(**json.loads(sys.argv[1]))
    try:
        answers = render(version)
    except (CookiecutterException, TemplateError, ValueError) as error:
        sys.exit(str(error).splitlines()[0])
    Path(ANSWERS).write_text(json.dumps(answers), encoding="utf-8")


def render(version: Version) -> dict[str, Any]:
    """Render a version, and return its answers."""
    sys.path.insert(0, version.template)
    prompts = json.loads(Path(version.template, "cookiecutter.json").read_text(encoding="utf-8"))
    answers = {**version.answers, **NOT_INSTALLED}
    check_choices(prompts, answers)
    if version.ask:
        ask_what_is_new(version, prompts, answers)
    context = context_of(version, answers)
    generate_files(repo_dir=version.template, context={"cookiecutter": context})
    return {name: context[name] for name in context if not name.startswith("_")}


def check_choices(prompts: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Exit with a sentence where a version has an answer no longer among its choices."""
    for name, answer in answers.items():
        choices = prompts.get(name)
        if isinstance(choices, list) and answer not in choices:
            sys.exit(
                f"The template does not offer {name}={answer} in this version: choose one of "
                f"{', '.join(choices)} with --answer {name}=…"
            )


def context_of(version: Version, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return cookiecutter's context: the answers, the defaults of others, and what is private.

    Answers to what the version does not ask are left out.
    """
    file = Path(version.template, "cookiecutter.json")
    literal = {name: _as_it_is(answer) for name, answer in answers.items()}
    context = generate_context(str(file), extra_context=literal)
    return dict(prompt_for_config(context, no_input=True))


def _as_it_is(answer: Any) -> Any:
    """Return a text that cookiecutter, which renders texts with Jinja, renders to the answer."""
    return answer.replace("{", "{{ '{' }}") if isinstance(answer, str) else answer


def ask_what_is_new(version: Version, prompts: Mapping[str, Any], answers: dict[str, Any]) -> None:
    """Ask for the answers that are missing, each with its default."""
    for name, raw in prompts.items():
        if name.startswith("_") or name in answers:
            continue
        default = context_of(version, answers)[name]
        try:
            answers[name] = ask(name, raw, default, prompts.get("__prompts__", {}))
        except EOFError:
            sys.exit(
                f"The template asks for {name} in this version: answer with --answer {name}=…, "
                "or take the defaults with --no-input."
            )


def ask(name: str, raw: object, default: Any, questions: dict[str, Any]) -> Any:
    """Ask at the terminal as cookiecutter does."""
    if isinstance(raw, list):
        return read_user_choice(name, raw, questions, "  ")
    if isinstance(raw, bool):
        return read_user_yes_no(name, default, questions, "  ")
    return read_user_variable(name, default, questions, "  ")


if __name__ == "__main__":
    main()
