"""What keeps a process from outliving the tests that started it, however these end.

In: nothing. Out: something to run in the child between fork and exec. On Linux the child gets SIGKILL when the thread
that started it is gone, so start such processes from the main thread.
"""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def leash() -> None:
    """For `preexec_fn`; it imports nothing and takes no lock."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
