"""A project's image has what its service needs, and its containers need nothing else."""

import os
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.baking import Cookies, bake
from tests.combinations import COMBINATIONS, Combination, in_turn, one_per_database
from tests.conftest import skip_or_fail
from tests.container import (
    command_of,
    container_of,
    follow,
    instructions,
    is_possible,
    migration_of,
)
from tests.installed import Installed, call, install

ONE_PER_DATABASE = one_per_database(COMBINATIONS)
IN_CI = [each for each in ONE_PER_DATABASE if each.database != "mysql"]
USER = {"username": "ann", "email": "ann@example.com", "password": "correct horse"}


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(ONE_PER_DATABASE, [], IN_CI))
def test_a_container_migrates_and_serves_as_a_number_that_can_write_nothing(
    combination: Combination, variables: dict[str, str], tmp_path: Path
) -> None:
    """It is made by the lines of the Dockerfile, with the packages of uv.lock alone."""
    if not is_possible():
        skip_or_fail("a container needs root, and the program unshare of util-linux")
    project = install(combination, **variables)
    container = container_of(project, tmp_path)

    with container.database():
        container.run(migration_of(project.path))
        processes = container.with_variables(WEB_CONCURRENCY="2")
        with processes.service(command_of(project.path)) as service:
            status, _ = call(f"{service.url}/api/v1/users", USER)
            users = call(f"{service.url}/api/v1/users")[1]["items"]
        container.run("python -c \"open('new', 'w')\"", expected=1)

    assert status == HTTPStatus.CREATED
    assert [each["username"] for each in users] == ["ann"]


def test_an_image_without_a_lock_is_refused_in_one_sentence(
    cookies: Cookies, tmp_path: Path
) -> None:
    combination = COMBINATIONS[0]
    project = Installed(bake(cookies, **combination.answers), combination, {**os.environ})
    folder = tmp_path / "srv"
    folder.mkdir()
    build, _ = instructions(project.path)

    ends = next(done for line in build if (done := follow(line, project, folder)).returncode)

    assert ends.stdout == "There is no uv.lock: run 'uv lock', and commit the file.\n"
