"""``update``: follow the template."""
