"""Who may do what with a feature: whose its rows are, and which role writes them."""

from dataclasses import dataclass

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.fields import Field
from cookiecutter_fastapi_sqlalchemy.features.tables import Table

# The table of those who sign in, and what a row refers to one of them by.
USERS = "users"
OWNER = "user"
# The roles of a project's app/auth/roles.py, from the least to the greatest.
ROLES = ("user", "staff", "admin")


@dataclass(frozen=True)
class Access:
    """Whether rows belong to users, each of whom sees only their own, and who writes them."""

    is_owned: bool = False
    write_role: str = "staff"

    @property
    def has_user_writing(self) -> bool:
        """Whether whoever is signed in may write."""
        return self.write_role == ROLES[0]


BY_DEFAULT = Access()


def check_access(owned_by: str | None, write_role: str | None, has_sign_in: bool) -> None:
    """Raise Refused for answers that a project cannot keep."""
    if not has_sign_in and (owned_by is not None or write_role is not None):
        option = "--owned-by" if owned_by is not None else "--write-role"
        raise Refused(
            f"Nobody signs in to this project, so leave out {option}, or generate one with "
            "another answer to auth than none."
        )
    if owned_by not in (None, USERS):
        raise Refused(
            f"{owned_by!r} are not who signs in: write --owned-by {USERS}, or leave it out."
        )
    if write_role not in (None, *ROLES):
        raise Refused(
            f"There is no role {write_role!r}: use one of {', '.join(ROLES)} after --write-role."
        )


def access_of(owned_by: str | None, write_role: str | None) -> Access:
    """Return the access; by default owners write what is owned, and staff all else."""
    is_owned = owned_by is not None
    return Access(is_owned, write_role or ("user" if is_owned else "staff"))


def owner_field(users: Table, feature_class: str) -> Field:
    """Return the column that says whose a row is."""
    return Field(name=OWNER, type_name="reference", owner=feature_class, target=users)
