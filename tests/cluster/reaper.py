"""Run a command, and wait for every process that it leaves behind, as an init system does.

PostgreSQL is no child of Patroni's. Where nothing waits for it, as in many containers, or
not at once, Patroni believes that a server which has ended still runs.
"""

import ctypes
import os
import sys
from contextlib import suppress

PR_SET_CHILD_SUBREAPER = 36  # of <sys/prctl.h>


def main(command: list[str]) -> None:
    """Run the command until it and all of its descendants have ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    os.spawnvp(os.P_NOWAIT, command[0], command)
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
