"""What of the caller's environment the tools hear of, and what not.

A project depends on the answers alone: not on which database, project or repository the
variables of a shell happen to name, and nothing but the project is touched.
"""

import os
import re

# The settings of the service, and whatever directs a tool that runs here.
DIRECTING = (
    *("APP_", "DATABASE_"),
    *("UV_", "PIP_", "PYTHON", "VIRTUAL_ENV", "GIT_", "ALEMBIC_", "RUFF_"),
)
# Of uv's and pip's stays what says from where and how packages come, which of them are
# trusted, and which Python is used. The list is of what may pass: a variable that it
# lacks has a place in the tool's own configuration file, while one that passes wrongly
# may write into another project.
KEPT = re.compile(
    r"(UV|PIP)_.*(INDEX|LINK|MIRROR|ENDPOINT|HOST|PROXY|CERT|TLS|CREDENTIALS|KEYRING"
    r"|TOKEN|API_KEY|HTTP|TIMEOUT|RETRIES|OFFLINE|CACHE|CONCURRENT|CONFIG_FILE|NO_CONFIG"
    r"|EXCLUDE_NEWER|UPLOADED_PRIOR|ONLY_BINARY|NO_BUILD(_PACKAGE)?$|MALWARE)"
    r"|UV_.*PYTHON"
)


def drop_directing_variables() -> None:
    """Take out of this process, and so of all that it starts, what directs the tools."""
    for name in list(os.environ):
        # Settings are read whatever the case of their names.
        if name.upper().startswith(DIRECTING) and not KEPT.match(name):
            del os.environ[name]
