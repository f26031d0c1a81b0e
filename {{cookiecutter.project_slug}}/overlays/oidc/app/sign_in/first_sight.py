"""The user of a token: made at first sight, and found by issuer and subject."""

import re
from collections.abc import Sequence
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, exists, insert, select
from sqlalchemy.exc import IntegrityError

from app.auth.database import Transaction, write
from app.auth.known_users import Subject, UserState
from app.auth.models import Identity
from app.database.database import Database
from app.errors import Retryable
from app.users.models import User
from app.users.schemas import Email, FullName, Username

# Built once: building a statement takes longer than sending it.
STATE = select(User.id, User.is_active)
KNOWN = STATE.join(Identity, Identity.user_id == User.id).where(
    Identity.key == bindparam("identity_key")
)
# Whom an admin has created, and who has not signed in yet.
INVITED = STATE.add_columns(User.email).where(
    User.email == bindparam("address"),
    ~exists(select(Identity.id).where(Identity.user_id == User.id)),
)
ACTIVE = select(User.id).where(User.id == bindparam("user_id"), User.is_active)
BY_NAME = select(User.id).where(User.username == bindparam("name"))
BY_ADDRESS = select(User.id).where(User.email == bindparam("address"))
NEW_USER = insert(User.__table__)
NEW_IDENTITY = insert(Identity.__table__)

USERNAME: TypeAdapter[str] = TypeAdapter(Username)
EMAIL: TypeAdapter[str] = TypeAdapter(Email)
FULL_NAME: TypeAdapter[str] = TypeAdapter(FullName)


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
    address = _valid(EMAIL, subject.claims.get("email"))
    if address is None or subject.claims.get("email_verified") is not True:
        return None
    found = await transaction.execute(INVITED, {"address": address})
    row = found.first()
    # To some databases, addresses are equal that differ in an accent.
    if row is None or row.email != address:
        return None
    return UserState(row.id, row.is_active)


async def _create(transaction: Transaction, subject: Subject) -> UserState:
    """Create a user. What is taken or cannot be used of the token is left out."""
    name = _username_of(subject.claims.get("preferred_username"))
    if name is None or await transaction.scalar(BY_NAME, {"name": name}):
        name = f"user_{subject.key[:16]}"
    address = _valid(EMAIL, subject.claims.get("email"))
    if address and await transaction.scalar(BY_ADDRESS, {"address": address}):
        address = None
    full_name = _valid(FULL_NAME, subject.claims.get("name"))
    values = {"username": name, "email": address, "full_name": full_name}
    inserted = await write(transaction, NEW_USER, values)
    [user_id] = cast(Sequence[int], inserted.inserted_primary_key)
    return UserState(user_id, is_active=True)


def _username_of(claim: Any) -> str | None:
    """Return a username like a claim, which may be an address of mail."""
    if not isinstance(claim, str):
        return None
    name, _, _ = claim.partition("@")
    return _valid(USERNAME, re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_"))


def _valid(kind: TypeAdapter[str], value: Any) -> str | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
