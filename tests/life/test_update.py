"""`update` merges later versions of the template into what a project has become."""

import json
import re
import shutil
from pathlib import Path

import pexpect

from tests.cloning import git
from tests.life.versions import OF_BOB, PROGRAM, Followed, Versions

THIRD = "template-update/v0.3.0"


def changed_by(project: Followed, branch: str) -> set[str]:
    return {*git(project.path, "diff", "--name-only", f"main..{branch}").splitlines()}


def test_a_later_version_is_one_commit_on_a_branch(project: Followed, versions: Versions) -> None:
    """It has the newest release by default, and the history of the template is not in it."""
    before = project.state()

    shown = project.update("--no-input")

    assert git(project.path, "branch", "--show-current") == THIRD
    assert git(project.path, "status", "--porcelain") == ""
    assert git(project.path, "rev-list", "--count", THIRD) == "2"
    assert git(project.path, "rev-parse", "main", f"{THIRD}^") == "\n".join([before[-1]] * 2)
    assert git(project.path, "worktree", "list").count("\n") == 0
    message = git(project.path, "log", "-1", "--format=%an: %B")
    assert message.startswith("Bob: Update from the template: v0.1.0 to v0.3.0\n\n## 0.3.0")
    assert "- Users have locales." in message
    record = json.loads(project.read(".cruft.json"))
    assert record["commit"] == versions.third
    assert record["context"]["cookiecutter"]["motto"] == "Serve well."
    assert "SERVE WELL.!" in project.read("README.md")
    assert not (project.path / "tests/api/test_cors.py").exists()
    assert project.read("migrations/enums.py").endswith("# Since 0.3.0.\n")
    assert shown.splitlines()[-3:] == [
        "Bring the environment and uv.lock up to it: uv sync",
        "Models changed, so let Alembic write their migration (app/users/models.py):",
        '  uv run alembic revision --autogenerate --message "follow the template"',
    ]


def test_a_dry_run_shows_what_an_update_does(project: Followed) -> None:
    project.append("README.md", "Mine.")
    project.committed("Mine")
    before = project.state()

    shown = project.update("--no-input", "--dry-run")

    assert project.state() == before
    (project.path.parent / "shown.diff").write_text(shown, encoding="utf-8")
    project.update("--no-input")
    assert shown.rstrip("\n") == git(project.path, "diff", f"main..{THIRD}").rstrip("\n")


def test_what_the_user_changed_survives(project: Followed) -> None:
    """Edited files merge, renamed ones are followed, deleted ones stay deleted."""
    path = project.path
    project.append("README.md", "Mine.")
    project.append("app/main.py", "# Mine.")
    (path / "tests/test_deadline.py").rename(path / "tests/test_time_limits.py")
    (path / "app/users").rename(path / "app/accounts")
    (path / "docs/migrations.md").unlink()
    (path / "tests/api/test_methods.py").unlink()
    project.append("tests/api/test_health.py", "# Mine.")
    shutil.rmtree(path / "app/catalog")
    (path / "app/posts.py").write_text('"""Mine."""\n', encoding="utf-8")
    project.committed("Mine")

    shown = project.update("--no-input")

    readme, main = project.read("README.md"), project.read("app/main.py")
    assert "SERVE WELL.!" in readme
    assert readme.endswith("Mine.\n")
    assert main.startswith('"""The application: its features, error handlers and lifespan."""')
    assert main.endswith("# Mine.\n")
    assert project.read("tests/test_time_limits.py").endswith("# Since 0.3.0.\n")
    assert project.read("app/accounts/passwords.py").endswith("# Since 0.3.0.\n")
    assert "locale" in project.read("app/accounts/models.py")
    assert project.read("app/accounts/words.py") == '"""Words."""\n'
    assert project.read("app/posts.py") == '"""Mine."""\n'
    for gone in ("docs", "app/catalog", "app/users", "tests/test_deadline.py"):
        assert git(path, "ls-files", gone) == ""
    assert project.read("tests/api/test_readiness.py").endswith("# Mine.\n")
    left_out = {
        *("docs/migrations.md", "app/catalog/tree.py", "app/catalog/words.py"),
        "tests/api/test_method.py",
    }
    assert {*re.findall("because you deleted it or its folder: (.*)", shown)} == left_out


