"""How models and a baseline are made of a live schema; runs in a project's environment.

The packages of this program that the project lacks, sqlacodegen above all, come last on
its path, so that SQLAlchemy, Alembic and the driver are the project's own.
"""
