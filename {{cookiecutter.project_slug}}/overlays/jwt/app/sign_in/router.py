"""HTTP for signing in and out."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Form, Request, Response
from pydantic import Secret

from app.attempts import service as attempts
from app.attempts.service import Bound
from app.auth.access import SignedIn
from app.auth.caller import Caller
from app.auth.dependencies import SettingsDep, TokensDep
from app.auth.tokens import Tokens
from app.database.database import Database
from app.errors import Forbidden, Invalid, Unauthorized
from app.http.dependencies import DatabaseDep
from app.http.problems import (
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    TOO_MANY_ATTEMPTS,
    UNAUTHORIZED,
)
from app.http.router import Router
from app.mail.dependencies import MailerDep
from app.settings import Settings
from app.sign_in import queries, service
from app.sign_in.mail_router import router as mail_router
from app.sign_in.queries import Account
from app.sign_in.schemas import (
    Credentials,
    EmailChange,
    PasswordChange,
    RefreshToken,
    TokensRead,
)
from app.sign_in.service import Grant
from app.users import queries as users
from app.users import verification
from app.users.passwords import hash_password, hashing_permitted, verify_password
from app.users.schemas import UserRead

router = Router(prefix="/auth", tags=["auth"])
me = Router(prefix="/users/me", tags=["users"])

# Says neither which of them is wrong, nor whether there is such a user.
WRONG = "The name or the password is wrong."
NOT_VALID = "The refresh token is not valid. Sign in again."
NOT_VERIFIED = "Verify your e-mail address first, by the mail that was sent to it."


@router.post("/token", responses=UNAUTHORIZED | FORBIDDEN | TOO_MANY_ATTEMPTS)
async def sign_in(
    form: Annotated[Credentials, Form()],
    request: Request,
    response: Response,
    database: DatabaseDep,
    tokens: TokensDep,
    settings: SettingsDep,
) -> TokensRead:
    """Sign in with a username, or an e-mail address, and the password."""
    lifetime = settings.auth_refresh_lifetime
    grant = await begin_sign_in(database, form, request, settings, lifetime)
    return _answer(grant, tokens, response)


@router.post("/refresh", responses=UNAUTHORIZED)
async def refresh_tokens(
    data: RefreshToken, response: Response, database: DatabaseDep, tokens: TokensDep
) -> TokensRead:
    """Replace both tokens. A refresh token that was used before ends the sign-in."""
    grant = await database.transaction(service.refresh, data.refresh_token)
    if grant is None:
        raise Unauthorized(NOT_VALID)
    return _answer(grant, tokens, response)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(data: RefreshToken, database: DatabaseDep) -> None:
    """End the sign-in of a refresh token, if there is one."""
    await database.transaction(service.end, data.refresh_token)


@me.get("", responses=NOT_FOUND)
async def get_me(caller: SignedIn, database: DatabaseDep) -> UserRead:
    return await users.get_user(database, caller.user_id)


@me.put("/password", status_code=HTTPStatus.NO_CONTENT, responses=TOO_MANY_ATTEMPTS)
async def change_password(
    data: PasswordChange,
    caller: SignedIn,
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
) -> None:
    """Change the password, which ends all sign-ins: this one, too."""
    password = data.current_password
    bounds = await _confirm(database, caller, password, request, settings)
    hashed = await hash_password(data.new_password)
    await database.transaction(service.change_password, caller.user_id, hashed, bounds)


@me.put("/email", responses=NOT_FOUND | CONFLICT | TOO_MANY_ATTEMPTS)
async def change_email(
    data: EmailChange,
    caller: SignedIn,
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    mailer: MailerDep,
) -> UserRead:
    """Change the e-mail address, which gets a mail to verify it.

    It needs the password, which mails to the address can set. The former address, if it
    was verified, gets a mail that tells of the change.
    """
    former = await users.get_user(database, caller.user_id)
    password = data.current_password
    bounds = await _confirm(database, caller, password, request, settings)
    user = await database.transaction(
        service.change_email, caller.user_id, data.email, bounds
    )
    verification.mail_change(mailer, former, user)
    return user


async def begin_sign_in(
    database: Database,
    credentials: Credentials,
    request: Request,
    settings: Settings,
    lifetime: float,
) -> Grant:
    """Sign in for so many seconds.

    Raises Unauthorized, Forbidden where the address is not verified, and as `_try` does.
    """
    account = await queries.account_by_name(database, credentials.username)
    name = account.username if account else credentials.username.lower()
    bounds = attempts.bounds_for(settings, name, request)
    is_right = await _try(database, account, credentials.password, bounds)
    grant = None
    if account and is_right:
        if settings.auth_require_verified_email and not account.email_verified_at:
            await database.transaction(attempts.take_back, bounds)
            raise Forbidden(NOT_VERIFIED)
        grant = await database.transaction(service.begin, account, bounds, lifetime)
    if grant is None:
        raise Unauthorized(WRONG)
    return grant


async def _confirm(
    database: Database,
    caller: Caller,
    password: Secret[str],
    request: Request,
    settings: Settings,
) -> Sequence[Bound]:
    """Check the caller's own password, and return what the attempt is counted by.

    Raises Invalid where it is wrong, and as `_try` does.
    """
    account = await queries.account_by_id(database, caller.user_id)
    name = account.username if account else ""
    bounds = attempts.bounds_for(settings, name, request)
    if not await _try(database, account, password, bounds):
        error = {"field": "body.current_password", "message": "is wrong"}
        raise Invalid("The current password is wrong.", errors=[error])
    return bounds


async def _try(
    database: Database,
    account: Account | None,
    password: Secret[str],
    bounds: Sequence[Bound],
) -> bool:
    """Count an attempt, and return whether the password is right.

    Raises TooManyAttempts, and Unavailable where too many others wait: uncounted then.
    """
    with hashing_permitted():
        await database.transaction(attempts.count, bounds)
        return await verify_password(
            password, account.hashed_password if account else None
        )


def _answer(grant: Grant, tokens: Tokens, response: Response) -> TokensRead:
    # https://www.rfc-editor.org/rfc/rfc6749#section-5.1
    response.headers["Cache-Control"] = "no-store"
    return TokensRead(
        access_token=tokens.issue(grant.caller),
        expires_in=tokens.lifetime,
        refresh_token=grant.refresh_token,
        scope=" ".join(grant.caller.role.scopes),
    )


routers = (router, me, mail_router)
