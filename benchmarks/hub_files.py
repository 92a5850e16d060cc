"""Open files: every connection is one, on both of its sides, and the usual limit of 1,024 is too low for any crowd."""

from __future__ import annotations

import resource
import sys

SPARE = 100
"""Files that a process of the benchmark needs beside its connections."""


def raise_files(wanted: int) -> int:
    """Raise this process's limit towards `wanted`, and with it that of the processes it starts. Returns what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (wanted, hard):
        if soft < limit:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(hard, limit)))
                return limit
            except (ValueError, OSError):
                continue  # only root may go above the hard limit, and not everywhere
    return soft


def connections_for(wanted: int) -> int:
    """How many connections a process may have, at most `wanted`. Says so when they are fewer."""
    possible = min(wanted, raise_files(wanted + SPARE) - SPARE)
    if possible < wanted:
        say = f"This machine allows {possible + SPARE} open files: {possible} connections instead of {wanted}. Raise the limit: ulimit -n {wanted + SPARE}"
        print(say, file=sys.stderr)
    return possible


def need_connections(wanted: int) -> None:
    """Ends the program with a clear sentence where that many are not possible."""
    if connections_for(wanted) < wanted:
        sys.exit("The benchmark cannot run within that limit; --only chooses single figures.")
