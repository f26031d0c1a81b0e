"""``python -m cookiecutter_fastapi_sqlalchemy``."""

from cookiecutter_fastapi_sqlalchemy.cli import main

main()
