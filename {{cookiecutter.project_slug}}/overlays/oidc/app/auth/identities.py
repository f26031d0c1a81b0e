"""The user of a token: made at first sight, and found by issuer and subject."""

from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple, cast

from sqlalchemy import bindparam, exists, insert, select
from sqlalchemy.exc import IntegrityError

from app.auth.database import Transaction, write
from app.auth.models import Identity
from app.auth.subject import Subject
from app.database.database import Database
from app.errors import Retryable
from app.users.models import User

# Built once: building a statement takes longer than sending it.
STATE = select(User.id, User.is_active)
KNOWN = STATE.join(Identity, Identity.user_id == User.id).where(
    Identity.key == bindparam("identity_key")
)
# Whom an admin has created, and who has not signed in yet.
INVITED = STATE.where(
    User.email == bindparam("address"),
    ~exists(select(Identity.id).where(Identity.user_id == User.id)),
)
BY_NAME = select(User.id).where(User.username == bindparam("name"))
BY_ADDRESS = select(User.id).where(User.email == bindparam("address"))
NEW_USER = insert(User.__table__)
NEW_IDENTITY = insert(Identity.__table__)

REMEMBERED = 10_000  # users of a process
LIFETIME = 300  # seconds, until one who was deactivated cannot read any more


class UserState(NamedTuple):
    """A user, and whether they may use the service."""

    user_id: int
    is_active: bool


class KnownUsers:
    """The ids of users who are active, by the keys of their subjects, for a while."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, float]] = {}

    def get(self, key: str) -> int | None:
        """Return the id of a user, or None where it is to be looked up."""
        user_id, expires_at = self._found.get(key, (0, 0.0))
        return user_id if monotonic() < expires_at else None

    def add(self, key: str, user_id: int) -> None:
        """Remember a user, and forget who was added first where there are too many."""
        self._found.pop(key, None)
        if len(self._found) >= REMEMBERED:
            del self._found[next(iter(self._found))]
        self._found[key] = (user_id, monotonic() + LIFETIME)

    def clear(self) -> None:
        """Forget all users."""
        self._found.clear()


async def find_user(database: Database, subject: Subject) -> UserState:
    """Return the user of a subject, who is created where there is none."""
    rows = await database.fetch_rows(KNOWN, identity_key=subject.key)
    if rows:
        return UserState(*rows[0])
    return await database.transaction(admit, subject)


async def admit(transaction: Transaction, subject: Subject) -> UserState:
    """Find the user of a subject, or else one whom an admin created, or create one."""
    known = await transaction.execute(KNOWN, {"identity_key": subject.key})
    if row := known.first():
        return UserState(*row)
    try:
        state = await _invited(transaction, subject)
        state = state or await _create(transaction, subject)
        identity = {
            "user_id": state.user_id,
            "key": subject.key,
            "issuer": subject.issuer,
            "subject": subject.subject,
        }
        await write(transaction, NEW_IDENTITY, identity)
    except IntegrityError as error:
        raise Retryable("Another request creates the same user, too.") from error
    return state


async def _invited(transaction: Transaction, subject: Subject) -> UserState | None:
    # An address that the issuer has not verified may be somebody else's.
    if not (subject.email and subject.has_verified_email):
        return None
    found = await transaction.execute(INVITED, {"address": subject.email})
    row = found.first()
    return UserState(*row) if row else None


async def _create(transaction: Transaction, subject: Subject) -> UserState:
    """Create a user. A name or address that another one has is left out."""
    name, address = subject.username, subject.email
    if name is None or await transaction.scalar(BY_NAME, {"name": name}):
        name = f"user_{subject.key[:16]}"
    if address and await transaction.scalar(BY_ADDRESS, {"address": address}):
        address = None
    values = {"username": name, "email": address, "full_name": subject.full_name}
    inserted = await write(transaction, NEW_USER, values)
    [user_id] = cast(Sequence[int], inserted.inserted_primary_key)
    return UserState(user_id, is_active=True)
