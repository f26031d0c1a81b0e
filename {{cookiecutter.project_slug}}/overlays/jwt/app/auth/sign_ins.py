"""The statements on who is signed in."""

from sqlalchemy import bindparam, delete, select

from app.auth.models import SignIn

# Built once: building a statement takes longer than sending it.
SIGNED_IN = select(SignIn.id).where(
    SignIn.id == bindparam("sign_in_id"), SignIn.user_id == bindparam("user_id")
)
ENDED = delete(SignIn.__table__).where(SignIn.user_id == bindparam("owner_id"))
