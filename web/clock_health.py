"""How well this machine's clock is kept, as its kernel says: entered in the chain where a moment will matter as evidence."""

from __future__ import annotations

import ctypes
from pathlib import Path

from cases.clock import ClockHealth

_UNSYNCHRONISED = 0x0040
_KEPT_BY = (("systemd-timesyncd", "/run/systemd/timesync/synchronized"), ("chrony", "/run/chrony"))


class _Timex(ctypes.Structure):
    """The beginning of the kernel's `struct timex` (adjtimex(2)); what follows is not read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


def read_clock_health() -> ClockHealth:
    """`kept` is None where the system does not tell. Asks and sets nothing; needs no rights. Takes some microseconds."""
    service = next((name for name, path in _KEPT_BY if Path(path).exists()), "")
    asked = _Timex()
    try:
        answered = int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked)))
    except (OSError, AttributeError):  # no Linux
        return ClockHealth(kept=True if service else None, service=service)
    if answered < 0:
        return ClockHealth(kept=True if service else None, service=service)
    kept = not asked.status & _UNSYNCHRONISED
    return ClockHealth(kept=kept or bool(service), error_ms=asked.maxerror // 1000 if kept else None, service=service)
