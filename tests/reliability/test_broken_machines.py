"""Each step of the generation fails, is interrupted or is killed, with a remedy and no loss.

The tests replace the program or the function that a step calls. A fake of a program comes
first on the PATH. A function is replaced by ``sitecustomize``, which every Python imports;
it also adds itself to PYTHONPATH of child processes, because the bootstrap removes that.
The replacement fails, or halts until the test has stopped the generation.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest
from port_for import select_random

from tests.baking import COOKIECUTTER, User, texts_of, tree
from tests.combinations import TEMPLATE
from tests.conftest import skip_or_fail
from tests.figures import Figures
from tests.servers import HOST

NAME = "my-service"
# Synchronous code is rendered, copied from overlays and derived.
ANSWERS = ("--no-input", "concurrency=sync", "data_access=dao", "sample=none")
KEEP = "--keep-project-on-failure"
OVER = "--overwrite-if-exists"
SKIP = "--skip-if-file-exists"
BOOTSTRAP = (sys.executable, "-m", "bootstrap")
REMEDY = "run `python3 -m bootstrap` in"
TIMEOUT = 60  # seconds for the generation to reach a step

Changes = Mapping[str, str | None]
Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Step:
    """A step of the generation.

    ``shown`` is the text in its failure, ``called`` its program or function. The replacement
    acts if ``argument`` is among the arguments.
    """

    shown: str
    called: str
    argument: str = ""
    uv: bool = True

    def __str__(self) -> str:
        return self.called if "." in self.called else f"{self.called} {self.argument}"


FIRST_MIGRATION = "bootstrap.first_migration"
ASSEMBLY = Step("No space left on device", "secrets.token_urlsafe")
UV = Step("/uv sync", "uv", "sync")
VENV = Step("-m venv .venv", "venv.main", "venv", uv=False)
PIP = Step("-m pip install", "pip._internal.cli.main.main", "pip", uv=False)
INIT = Step(FIRST_MIGRATION, "alembic.command.init", FIRST_MIGRATION)
REVISION = Step(FIRST_MIGRATION, "alembic.command.revision", FIRST_MIGRATION)
UPGRADE = Step(FIRST_MIGRATION, "alembic.command.upgrade", FIRST_MIGRATION)
GIT = Step("/git init", "git", "init")
STEPS = (ASSEMBLY, UV, VENV, PIP, INIT, REVISION, UPGRADE, GIT)

# The replacements of a program and of a Python function.
FAKE = """\
#!/bin/sh
if [ "$1" = {argument} ]; then
    {action}
fi
exec {program} "$@"
"""
CUSTOMISED = """\
import os, subprocess, sys, time

def action(*arguments, **options):
    {action}

if {argument!r} in ["", *sys.orig_argv]:
    import {module}
    {module}.{function} = action

class Popen(subprocess.Popen):
    def __init__(self, *arguments, env=None, **options):
        env = {{**(env or os.environ), "PYTHONPATH": os.path.dirname(__file__)}}
        super().__init__(*arguments, env=env, **options)

subprocess.Popen = Popen
"""
FAIL = (
    "echo no luck; exit 3",
    "print('no luck', flush=True); raise OSError(28, 'No space left on device')",
)
# Writes the ids of the process and of its parent to a file. Starts a child, which inherits a
# copy of the standard input.
HALT = (
    """exec 3<&0; sleep 600 & echo $$ $PPID >"$REACHED.part"; mv "$REACHED.part" "$REACHED"; wait""",
    """\
