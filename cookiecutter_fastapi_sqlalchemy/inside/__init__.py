"""Scripts that run in the environment of a project, which has none of this program's packages."""
