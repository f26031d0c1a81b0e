"""``adopt``: take over a database that was there before."""
