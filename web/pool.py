"""Worker processes for CPU-heavy work, made anew when one of them dies.

A process that the system kills (out of memory, an operator's mistake) breaks the whole of a `ProcessPoolExecutor`: every later job fails.
Here the job that met the broken pool is given to a fresh one, once; a job that kills its worker every time fails with the pool's error.
What cannot be printed for want of fonts is refused with `fonts_missing`, whoever asked for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import structlog

from agreements.fonts import FontsMissing
from cases.errors import OutOfOrder
from web.pool_process import whole

log = structlog.get_logger("pool")


def _unprintable(error: FontsMissing) -> OutOfOrder:
    """Wherever something is printed: it is no accident, and somebody can mend it. In both languages, since a browser shows it as it is where it was to save a file."""
    log.error("fonts are missing, nothing can be printed", reason=str(error))
    message = "服务器上缺少印制文件用的字体，暂时印不出来，请告诉管理员。 The fonts for printing are missing on the server; please tell whoever looks after it"
    return OutOfOrder("fonts_missing", message, file=error.file)


class MendingPool(Executor):
    """`make` builds a pool; it is called again whenever the present one is broken."""

    def __init__(self, make: Callable[[], ProcessPoolExecutor]) -> None:
        self._make = make
        self._pool = make()
        self._lock = threading.Lock()
        self._closed = False
        self.mended = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        outer: Future[Any] = Future()
        self._try(outer, fn, args, kwargs, retry=True)
        return outer

    def _try(self, outer: Future[Any], fn: Callable[..., Any], args: Any, kwargs: Any, retry: bool) -> None:
        pool = self._pool
        try:
            inner = pool.submit(whole, fn, *args, **kwargs)
        except BrokenProcessPool as error:
            self._again(outer, fn, args, kwargs, retry, pool, error)
            return

        def done(finished: Future[Any]) -> None:
            error = finished.exception()
            if isinstance(error, BrokenProcessPool):
                self._again(outer, fn, args, kwargs, retry, pool, error)
            elif outer.cancelled():
                return
            elif isinstance(error, FontsMissing):
                outer.set_exception(_unprintable(error))
            elif error is not None:
                outer.set_exception(error)
            else:
                outer.set_result(finished.result())

        inner.add_done_callback(done)

    def _again(
        self,
        outer: Future[Any],
        fn: Callable[..., Any],
        args: Any,
        kwargs: Any,
        retry: bool,
        broken: ProcessPoolExecutor,
        error: BaseException,
    ) -> None:
        with self._lock:
            if self._pool is broken and not self._closed:
                self._pool = self._make()
                self.mended += 1
        if retry and not self._closed:
            self._try(outer, fn, args, kwargs, retry=False)
        elif not outer.cancelled():
            outer.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._closed = True
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
