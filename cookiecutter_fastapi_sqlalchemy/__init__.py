"""The program ``cookiecutter-fastapi-sqlalchemy``: what a project needs after its generation."""
