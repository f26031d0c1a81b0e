"""``new``: generate a project, as ``cookiecutter`` does from the address of the template."""

import click
from cookiecutter.cli import main as cookiecutter

from cookiecutter_fastapi_sqlalchemy.template import installed_template

# What cookiecutter asks about the template is decided by the program that is installed.
DECIDED = ("template", "checkout", "directory", "list_installed", "version")


def new(**options: object) -> None:
    """Generate a project from the version of the template that this program is of.

    Takes cookiecutter's options, and answers such as database=postgresql; it asks for the
    other answers.
    """
    with installed_template() as folder:
        assert cookiecutter.callback is not None
        cookiecutter.callback(
            template=str(folder), checkout=None, directory=None, list_installed=False, **options
        )


command = click.Command(
    "new",
    context_settings=cookiecutter.context_settings,
    callback=new,
    params=[each for each in cookiecutter.params if each.name not in DECIDED],
    help=new.__doc__,
    short_help="Generate a project, as cookiecutter does.",
)
