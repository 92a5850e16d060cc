"""An appointment as an iCalendar object (RFC 5545), for the calendar of a telephone or a desk. Pure.

Lines end in CRLF and are folded at 75 octets (3.1), texts are escaped (3.3.11), moments are in UTC (3.3.5). The UID of a case's appointment never changes and its
SEQUENCE grows (3.8.7.4), so that a calendar moves the entry that it has; what is called off is cancelled by the same UID (RFC 5546, 3.2.5).
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cases.appointment import Slot

OCTETS = 75
"""Of a line, without its end."""


class Event(msgspec.Struct, frozen=True):
    """`uid`: the same for all that becomes of one appointment; `changed`: when its revision `sequence` was made; `url`: the reader's own page; `organizer`:
    a URI of the office, which both methods need (RFC 5546, 3.2.1 and 3.2.5). Subscriptions are named and refreshed by RFC 7986 (5.1, 5.7)."""

    uid: str
    sequence: int
    changed: datetime
    slot: Slot
    summary: str
    description: str
    location: str
    url: str
    organizer: str
    cancelled: bool = False


def calendar(*events: Event, refreshed: bool = False) -> str:
    """Of one event, what is to become of it (RFC 5546); of any number the subscription to a whole calendar, which is to be asked for anew (`refreshed`)."""
    method = "CANCEL" if events and all(event.cancelled for event in events) else "PUBLISH"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Heyi//Heyi//ZH",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        *(["NAME:调解", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"] if refreshed else []),
        *(line for event in events for line in _lines(event)),
        "END:VCALENDAR",
    ]
    return "".join(folded(line) + "\r\n" for line in lines)


def _lines(event: Event) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{escaped(event.uid)}",
        f"DTSTAMP:{_moment(event.changed)}",
        f"LAST-MODIFIED:{_moment(event.changed)}",
        f"SEQUENCE:{event.sequence}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
        f"ORGANIZER;CN=调解:{event.organizer}",
        f"DTSTART:{_moment(event.slot.start)}",
        f"DTEND:{_moment(event.slot.end)}",
        f"SUMMARY:{escaped(event.summary)}",
        f"DESCRIPTION:{escaped(event.description)}",
        f"LOCATION:{escaped(event.location)}",
        f"URL:{event.url}",
        "TRANSP:TRANSPARENT" if event.cancelled else "TRANSP:OPAQUE",
        "CLASS:PRIVATE",
        *([] if event.cancelled else _alarm(event)),
        "END:VEVENT",
    ]


def escaped(text: str) -> str:
    """A TEXT value. Other control characters are in no such value at all."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return "".join(c for c in text if c >= " " and c != "\x7f")


def folded(line: str) -> str:
    """In pieces of at most 75 octets, never through a character; each further one begins with a space, which counts."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + character, size + octets
    return "\r\n".join([*pieces, piece])


def _alarm(event: Event) -> list[str]:
    return ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escaped(event.summary)}", "TRIGGER:-PT30M", "END:VALARM"]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
