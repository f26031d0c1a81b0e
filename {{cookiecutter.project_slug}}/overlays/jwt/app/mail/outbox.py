"""Mails on their way. Threads of their own send them, so that no request waits.

What cannot be sent is logged, without the address, the text or the text of the error,
which may repeat them.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait
from smtplib import SMTPResponseException
from threading import BoundedSemaphore

from app.mail.senders import Mail, Sender, sender_for
from app.settings import Settings

logger = logging.getLogger(__name__)

THREADS = 2
WAITING = 100  # mails that wait for one of the threads
CLOSING = 5  # seconds that mails have when the service stops

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mail")
_permits = BoundedSemaphore(THREADS + WAITING)
_unsent: set[Future[None]] = set()


def post(settings: Settings, mail: Mail) -> None:
    """Have a mail sent, once: a mail that fails is not tried again."""
    sender = sender_for(settings)
    if sender is None:
        logger.error("A mail was not sent: set APP_MAIL_HOST.")
        return
    if not _permits.acquire(blocking=False):
        logger.error("A mail was not sent: %s others wait.", WAITING)
        return
    future = _threads.submit(_send, sender, mail)
    _unsent.add(future)
    future.add_done_callback(_forget)


def close() -> None:
    """Wait until all mails are sent, for CLOSING seconds, and drop those that wait."""
    late = wait(_unsent.copy(), CLOSING).not_done
    dropped = [each for each in late if each.cancel()]
    if dropped:
        logger.error("%s mails were not sent: the service stops.", len(dropped))


def _send(sender: Sender, mail: Mail) -> None:
    try:
        sender.send(mail)
    except OSError as error:  # smtplib's errors are a kind of it
        logger.error("A mail was not sent: %s.", _reason_of(error))


def _reason_of(error: OSError) -> str:
    code = f" {error.smtp_code}" if isinstance(error, SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"


def _forget(future: Future[None]) -> None:
    _unsent.discard(future)
    _permits.release()
    if not future.cancelled() and (bug := future.exception()):
        logger.error("A mail was not sent.", exc_info=bug)
