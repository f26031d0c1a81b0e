"""How the program refuses."""

import click


class Refused(click.ClickException):
    """Raised for what cannot be done, with one sentence that names the remedy.

    Nothing has been changed then. The program prints the sentence and exits with 1.
    """