def test_only_what_both_changed_is_a_conflict(project: Followed) -> None:
    """The user resolves it in the project, and goes on as git says."""
    text = project.read("app/users/models.py")
    mine = text.replace("    is_active:", "    motto: Mapped[str | None]\n    is_active:", 1)
    (project.path / "app/users/models.py").write_text(mine, encoding="utf-8")
    (project.path / "docs/migrations.md").unlink()
    project.committed("Mine")

    shown = project.update("--no-input", expected=1)

    assert git(project.path, "branch", "--show-current") == THIRD
    conflicts = git(project.path, "diff", "--name-only", "--diff-filter=U")
    assert conflicts == "app/users/models.py"
    assert "template both changed:\n  app/users/models.py\n" in shown
    marked = project.read("app/users/models.py")
    assert marked.count("<<<<<<<") == marked.count(">>>>>>>") == 1
    resolved = re.sub(r"^(<<<<<<<|=======|>>>>>>>).*\n", "", marked, flags=re.MULTILINE)
    (project.path / "app/users/models.py").write_text(resolved, encoding="utf-8")
    git(project.path, "add", "app/users/models.py")
    git(project.path, "-c", "core.editor=true", "cherry-pick", "--continue")
    assert git(project.path, "status", "--porcelain") == ""
    assert git(project.path, "rev-list", "--count", f"main..{THIRD}") == "1"
    assert "SERVE WELL.!" in project.read("README.md")
    assert git(project.path, "ls-files", "docs") == ""


def test_an_update_with_conflicts_can_be_given_up(project: Followed) -> None:
    (project.path / "app/users/models.py").write_text("# Mine alone.\n", encoding="utf-8")
    project.committed("Mine")
    before = project.state()

    shown = project.update("--no-input", expected=1)

    [abort] = re.findall("^Or abort it: (.*)$", shown, re.MULTILINE)
    for command in abort.split(" && "):
        git(project.path, *command.split()[1:])
    assert project.state() == before


def test_one_version_after_the_other(project: Followed, versions: Versions) -> None:
    """By tag or commit, from another place of the template, in a folder of a repository."""
    outer = project.path.parent / "outer"
    outer.mkdir()
    shutil.rmtree(project.path / ".git")
    shutil.copytree(project.path, outer / "services/one")
    (outer / "README.md").write_text("Ours.\n", encoding="utf-8")
    git(outer, "init", "--quiet", "--initial-branch=main")
    inner = Followed(project.user, outer / "services/one").committed("Begin")

    moved = versions.clone.folder.with_name("moved")
    git(outer, "clone", "--quiet", versions.clone.folder, moved)
    inner.update("--to", "v0.2.0", "--template", str(moved))
    git(outer, "switch", "--quiet", "main")
    git(outer, "merge", "--quiet", "template-update/v0.2.0")
    shown = inner.update("--to", versions.third, "--no-input")

    assert "v0.2.0 to v0.3.0" in shown
    assert "uv sync" not in shown
    assert "alembic" not in shown
    files = {path.name for path in outer.iterdir()}
    assert files == {".git", "README.md", "services"}
    assert "SERVE WELL.!" in inner.read("README.md")
    assert "locale" in inner.read("app/users/models.py")


def test_a_new_prompt_is_answered(project: Followed) -> None:
    """An answer may also be another than before, and one that is not asked for any more goes."""
    record = json.loads(project.read(".cruft.json"))
    record["context"]["cookiecutter"]["colour"] = "red"
    (project.path / ".cruft.json").write_text(json.dumps(record), encoding="utf-8")
    project.committed("Edit the record")

    project.update("--answer", "motto=Be kind.", "--answer", "description=Sells {{ tea }}.")

    assert "BE KIND.!" in project.read("README.md")
    assert 'description = "Sells {{ tea }}."' in project.read("pyproject.toml")
    answers = json.loads(project.read(".cruft.json"))["context"]["cookiecutter"]
    assert "colour" not in answers
    assert (answers["motto"], answers["description"]) == ("Be kind.", "Sells {{ tea }}.")


def test_a_new_prompt_is_asked_at_a_terminal(project: Followed) -> None:
    child = pexpect.spawn(
        PROGRAM[0],
        [*PROGRAM[1:], "update"],
        cwd=project.path,
        env={**project.user.environment, **OF_BOB},
        encoding="utf-8",
        timeout=60,
        dimensions=(50, 200),
    )
    child.expect_exact("motto (Serve well.): ")
    child.sendline("Just ask.")
    child.expect(pexpect.EOF)
    child.wait()

    assert child.exitstatus == 0, child.before
    assert "JUST ASK.!" in project.read("README.md")


def test_without_releases_the_default_branch_is_followed(
    project: Followed, versions: Versions, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--no-tags", versions.clone.folder, clone)

    shown = project.update("--template", str(clone), "--no-input")

    assert f"{versions.first[:8]} to {versions.third[:8]}" in shown
