"""How well this machine's clock is kept, as its kernel says: entered in the chain where a moment will matter as evidence."""

from __future__ import annotations

import ctypes
from pathlib import Path

from cases.clock import ClockHealth

_UNSYNCHRONISED = 0x0040
_SERVICES = (("systemd-timesyncd", "/run/systemd/timesync/synchronized"), ("chrony", "/run/chrony"))
"""Name, and what is there when it runs; the first also says by it that it has found the time."""
_SAYS_SO = "systemd-timesyncd"


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
    service = next((name for name, path in _SERVICES if Path(path).exists()), "")
    # A service that runs may still look for the time, and chrony tells the kernel only where it is asked to (`rtcsync`): that is not known, and not said.
    without_kernel = True if service == _SAYS_SO else None
    asked = _Timex()
    try:
        answered = int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked)))
    except (OSError, AttributeError):  # no Linux
        return ClockHealth(kept=without_kernel, service=service)
    if answered < 0:
        return ClockHealth(kept=without_kernel, service=service)
    kept = not asked.status & _UNSYNCHRONISED
    return ClockHealth(
        kept=kept or (without_kernel if service else False), error_ms=asked.maxerror // 1000 if kept else None, service=service
    )
