"""What routes that send mails take as a parameter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, Request

from app.attempts.service import address_of
from app.auth.dependencies import SettingsDep
from app.mail import outbox
from app.mail.mailer import Mailer


async def get_mailer(
    request: Request, settings: SettingsDep, tasks: BackgroundTasks
) -> Mailer:
    database = request.app.state.database
    return Mailer(settings, database, tasks, client=address_of(request))


@asynccontextmanager
async def closing_outbox(_app: FastAPI) -> AsyncIterator[None]:
    """Send what is in the outbox before the service stops."""
    yield
    await asyncio.to_thread(outbox.close)


MailerDep = Annotated[Mailer, Depends(get_mailer)]
