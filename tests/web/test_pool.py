from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import pytest

from agreements.fonts import FontsMissing
from cases.errors import Invalid, OutOfOrder
from web.photos import prepare
from web.pool import MendingPool
from web.pool_process import Unspeakable


def make() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Torn(Exception):
    """Takes two arguments, and remembers one: pickle cannot put it together again."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


def tear() -> None:
    raise Torn("a", "b")


def die_once(mark: str) -> str:
    path = Path(mark)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_a_dead_worker_is_replaced_and_the_job_is_done(tmp_path: Path) -> None:
    pool = MendingPool(make)
    try:
        assert pool.submit(die_once, str(tmp_path / "mark")).result(20) == "done"
        assert pool.mended == 1
        with pytest.raises(Invalid):
            pool.submit(prepare, b"no picture").result(20)
    finally:
        pool.shutdown()


def test_a_job_that_always_kills_its_worker_fails_and_costs_the_next_nothing() -> None:
    pool = MendingPool(make)
    try:
        with pytest.raises(BrokenProcessPool):
            pool.submit(die, 1).result(20)
        assert pool.submit(abs, -3).result(20) == 3
    finally:
        pool.shutdown()


def test_an_error_that_cannot_be_told_breaks_nothing() -> None:
    pool = MendingPool(make)
    try:
        with pytest.raises(Unspeakable, match="Torn: a b"):
            pool.submit(tear).result(20)
        assert pool.submit(abs, -3).result(20) == 3 and pool.mended == 0
    finally:
        pool.shutdown()


def unprinted() -> None:
    raise FontsMissing("NotoSerifSC_400Regular.ttf", ("/nowhere",))


def test_what_cannot_be_printed_is_refused_and_no_accident() -> None:
    with MendingPool(make) as pool, pytest.raises(OutOfOrder) as told:
        pool.submit(unprinted).result(timeout=60)
    assert (told.value.code, told.value.status, told.value.retry) == ("fonts_missing", 503, False)
    assert told.value.detail == {"file": "NotoSerifSC_400Regular.ttf"} and "/nowhere" not in told.value.message
