"""Answers to cookiecutter's questions at a terminal."""

import pexpect

from tests.baking import COOKIECUTTER, User
from tests.combinations import CONTEXT, TEMPLATE

QUESTIONS = list(CONTEXT["__prompts__"])


def answer_at_terminal(user: User, answers: dict[str, str]) -> str:
    """Answer every question, with Enter where there is no answer, and return the output."""
    child = pexpect.spawn(
        COOKIECUTTER[0],
        [*COOKIECUTTER[1:], str(TEMPLATE)],
        cwd=user.folder,
        env=user.environment,
        encoding="utf-8",
        timeout=60,
        dimensions=(50, 200),
    )
    shown = ""
    for question, name in enumerate(QUESTIONS, start=1):
        child.expect_exact(f"[{question}/{len(QUESTIONS)}]")
        child.expect(r"\): $")
        shown += str(child.before)
        child.sendline(answers.get(name, ""))
    child.expect(pexpect.EOF)
    child.wait()
    shown += str(child.before)
    assert child.exitstatus == 0, shown
    return shown
