"""Scripts that run in the environment and the folder of a generated project."""
