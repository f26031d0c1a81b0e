"""Mails that are made and sent after the answer to a request.

So the answer takes as long whether there is a user to write to or not, and no connection
to the database waits for a mail server.
"""

import logging
from collections.abc import Callable
from typing import Any

from fastapi import BackgroundTasks

from app.database.database import Database
from app.errors import AppError
from app.mail import outbox
from app.mail.senders import Mail
from app.settings import Settings

logger = logging.getLogger(__name__)


class Mailer:
    """Sends mails after the answer to a request, unless the request fails.

    ``client`` is the address that the request came from.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        tasks: BackgroundTasks,
        client: str,
    ) -> None:
        self.client = client
        self._settings = settings
        self._database = database
        self._tasks = tasks

    def send(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Send the mail that the work returns, if any, once it is committed.

        The work runs in a transaction of its own, with the settings and the arguments.
        """
        self._tasks.add_task(self._send, work, *arguments)

    def post(self, mail: Mail) -> None:
        """Send a mail that is written already."""
        self._tasks.add_task(outbox.post, self._settings, mail)

    async def _send(self, work: Callable[..., Any], *arguments: Any) -> None:
        try:
            mail: Mail | None = await self._database.transaction(
                work, self._settings, *arguments
            )
        except AppError as error:
            # Without the cause, which may repeat the address.
            logger.warning("A mail was not sent: %s", error.detail)
            return
        if mail is not None:
            outbox.post(self._settings, mail)
