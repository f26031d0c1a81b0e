"""The three-way merge: what the template changed, applied to what the project has become."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.git import git, git_paths, last_line, run_git
from cookiecutter_fastapi_sqlalchemy.update.repository import Repository

# New files follow a folder that the user renamed. Hooks and recorded resolutions are for the
# user's own commits.
SETTINGS = (
    *("-c", "merge.directoryRenames=true", "-c", "merge.renames=true"),
    *("-c", "core.hooksPath=/dev/null", "-c", "rerere.enabled=false"),
)
# How alike two files are at least that git takes for one. A feature that was copied from
# another one, which was then deleted, is less like it.
ALIKE = "find-renames=70%"
# The stages in git's index of a file that the template changed and the user has deleted: the
# old version's and the template's.
DELETED = {1, 3}


@dataclass(frozen=True)
class Merged:
    """What a merge made in a work tree.

    ``conflicts`` are the files that both sides changed. ``left_out`` are those that the
    template changed and the user had deleted, or whose folder the user had deleted.
    """

    folder: Path
    conflicts: list[str]
    left_out: list[str]

    def diff(self) -> str:
        """Return the changes as a unified diff, with the conflicts as git marks them."""
        return git(self.folder, "diff", "--no-ext-diff", "--no-color", "HEAD")

    def changed(self) -> list[str]:
        """Return the files that differ from before."""
        return git_paths(self.folder, "diff", "--name-only", "--no-renames", "-z", "HEAD")

    def texts_of(self, path: str) -> tuple[str, str]:
        """Return the text of a file before and after, empty where there is no file."""
        before = run_git(self.folder, "show", f"HEAD:{path}").stdout
        file = self.folder / path
        return before, file.read_text(encoding="utf-8") if file.exists() else ""


@dataclass(frozen=True)
class Update:
    """What the template changed: a commit, whose parent is the version of the project."""

    repository: Repository
    base: str
    commit: str

    @contextmanager
    def tried(self) -> Iterator[Merged]:
        """Merge it in a temporary work tree, which the project does not notice."""
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            tree = Path(folder, "project")
            root = self.repository.root
            git(root, *SETTINGS, "worktree", "add", "--quiet", "--detach", tree, "HEAD")
            try:
                yield self._merge(tree, "--no-commit")
            finally:
                run_git(root, "worktree", "remove", "--force", tree)

    def commit_to(self, branch: str, merged: Merged, message: str) -> None:
        """Commit what was merged without a conflict to a new branch, and check it out."""
        git(merged.folder, *SETTINGS, "commit", "--quiet", "--no-verify", "-m", message)
        made = git(merged.folder, "rev-parse", "HEAD")
        git(self.repository.root, "switch", "--quiet", "--create", branch, made)

    def begin_on(self, branch: str) -> None:
        """Merge it on a new branch of the project, for the user to resolve the conflicts."""
        root = self.repository.root
        git(root, "switch", "--quiet", "--create", branch)
        try:
            self._merge(root)
        except BaseException:
            run_git(root, "cherry-pick", "--abort")
            git(root, "switch", "--quiet", self.repository.branch)
            git(root, "branch", "--quiet", "-D", branch)
            raise

    def _merge(self, folder: Path, *options: str) -> Merged:
        picked = run_git(
            folder, *SETTINGS, "cherry-pick", *options, "--strategy-option", ALIKE, self.commit
        )
        stages = _unmerged(folder)
        if picked.returncode and not stages:
            raise Refused(f"Git cannot merge the update, so mend this: {last_line(picked.stderr)}")
        left_out = [path for path in stages if stages[path] == DELETED]
        left_out += self._in_deleted_folders(folder)
        if left_out:
            git(folder, "rm", "--quiet", "--force", "--ignore-unmatch", "--", *left_out)
        return Merged(folder, [path for path in stages if path not in left_out], left_out)

    def _in_deleted_folders(self, folder: Path) -> list[str]:
        """Return the new files in folders of the old version that the user has deleted."""
        ours = _folders_of(git_paths(folder, "ls-tree", "-r", "-z", "--name-only", "HEAD"))
        old = _folders_of(git_paths(folder, "ls-tree", "-r", "-z", "--name-only", self.base))
        added = git_paths(
            *(folder, "diff", "--cached", "--name-only", "--no-renames", "--diff-filter=A", "-z"),
            "HEAD",
        )
        return [path for path in added if _folder_of(path) in old - ours]


def _unmerged(folder: Path) -> dict[str, set[int]]:
    """Return the stages that git's index has of each file that is not merged."""
    stages: dict[str, set[int]] = {}
    for entry in git_paths(folder, "ls-files", "--unmerged", "-z"):
        facts, path = entry.split("\t", maxsplit=1)
        stages.setdefault(path, set()).add(int(facts.split()[2]))
    return stages


def _folder_of(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


def _folders_of(paths: list[str]) -> set[str]:
    """Return the folders that files are in, at any depth."""
    return {each.as_posix() for path in paths for each in PurePosixPath(path).parents}
