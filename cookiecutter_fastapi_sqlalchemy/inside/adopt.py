"""Adopt a live database; run by the project's Python in its folder.

Reads a JSON object from standard input, whose ``step`` is a function of this module, and
prints another one. What cannot be done is told in one sentence, with exit code 1.
"""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    asked = json.load(sys.stdin)
    sys.path.insert(0, str(Path.cwd()))
    sys.path.extend(asked.pop("packages"))
    from app.database.administration.console import exit_with_sentence

    from cookiecutter_fastapi_sqlalchemy.inside.adoption import live, steps

    step = getattr(steps, asked.pop("step"))
    try:
        with exit_with_sentence():
            answer: dict[str, Any] = step(**asked)
    except live.Impossible as error:
        sys.exit(str(error))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
