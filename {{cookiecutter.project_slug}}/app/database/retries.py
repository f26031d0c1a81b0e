"""Running a transaction again when the database undid it for the sake of another."""

import tenacity

from app.errors import Retryable

ATTEMPTS = 4

# Put it above a service's method that writes. The whole method runs again, so that it
# decides on what it reads anew: the part of it up to the failure no longer holds. The
# pauses are random, or those that met once would meet again.
retried = tenacity.retry(
    retry=tenacity.retry_if_exception_type(Retryable),
    stop=tenacity.stop_after_attempt(ATTEMPTS),
    wait=tenacity.wait_random_exponential(multiplier=0.02, max=0.5),
    reraise=True,
)
