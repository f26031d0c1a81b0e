"""The errors of administration, which the service never meets."""


class NoDatabase(Exception):
    """There is no database, and none can be created; the message says what to do."""
