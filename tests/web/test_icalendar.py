"""iCalendar against the words of RFC 5545: lines, folding, escaping, moments, and what a calendar that reads it back finds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cases.appointment import Slot
from web.icalendar import OCTETS, Event, calendar, escaped, folded

START = datetime(2026, 12, 3, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
EVENT = Event(
    uid="HY-7K3M-92QF@heyi.example.cn",
    sequence=2,
    changed=START - timedelta(days=3),
    slot=Slot(START, 90),
    summary="调解 HY-7K3M-92QF",
    description="请提前10分钟进入。电话 0300-8821234",
    location="城关镇司法所, 二楼; 203",
    url="https://heyi.example.cn/join/k-1",
    organizer="mailto:no-reply@heyi.example.cn",
)


def unfolded(text: str) -> list[str]:
    """3.1: "Unfolding is accomplished by removing the CRLF and the linear white-space character that immediately follows." """
    return re.sub("\r\n[ \t]", "", text).removesuffix("\r\n").split("\r\n")


def unescaped(value: str) -> str:
    """3.3.11: ESCAPED-CHAR = ("\\\\" / "\\;" / "\\," / "\\N" / "\\n")."""
    return re.sub(r"\\([\\;,nN])", lambda m: "\n" if m[1] in "nN" else m[1], value)


def read(text: str) -> dict[str, str]:
    """The properties of the calendar and of its event, without those of the alarm."""
    found, depth = {}, 0
    for line in unfolded(text):
        name, _, value = line.partition(":")
        depth += (name == "BEGIN") - (name == "END")
        if name not in {"BEGIN", "END"} and depth < 3:
            assert name not in found, f"{name} twice"
            found[name] = value
    assert depth == 0
    return found


def test_a_time_that_is_fixed() -> None:
    found = read(calendar(EVENT))
    assert (found["METHOD"], found["STATUS"], found["SEQUENCE"]) == ("PUBLISH", "CONFIRMED", "2")
    assert (found["DTSTART"], found["DTEND"], found["DTSTAMP"]) == ("20261203T010000Z", "20261203T023000Z", "20261130T010000Z")
    assert unescaped(found["LOCATION"]) == EVENT.location and found["UID"] == EVENT.uid
    assert {"VERSION", "PRODID"} <= set(found), "3.6: both MUST be specified"


def test_what_is_called_off_is_cancelled_by_the_same_uid() -> None:
    off = read(calendar(msgspec.structs.replace(EVENT, cancelled=True, sequence=3)))
    assert (off["METHOD"], off["STATUS"], off["UID"]) == ("CANCEL", "CANCELLED", EVENT.uid) and int(off["SEQUENCE"]) > EVENT.sequence
    assert "VALARM" not in calendar(msgspec.structs.replace(EVENT, cancelled=True))


@given(st.text(max_size=300))
def test_lines_are_folded_and_texts_come_back(text: str) -> None:
    whole = calendar(msgspec.structs.replace(EVENT, description=text))
    assert whole.endswith("\r\n") and "\n" not in whole.replace("\r\n", "") and "\r" not in whole.replace("\r\n", "")
    assert all(len(line.encode()) <= OCTETS for line in whole.split("\r\n")), "3.1: longer than 75 octets, excluding the line break"
    plain = "".join(c for c in text if c == "\n" or (c >= " " and c != "\x7f"))
    assert unescaped(read(whole)["DESCRIPTION"]) == plain


def test_a_subscription_has_all_events_a_name_and_an_interval() -> None:
    two = calendar(EVENT, msgspec.structs.replace(EVENT, uid="other", cancelled=True), refreshed=True)
    lines = unfolded(two)
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 2 and lines.count("BEGIN:VCALENDAR") == 1
    assert "METHOD:PUBLISH" in lines and "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    empty = read(calendar(refreshed=True))
    assert empty["METHOD"] == "PUBLISH" and "UID" not in empty


def test_how_it_is_folded_and_escaped() -> None:
    assert folded("a" * 75) == "a" * 75 and folded("a" * 76) == "a" * 75 + "\r\n a"
    assert folded("调" * 26) == "调" * 25 + "\r\n 调", "75 octets, never through a character"
    assert escaped("a\\b;c,d\ne:f") == "a\\\\b\\;c\\,d\\ne:f"
    assert calendar(EVENT) == calendar(msgspec.structs.replace(EVENT, changed=EVENT.changed.astimezone(UTC)))
