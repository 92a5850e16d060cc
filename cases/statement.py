"""Statements of parties who cannot come (非同步陈述), and what each party says to such statements. Pure data; its rules are `cases.stating`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from cases.phone_code import PhoneCode


class StatementKind(StrEnum):
    TEXT = "text"
    VOICE = "voice"
    VIDEO = "video"


class Recording(msgspec.Struct, frozen=True):
    """What was recorded beside the text, kept byte for byte as it came in. `sha256` and `size`: of these bytes; `ms`: how long it is; `type`: its media type, as it was
    found in the file."""

    file: str
    sha256: str
    size: int
    ms: int
    type: str

    def told(self) -> dict[str, str | int]:
        """As the chain has it: whoever has the file can compare it."""
        return {"sha256": self.sha256, "size": self.size, "ms": self.ms, "type": self.type}


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """A statement as it was given: its content lies sealed beside the case. `sha256` and `size`: of the text; `recording`: what was recorded with it; `verified_at`: of who gave it; `shared`: the mediator
    may show it to the others before the session."""

    number: int
    kind: StatementKind
    file: str
    sha256: str
    size: int
    at: datetime
    verified_at: datetime
    shared: bool = False
    recording: Recording | None = None

    @property
    def files(self) -> list[str]:
        """What lies sealed of it."""
        return [self.file] + ([self.recording.file] if self.recording is not None else [])


class Statement(msgspec.Struct, omit_defaults=True):
    """`by`: who of the office proposed it, empty where the party asked for it itself, with `why`. `code`: what the mediator reads out by telephone, made of `nonce`. `earlier`: what was
    withdrawn or given anew, which nobody reads any more."""

    asked_at: datetime
    by: str = ""
    why: str = ""
    code: PhoneCode | None = None
    nonce: str = ""
    verified_at: datetime | None = None
    given: Given | None = None
    earlier: list[Given] = []
    released_at: datetime | None = None
    presented_at: datetime | None = None
    heard_at: datetime | None = None


class Afar(msgspec.Struct, omit_defaults=True):
    """By party: whether it agrees that statements are given from afar, and the statements."""

    agreed: dict[str, bool] = {}
    statements: dict[str, Statement] = {}
    numbered: dict[str, int] = {}
    """Of parties who went back to coming: how many they had given by then."""
