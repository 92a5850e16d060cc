"""The worker processes of the pool: how they are begun, and what they have ready.

By themselves in this file, since such a process imports the file of whatever it is told to call: here that is next to nothing.
"""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")

PR_SET_PDEATHSIG = 1  # prctl(2)


PRELOADED = ["agreements.pdf", "agreements.signing", "evidence.pdf_check"]
"""What printing and signing need."""


def make_pool() -> ProcessPoolExecutor:
    # Forked by a server of its own, which has nothing but what the work needs: a fork of ours would carry the event loop's sockets and locks along, and each spawned process would
    # import everything anew.
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return ProcessPoolExecutor(
        max_workers=max(1, (os.cpu_count() or 2) - 1), mp_context=context, initializer=begin, initargs=(dict(os.environ),)
    )


def begin(environment: dict[str, str]) -> None:
    """In this environment, as it is where the pool was made: whoever forks may be older than it. End with whoever forked it, and so with the server even when that is killed; and say nothing of what pyHanko warns of at every signature, that nothing is fetched, which is as it
    should be."""
    os.environ.update(environment)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # Ctrl-C goes to the whole group of processes; the server ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("pyhanko").setLevel(logging.ERROR)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.ERROR)


class Unspeakable(RuntimeError):
    """An error in a worker that cannot be told as it is; its kind and sentence."""


def whole(work: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """Call it; an error that would not come back in one piece, and so break the pool for everybody, comes back as `Unspeakable`."""
    try:
        return work(*args, **kwargs)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 (our own, a moment old)
        except Exception:
            raise Unspeakable(f"{type(error).__name__}: {error}") from None
        raise


def warm() -> None:
    """Nothing: a process that can be told so has what printing and signing need, and the first freeze does not wait for it."""