sleep = [sys.executable, '-ISc', 'import time; time.sleep(600)']
    subprocess.Popen(sleep, stderr=subprocess.DEVNULL)
    with open(os.environ['REACHED'] + '.part', 'w') as file:
        print(os.getpid(), os.getppid(), file=file)
    os.replace(file.name, os.environ['REACHED'])
    time.sleep(600)""",
)


@dataclass
class Machine:
    """A user's machine, on which the tests let a step fail or halt."""

    user: User

    @property
    def project(self) -> Path:
        return self.user.folder / NAME

    @property
    def home(self) -> Path:
        return self.user.folder.parent

    def fails(self, step: Step) -> Changes:
        """Let the step fail; return the changes to the environment."""
        return self._with(step, *FAIL)

    def halts(self, step: Step) -> Changes:
        """Let the step halt; return the changes to the environment."""
        return {**self._with(step, *HALT), "REACHED": str(self._reached)}

    def program(self, name: str, content: str | bytes) -> Changes:
        """Write a program, and return a PATH on which it comes first."""
        folder = self.home / "fakes"
        folder.mkdir()
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o755)
        return {"PATH": f"{folder}{os.pathsep}{self.user.environment['PATH']}"}

    def without_uv(self) -> Changes:
        return {"PATH": self.user.path_with("git")}

    def _with(self, step: Step, for_program: str, for_function: str) -> Changes:
        if "." not in step.called:
            program = self.user.run("which", step.called).stdout.strip()
            script = FAKE.format(argument=step.argument, action=for_program, program=program)
            return self.program(step.called, script)
        module, _, function = step.called.rpartition(".")
        customised = self.home / "customised"
        customised.mkdir()
        (customised / "sitecustomize.py").write_text(
            CUSTOMISED.format(
                action=for_function, argument=step.argument, module=module, function=function
            ),
            encoding="utf-8",
        )
        return {"PYTHONPATH": str(customised), **({} if step.uv else self.without_uv())}

    @property
    def _reached(self) -> Path:
        return self.home / "reached"

    @contextmanager
    def halted(self, step: Step, *arguments: str) -> Iterator["Halted"]:
        """Generate in a new session until the step is reached, and kill all of it at the end."""
        changed = {**self.user.environment, **self.halts(step)}
        inherited, lifeline = os.pipe()
        with subprocess.Popen(
            [*COOKIECUTTER, str(TEMPLATE), *ANSWERS, *arguments],
            cwd=self.user.folder,
            env={name: value for name, value in changed.items() if value is not None},
            text=True,
            stdin=inherited,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as generation:
            os.close(inherited)
            halted = Halted(generation, lifeline, *self.reached(generation))
            try:
                yield halted
            finally:
                halted.kill()
                os.close(lifeline)

    def reached(self, generation: "subprocess.Popen[str] | None" = None) -> list[int]:
        """Wait until the step is reached; return the ids of its process and the parent."""
        deadline = time.monotonic() + TIMEOUT
        while not self._reached.exists():
            ended = generation is not None and generation.poll() is not None
            if ended or time.monotonic() > deadline:
                pytest.fail("the step was not reached")
            time.sleep(0.01)
        return [int(number) for number in self._reached.read_text(encoding="utf-8").split()]

    def finish(self) -> None:
        """Finish the project with the documented command."""
        done = self.user.run(*BOOTSTRAP, cwd=self.project)
        assert done.returncode == 0, done.stdout
        assert "Next steps" in done.stdout


@dataclass
class Halted:
    """A generation in which a step has halted."""

    generation: "subprocess.Popen[str]"
    lifeline: int
    process: int
    hook: int

    def kill(self) -> None:
        """Kill all its processes without a warning, as when a machine goes down."""
        for group in (self.generation.pid, self.process):
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def outcome(self) -> tuple[int, str]:
        """Wait until its output is closed; return the exit code and the output."""
        output, _ = self.generation.communicate(timeout=TIMEOUT)
        return self.generation.returncode, output

    def assert_all_ended(self) -> None:
        """Check that no process is left which inherited the other end of the lifeline."""
        poll = select.poll()
        poll.register(self.lifeline, select.POLLERR)
        assert poll.poll(TIMEOUT * 1000), "a process still runs"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(User.in_folder(tmp_path))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of a project whose generation succeeded."""
    machine = Machine(User.in_folder(tmp_path_factory.mktemp("finished")))
    done = machine.user.generate(*ANSWERS)
    assert done.returncode == 0, done.stdout
    return files_of(machine.project)


def files_of(project: Path) -> dict[str, str]:
    """Return the files that are the same in every project from the same answers."""
    return {name: text for name, text in texts_of(project).items() if name != "uv.lock"}


def assert_explained(output: str, *shown: str) -> None:
    """Check that the output names the failure, ends with the remedy, and claims no success."""
    ours = output.partition("ERROR: Stopping generation")[0].replace("Aborted!", "")
    *reason, remedy = ours.strip().splitlines()
    unwrapped = " ".join(ours.split())  # uv wraps its lines
    assert [words for words in shown if words not in unwrapped] == [], output
    assert REMEDY in remedy, output
    assert not any(REMEDY in line for line in reason), output
    assert "Next steps" not in output


def note_survived(figures: Figures, output: str) -> None:
    figures.note("broken machines survived (steps made to fail)", None, 1)
    figures.note("half projects left claiming success", None, int("Next steps" in output))


@pytest.mark.thorough
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_kept_project_can_be_finished_whichever_step_failed(
    machine: Machine, step: Step, finished: dict[str, str], figures: Figures
) -> None:
    done = machine.user.generate(*ANSWERS, KEEP, changes=machine.fails(step))

    assert done.returncode != 0
    assert_explained(done.stdout, "no luck", step.shown)
    machine.finish()
    assert files_of(machine.project) == finished
    assert not (machine.project / "bootstrap").exists()
    check = machine.user.run(
        machine.project / ".venv/bin/python", "-m", "app.database", "check", cwd=machine.project
    )
    assert check.returncode == 0, check.stdout
    note_survived(figures, done.stdout)


def broken_uv(content: str | bytes) -> Callable[[Machine], Changes]:
    return lambda machine: machine.program("uv", content)


def unreachable_index(machine: Machine) -> dict[str, str | None]:
    url = f"http://{HOST}:{select_random()}/simple"
    return {
        "UV_CACHE_DIR": str(machine.home / "empty"),
        "UV_DEFAULT_INDEX": url,
        "UV_HTTP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_INDEX_URL": url,
        "PIP_EXTRA_INDEX_URL": None,
        "PIP_FIND_LINKS": None,
        "PIP_RETRIES": "0",
    }


def full_disk(machine: Machine) -> Changes:
    """Limit the files that uv writes to 64 kB."""
    uv = machine.user.run("which", "uv").stdout.strip()
    script = f'#!/bin/sh\ntrap "" XFSZ\nulimit -f 128\nexec {uv} "$@"\n'
    return {**machine.program("uv", script), "UV_LINK_MODE": "copy"}


# Faults of the machine, each with the texts that the user sees.
FAULTS: dict[str, tuple[Callable[[Machine], Changes], tuple[str, ...]]] = {
    "uv is too old": (
        broken_uv("#!/bin/sh\necho \"error: unrecognized subcommand '$1'\" >&2\nexit 2\n"),
        ("unrecognized subcommand 'sync'", "uv sync --quiet (exit code 2)", "update uv"),
    ),
    "uv is no program": (broken_uv(b"\x00\x01\xff"), ("uv sync --quiet", "Exec format error")),
    "uv does nothing": (broken_uv("#!/bin/sh\n"), (".venv", FIRST_MIGRATION, "No such file")),
    "uv writes no text": (broken_uv(b"#!/bin/sh\nprintf 'a\\377b'\nexit 1\n"), ("uv sync",)),
    "uv is killed": (broken_uv("#!/bin/sh\nkill -9 $$\n"), ("uv sync", "killed by signal 9")),
    "no network, with uv": (unreachable_index, ("uv sync", "without a network")),
    "no network, with pip": (
        lambda machine: {**unreachable_index(machine), **machine.without_uv()},
        ("pip install", "without a network"),
    ),
    "the disk is full": (full_disk, ("uv sync", "File too large")),
    "git is no program": (
        lambda machine: machine.program("git", b"\x00\x01\xff"),
        ("Exec format error", "git"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_machine_is_reported_and_nothing_is_left(
    machine: Machine, fault: str, figures: Figures
) -> None:
    breaks, shown = FAULTS[fault]

    done = machine.user.generate(*ANSWERS, changes=breaks(machine))

    assert done.returncode != 0
    assert_explained(done.stdout, *shown)
    assert list(machine.user.folder.iterdir()) == []
    note_survived(figures, done.stdout)


@pytest.mark.thorough
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_ctrl_c_leaves_nothing(machine: Machine, step: Step, figures: Figures) -> None:
    with machine.halted(step) as halted:
        os.killpg(halted.generation.pid, signal.SIGINT)
        code, output = halted.outcome()
        halted.assert_all_ended()

    assert code != 0
    assert_explained(output, "Interrupted")
    assert "Traceback" not in output
    assert list(machine.user.folder.iterdir()) == []
    note_survived(figures, output)


def test_ctrl_c_at_a_terminal_leaves_nothing(machine: Machine) -> None:
    changed = {**machine.user.environment, **machine.halts(UV)}
    child = pexpect.spawn(
        COOKIECUTTER[0],
        [*COOKIECUTTER[1:], str(TEMPLATE), *ANSWERS],
        cwd=machine.user.folder,
        env={name: value for name, value in changed.items() if value is not None},
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    machine.reached()

    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()

    assert child.exitstatus != 0
    assert "Traceback" not in str(child.before)
    assert list(machine.user.folder.iterdir()) == []


@pytest.mark.parametrize("step", [UV, REVISION], ids=str)
def test_a_hook_that_is_terminated_leaves_nothing(
    machine: Machine, step: Step, figures: Figures
) -> None:
    with machine.halted(step) as halted:
        os.kill(halted.hook, signal.SIGTERM)
        code, output = halted.outcome()
        halted.assert_all_ended()

    assert code != 0
    assert_explained(output, "Interrupted")
    assert list(machine.user.folder.iterdir()) == []
    note_survived(figures, output)


@pytest.mark.thorough
@pytest.mark.parametrize("step", [ASSEMBLY, UV, REVISION], ids=str)
def test_a_project_whose_machine_went_down_can_be_finished(
    machine: Machine, step: Step, finished: dict[str, str], figures: Figures
) -> None:
    with machine.halted(step) as halted:
        halted.kill()
        code, output = halted.outcome()

    assert code != 0
    machine.finish()
    assert files_of(machine.project) == finished
    note_survived(figures, output)


def test_a_project_that_is_kept_survives_ctrl_c(machine: Machine, finished: dict[str, str]) -> None:
    with machine.halted(UV, KEEP) as halted:
        os.killpg(halted.generation.pid, signal.SIGINT)
        _, output = halted.outcome()

    assert_explained(output, "Interrupted")
    machine.finish()
    assert files_of(machine.project) == finished


def test_a_partial_environment_is_recreated(machine: Machine, finished: dict[str, str]) -> None:
    """uv would refuse the folder, because it does not recognise it as its own."""
    script = "#!/bin/sh\nmkdir .venv && touch .venv/half && echo no luck\nexit 3\n"
    done = machine.user.generate(*ANSWERS, KEEP, changes=machine.program("uv", script))
    assert (machine.project / ".venv/half").exists(), done.stdout

    machine.finish()

    assert files_of(machine.project) == finished


def test_a_project_without_its_assembly_is_refused(machine: Machine) -> None:
    machine.user.generate(*ANSWERS, "--accept-hooks=no")

    done = machine.user.run(*BOOTSTRAP, cwd=machine.project)

    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert done.stdout.splitlines()[-1] == "Generate it again, with --overwrite-if-exists."


def test_a_folder_named_migrations_that_is_not_alembics_is_refused(machine: Machine) -> None:
    machine.user.generate(*ANSWERS, "install=no")
    mine = machine.project / "migrations" / "mine.sql"
    mine.parent.mkdir()
    mine.write_text("SELECT 1;", encoding="utf-8")

    done = machine.user.run(*BOOTSTRAP, cwd=machine.project)

    assert done.returncode == 1
    assert_explained(done.stdout, "migrations/ exists already")
    assert [path.name for path in mine.parent.iterdir()] == [mine.name]


def generate_unprivileged(machine: Machine, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Generate without root's capability to write everywhere."""
    generate = [*COOKIECUTTER, str(TEMPLATE), *ANSWERS, *arguments]
    if os.geteuid() != 0:
        return machine.user.run(*generate)
    restricted = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    done = machine.user.run(*restricted, "true")
    if done.returncode:
        skip_or_fail(f"root cannot give up its rights with setpriv: {done.stdout}")
    return machine.user.run(*restricted, *generate)


def test_a_folder_that_cannot_be_written_gets_no_project(
    machine: Machine, figures: Figures
) -> None:
    """The message is cookiecutter's own, because no code of the template has run."""
    machine.user.folder.chmod(0o555)

    done = generate_unprivileged(machine)

    assert done.returncode != 0
    assert "Next steps" not in done.stdout
    assert list(machine.user.folder.iterdir()) == []
    note_survived(figures, done.stdout)


# Files that a user has added to a project, and below, files of the template.
OWN: Files = {
    "app/reports/__init__.py": "",
    "app/reports/worker.py": "async def work() -> None:\n    await rest()\n",
    "tests/test_worker.py": "async def test_work() -> None:\n    await work()\n",
    "app/latin.py": b"# caf\xe9\n",
    "overlaid/notes.txt": "mine",
    "migrations/versions/0002_mine.py": "revision = '0002'\n",
    "alembic.ini": "[alembic]\n",
    ".env": "APP_DATABASE_URL=sqlite+pysqlite:///mine.db\n",
    "mine.db": b"\x00data",
}
RENDERED = "README.md"
OVERLAID = "app/users/service.py"  # from an overlay
DERIVED = "app/users/queries.py"
TEMPLATES = {RENDERED, OVERLAID, DERIVED}


def put(folder: Path, files: Files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def lost(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the names of files that were changed or removed."""
    return [name for name, text in before.items() if after.get(name) != text]


@pytest.fixture
def continued(machine: Machine) -> Path:
    """A project in which its user has changed, added and committed files."""
    done = machine.user.generate(*ANSWERS, "install=no")
    assert done.returncode == 0, done.stdout
    shutil.rmtree(machine.project / "bootstrap")
    put(machine.project, {**OWN, **dict.fromkeys(TEMPLATES, "mine\n")})
    machine.user.run("git", "init", "--quiet", cwd=machine.project)
    return machine.project


@pytest.mark.parametrize("options", [(OVER,), (OVER, SKIP)], ids=" ".join)
def test_generating_over_a_project_does_what_cookiecutter_says(
    machine: Machine,
    continued: Path,
    finished: dict[str, str],
    options: tuple[str, ...],
    figures: Figures,
) -> None:
    """The template's files are overwritten, or skipped; all others stay."""
    before = tree(continued)

    done = machine.user.generate(*ANSWERS, *options, "install=no")

    assert done.returncode == 0, done.stdout
    changed = lost(before, tree(continued))
    assert set(changed) == (set() if SKIP in options else TEMPLATES)
    for name in changed:
        assert (continued / name).read_text(encoding="utf-8") == finished[name]
    assert not (continued / "overlays").exists()
    note_lost(figures, set(changed) - TEMPLATES)


def note_lost(figures: Figures, names: Collection[str]) -> None:
    figures.note("user files lost or worse than documented", None, len(names))


def test_generating_over_a_project_in_full_keeps_its_migrations(
    machine: Machine, continued: Path, figures: Figures
) -> None:
    put(continued, {"migrations/env.py": "mine\n"})
    before = tree(continued)

    done = machine.user.generate(*ANSWERS, OVER)

    assert done.returncode == 0, done.stdout
    assert "migrations/ exists already" in done.stdout
    assert ".env exists already" in done.stdout
    changed = set(lost(before, tree(continued)))
    assert changed == TEMPLATES
    note_lost(figures, changed - TEMPLATES)


def test_generating_into_a_folder_with_other_files_keeps_them(
    machine: Machine, finished: dict[str, str], figures: Figures
) -> None:
    own = {name: OWN[name] for name in ("app/reports/worker.py", "alembic.ini", "mine.db")}
    put(machine.project, own)
    before = tree(machine.project)

    done = machine.user.generate(*ANSWERS, OVER)

    assert done.returncode == 0, done.stdout
    changed = lost(before, tree(machine.project))
    assert changed == []
    for name in own:
        (machine.project / name).unlink()
    assert files_of(machine.project) == finished
    note_lost(figures, changed)


def test_a_missing_database_is_reported(machine: Machine, figures: Figures) -> None:
    """Only an ``.env`` that existed before the generation can name such a database."""
    url = f"sqlite:///{machine.home}/no/where.db"
    put(machine.project, {".env": f"APP_DATABASE_URL={url}\n"})
    before = tree(machine.project)

    done = machine.user.generate(*ANSWERS, OVER)

    assert done.returncode != 0
    shown = ("alembic upgrade head", "unable to open database file", FIRST_MIGRATION)
    assert_explained(done.stdout, *shown)
    note_survived(figures, done.stdout)
    note_lost(figures, lost(before, tree(machine.project)))


@pytest.mark.parametrize("step", [UV, ASSEMBLY], ids=str)
def test_a_failure_over_a_project_removes_nothing(
    machine: Machine, continued: Path, step: Step, figures: Figures
) -> None:
    (continued / ".env").unlink()  # without it, the step that writes it runs and fails
    before = tree(continued)

    done = machine.user.generate(*ANSWERS, OVER, changes=machine.fails(step))

    assert done.returncode != 0
    assert_explained(done.stdout, "no luck", step.shown)
    changed = set(lost(before, tree(continued)))
    assert changed <= TEMPLATES
    note_lost(figures, changed - TEMPLATES)


def test_ctrl_c_over_a_project_removes_nothing(
    machine: Machine, continued: Path, figures: Figures
) -> None:
    before = tree(continued)

    with machine.halted(UV, OVER, SKIP) as halted:
        os.killpg(halted.generation.pid, signal.SIGINT)
        _, output = halted.outcome()

    assert_explained(output, "Interrupted")
    changed = lost(before, tree(continued))
    assert changed == []
    note_lost(figures, changed)


def test_finishing_a_failed_generation_over_a_project_keeps_the_users_files(
    machine: Machine, continued: Path, figures: Figures
) -> None:
    """The bootstrap, which finishes the project, repeats the assembly."""
    (continued / ".env").unlink()
    put(continued, {"migrations/env.py": "mine\n"})
    before = tree(continued)
    failed = machine.user.generate(*ANSWERS, OVER, changes=machine.fails(ASSEMBLY))
    assert_explained(failed.stdout, ASSEMBLY.shown)

    machine.finish()

    changed = set(lost(before, tree(continued)))
    assert changed == TEMPLATES
    note_lost(figures, changed - TEMPLATES)


@pytest.mark.parametrize("name", ["overlays", "bootstrap"])
@pytest.mark.parametrize("options", [(OVER,), (OVER, SKIP)], ids=" ".join)
def test_a_folder_of_the_users_that_is_in_the_way_is_untouched(
    machine: Machine, name: str, options: tuple[str, ...], figures: Figures
) -> None:
    put(machine.project, {f"{name}/__main__.py": "mine\n", "README.md": "mine\n"})
    before = tree(machine.project)

    done = machine.user.generate(*ANSWERS, *options)

    assert done.returncode != 0
    assert f"{name}/ is in the way" in done.stdout
    assert "rename yours meanwhile." in done.stdout
    assert tree(machine.project) == before
    note_lost(figures, [])


def test_folders_of_an_unfinished_generation_are_not_in_the_way(
    machine: Machine, finished: dict[str, str]
) -> None:
    for options in (["--accept-hooks=no"], [OVER, "install=no"], [OVER]):
        done = machine.user.generate(*ANSWERS, *options)
        assert done.returncode == 0, done.stdout

    assert files_of(machine.project) == finished


def test_a_project_that_cannot_be_written_is_refused_before_anything_is_written(
    machine: Machine, continued: Path, figures: Figures
) -> None:
    before = tree(continued)
    continued.chmod(0o555)

    done = generate_unprivileged(machine, OVER)

    assert done.returncode != 0
    assert f"{NAME}/ cannot be written, so make it writable" in done.stdout
    assert tree(continued) == before
    note_survived(figures, done.stdout)
    note_lost(figures, [])
