"""HTTP for what users do by mail: verify their address, set a new password."""

from http import HTTPStatus

from app.attempts import service as attempts
from app.auth.dependencies import SettingsDep
from app.http.dependencies import DatabaseDep
from app.http.problems import TOO_MANY_ATTEMPTS
from app.http.router import Router
from app.mail import tokens
from app.mail.bounds import bounds_of_request
from app.mail.dependencies import MailerDep, closing_outbox
from app.mail.models import Purpose
from app.sign_in import resets
from app.sign_in.schemas import EmailVerification, MailRequest, PasswordReset
from app.users import verification
from app.users.passwords import hash_password

router = Router(prefix="/auth", tags=["auth"], lifespan=closing_outbox)


@router.post(
    "/verification", status_code=HTTPStatus.ACCEPTED, responses=TOO_MANY_ATTEMPTS
)
async def request_verification(
    data: MailRequest,
    mailer: MailerDep,
    database: DatabaseDep,
    settings: SettingsDep,
) -> None:
    """Send a mail to verify an address, if a user has it who has not done so."""
    bounds = bounds_of_request(settings, data.email, mailer.client)
    await database.transaction(attempts.count, bounds)
    mailer.send(verification.mail_to_address, data.email)


@router.post("/verification/confirm", status_code=HTTPStatus.NO_CONTENT)
async def verify_email(data: EmailVerification, database: DatabaseDep) -> None:
    """Verify an address by the token of a mail."""
    await database.transaction(verification.verify_email, data.token)


@router.post(
    "/password-reset", status_code=HTTPStatus.ACCEPTED, responses=TOO_MANY_ATTEMPTS
)
async def request_password_reset(
    data: MailRequest,
    mailer: MailerDep,
    database: DatabaseDep,
    settings: SettingsDep,
) -> None:
    """Send a mail to set a new password, if a user has the address."""
    bounds = bounds_of_request(settings, data.email, mailer.client)
    await database.transaction(attempts.count, bounds)
    mailer.send(resets.mail_to_address, data.email)


@router.post("/password-reset/confirm", status_code=HTTPStatus.NO_CONTENT)
async def reset_password(data: PasswordReset, database: DatabaseDep) -> None:
    """Set a new password by the token of a mail, which ends all sign-ins."""
    # Hashing is costly: not for tokens that somebody made up.
    await database.transaction(tokens.ensure_valid, data.token, Purpose.RESET)
    hashed = await hash_password(data.password)
    await database.transaction(resets.reset_password, data.token, hashed)
