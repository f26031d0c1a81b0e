"""Selection of the environment variables that the bootstrap passes to its tools.

A project depends on the answers alone, not on the database, project or repository that
the shell's variables name. The tools change no files outside the project.
"""

import os
import re

# Prefixes of the service's settings, and of variables that configure a tool used here.
DIRECTING = (
    *("APP_", "DATABASE_"),
    *("UV_", "PIP_", "PYTHON", "VIRTUAL_ENV", "GIT_", "ALEMBIC_", "RUFF_"),
)
# These variables of uv and pip are kept: they say from where and how packages are
# downloaded, which of them are trusted, and which Python is used. It is an allow list,
# because a missing variable can be set in the tool's own configuration file, while one
# that is kept by mistake may write into another project.
KEPT = re.compile(
    r"(UV|PIP)_.*(INDEX|LINK|MIRROR|ENDPOINT|HOST|PROXY|CERT|TLS|CREDENTIALS|KEYRING"
    r"|TOKEN|API_KEY|HTTP|TIMEOUT|RETRIES|OFFLINE|CACHE|CONCURRENT|CONFIG_FILE|NO_CONFIG"
    r"|EXCLUDE_NEWER|UPLOADED_PRIOR|ONLY_BINARY|NO_BUILD(_PACKAGE)?$|MALWARE)"
    r"|UV_.*PYTHON"
)


def drop_directing_variables() -> None:
    """Remove the variables that configure tools, for this process and its children."""
    for name in list(os.environ):
        # The names of settings are case-insensitive.
        if name.upper().startswith(DIRECTING) and not KEPT.match(name):
            del os.environ[name]
