"""Worker processes for CPU-heavy work, made anew when one of them dies.

A process that the system kills (out of memory, an operator's mistake) breaks the whole of a `ProcessPoolExecutor`: every later job fails.
Here the job that met the broken pool is given to a fresh one, once; a job that kills its worker every time fails with the pool's error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from web.pool_process import whole


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
