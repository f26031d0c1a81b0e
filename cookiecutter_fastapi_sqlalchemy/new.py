"""``new``: generate a project, as ``cookiecutter gh:…`` does."""
