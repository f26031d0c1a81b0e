"""Programs that run inside a generated project, with the project's own environment.

They are written for a project that is async; ``scripting.py`` makes them sync for the
others, as the template does with its own code.
"""
