"""The lines with which a project's CI checks pass, and fail for a revision that blocks."""

import pytest
import yaml

from tests.cloning import AUTHOR
from tests.combinations import COMBINATIONS, Combination
from tests.installed import Installed, install
from tests.life.features import commit

ACCEPTED = "# squawk-ignore-file ban-drop-column"
REVISION = '''\
"""Drop a column."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
{comment}

def upgrade() -> None:
    op.drop_column("users", "bio")


def downgrade() -> None:
    op.add_column("users", sa.Column("bio", sa.Text()))
'''
ON_ASYNCPG = [each for each in COMBINATIONS if str(each) == "async-postgresql-asyncpg-dao-shop"]


@pytest.mark.thorough
@pytest.mark.parametrize("combination", ON_ASYNCPG, ids=str)
def test_the_checks_of_ci_pass_until_a_revision_blocks_the_service(
    combination: Combination, variables: dict[str, str]
) -> None:
    """The environment is shared with other tests, so uv may not make it anew."""
    project = install(combination, **variables, **AUTHOR, UV_NO_SYNC="1")
    commit(project.path, "begin")
    every, squawk = lines_of_checks(project)

    project.shell(every)
    write_revision(project, "")
    with pytest.raises(pytest.fail.Exception, match="ban-drop-column"):
        project.shell(squawk)
    write_revision(project, ACCEPTED)
    project.shell(squawk)


def lines_of_checks(project: Installed) -> list[str]:
    """Return the commands of the job that checks, less the one that makes the environment."""
    text = (project.path / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["check"]["steps"]
    make, *lines = [step["run"] for step in steps if "run" in step]
    assert make == "uv sync --locked"
    return lines


def write_revision(project: Installed, comment: str) -> None:
    """Commit a revision that drops a column, with a comment."""
    path = project.path / "migrations/versions/0002_drop_bio.py"
    path.write_text(REVISION.format(comment=comment), encoding="utf-8")
    commit(project.path, "drop a column")
