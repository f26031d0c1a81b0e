"""The project's git repository: whether it can take an update, and what it is given."""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.git import git, git_paths, run_git

# What git leaves in its folder while something is not finished, and how it is finished.
UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}
# Settings of the user that would keep files out of a tree, or change them.
AS_IT_IS = (
    *("-c", "core.autocrlf=false", "-c", "core.fsmonitor=false"),
    *("-c", "core.sparseCheckout=false", "-c", "core.safecrlf=false"),
)


@dataclass(frozen=True)
class Repository:
    """The repository that a project is in: at its root, or in a folder of it."""

    root: Path
    folder: str
    branch: str

    @classmethod
    def of(cls, project: Path) -> "Repository":
        """Return the repository of a project. Raises Refused unless it can take an update."""
        inside = run_git(project, "rev-parse", "--show-toplevel", "--show-prefix")
        if inside.returncode:
            raise Refused(
                "The project is in no git repository, which would merge the update: run "
                "`git init`, `git add .` and `git commit` first."
            )
        root, folder = inside.stdout.splitlines()
        for name, what in UNFINISHED.items():
            if Path(project, git(project, "rev-parse", "--git-path", name)).exists():
                raise Refused(
                    f"A {what} is not finished: finish it, or abort it with `git {what} --abort`."
                )
        if run_git(project, "rev-parse", "--verify", "--quiet", "HEAD").returncode:
            raise Refused("The project has no commit yet: commit it with `git commit` first.")
        branch = run_git(project, "symbolic-ref", "--quiet", "--short", "HEAD").stdout.strip()
        if not branch:
            raise Refused("No branch is checked out: check one out with `git switch`.")
        if run_git(project, "var", "GIT_COMMITTER_IDENT").returncode:
            raise Refused(
                "Git does not know who commits: set it with `git config user.name` and "
                "`git config user.email`."
            )
        if changed := git(Path(root), "status", "--porcelain").splitlines():
            raise Refused(
                f"{len(changed)} files have changes that are not committed, such as "
                f"{changed[0][3:]}: commit or stash them."
            )
        return cls(Path(root), folder, branch)

    def commit(self, files: Path, message: str, *parents: str) -> str:
        """Store files, as the project's and as a commit that is on no branch; return it."""
        with TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            git_dir = git(self.root, "rev-parse", "--absolute-git-dir")
            at = (f"--git-dir={git_dir}", f"--work-tree={files}", *AS_IT_IS)
            git(files, *at, "add", "--all", "--force", ".", **index)
            tree = git(files, *at, "write-tree", **index)
            if self.folder:
                index = {"GIT_INDEX_FILE": str(Path(folder, "whole"))}
                git(files, *at, "read-tree", f"--prefix={self.folder}", tree, **index)
                tree = git(files, *at, "write-tree", **index)
        options = [option for parent in parents for option in ("-p", parent)]
        return git(self.root, "commit-tree", tree, *options, "-m", message)

    def check_change(self, base: str, update: str) -> None:
        """Raise Refused where two commits have the same files."""
        if run_git(self.root, "diff", "--quiet", base, update).returncode == 0:
            raise Refused("Nothing changes by these answers: change one with --answer.")

    def check_unused(self, branch: str) -> None:
        """Raise Refused where a branch of this name exists."""
        name = f"refs/heads/{branch}"
        if run_git(self.root, "show-ref", "--verify", "--quiet", name).returncode == 0:
            raise Refused(
                f"The branch {branch} exists already: merge it, or delete it with "
                f"`git branch -D {branch}`."
            )

    def check_room_for(self, base: str, update: str) -> None:
        """Raise Refused where a file that git ignores is at the place of a new one."""
        added = git_paths(
            self.root, "diff", "--name-only", "--no-renames", "--diff-filter=A", "-z", base, update
        )
        known = {*git_paths(self.root, "ls-files", "-z")}
        for path in added:
            if path not in known and os.path.lexists(self.root / path):
                raise Refused(
                    f"{path} is in the way of a file of the template, and git ignores it: "
                    "rename it meanwhile."
                )
