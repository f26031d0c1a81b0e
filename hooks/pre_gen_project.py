"""Refuse answers that cannot make a project, in one sentence that names the remedy.

The same rules, in ``template_rules.py``, ran while the answers were read and said no
before anything was made. This guards what comes past them: an edited replay file.
"""

import sys

PROBLEM = "{{ cookiecutter | problem_in_quotes }}"

if PROBLEM:
    sys.exit(PROBLEM)
