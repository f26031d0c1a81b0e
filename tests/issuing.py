"""The issuer of a project's own tests, as a process of its own."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# Runs in a project. The tokens are valid for an hour, the longest that a test or benchmark takes.
ISSUER = """\
import json, sys
from datetime import timedelta
from app.auth.roles import Role
from app.database.base import utc_now
from tests.issuer import AUDIENCE, ISSUER, SigningKey
expires_at = utc_now() + timedelta(hours=1)
tokens = {role: ISSUER.issue(role, role, exp=expires_at) for role in Role}
tokens["forged"] = ISSUER.sign(ISSUER.claims("admin", Role.ADMIN), SigningKey("first"))
variables = {"APP_OIDC_ISSUER": ISSUER.url, "APP_OIDC_AUDIENCE": AUDIENCE}
print(json.dumps([variables, tokens]), flush=True)
sys.stdin.read()
"""


@contextmanager
def issuer_of(
    python: Path, folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Run an issuer in a project's folder; yield the settings for it, and a token of each role."""
    with subprocess.Popen(
        [str(python), "-c", ISSUER],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        variables, tokens = json.loads(process.stdout.readline())
        try:
            yield variables, tokens
        finally:
            process.stdin.close()
