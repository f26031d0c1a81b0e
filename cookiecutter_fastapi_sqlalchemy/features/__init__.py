"""The command ``add-feature``: models, routes, tests and the migration of a new feature."""
