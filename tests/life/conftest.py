"""Users, clones of the template, and projects of its releases."""

from pathlib import Path

import pytest

from tests.baking import User
from tests.cloning import Clone
from tests.life.versions import Followed, Versions


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User.in_folder(tmp_path)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A repository of the template without an origin."""
    return Clone.of_work_tree(tmp_path / "clone")


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Three releases of the template."""
    return Versions.in_folder(tmp_path_factory.mktemp("versions") / "template")


@pytest.fixture(scope="session")
def first_project(versions: Versions, tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """The default project of the first release, without its environment; not to be changed."""
    user = User.in_folder(tmp_path_factory.mktemp("first"))
    return Followed.generate(user, versions.address, "--checkout=v0.1.0")


@pytest.fixture
def project(first_project: Followed, tmp_path: Path) -> Followed:
    """A project of the first release."""
    return first_project.copied_to(tmp_path)
