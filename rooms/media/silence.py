"""Packets of Opus that decode to silence, for players (RFC 6716). What is recorded never has them."""

from __future__ import annotations

LONG, SHORT = bytes.fromhex("f8fffe"), bytes.fromhex("e0fffe")
"""Of 20 and of 2.5 ms: CELT, full band, whose silence flag is set (sections 3.1 and 4.3)."""
LONG_LASTS, SHORT_LASTS = 960, 120
"""Samples at 48 kHz."""
NEAR = 480
"""Samples at 48 kHz, 10 ms, by which a run of sound may begin beside its time."""
