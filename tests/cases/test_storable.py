"""NUL is taken out of whatever has texts in it, and nothing else is altered."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cases.commands.casework import Dispatch, Report
from cases.storable import may_have_nul, without_nul
from realtime.messages import Do, decode

texts = st.text(st.sampled_from("a\x00b甲"), max_size=6)
values = st.recursive(
    texts | st.integers() | st.binary(max_size=4) | st.none(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8
)


@given(values)
def test_of_any_value(value: Any) -> None:
    clean = without_nul(value)
    assert "\x00" not in _texts(clean) and without_nul(clean) == clean
    if "\x00" not in _texts(value):
        assert clean == value


def _texts(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(_texts(one) for pair in value.items() for one in pair)
    return "".join(_texts(one) for one in value) if isinstance(value, list) else ""


@given(st.text(max_size=8))
def test_where_there_is_one_it_is_looked_for(text: str) -> None:
    for data in (json.dumps(text).encode(), msgspec.json.encode(text), msgspec.msgpack.encode(text)):
        assert may_have_nul(data) or "\x00" not in text


def test_of_a_command_as_it_comes() -> None:
    sent = msgspec.msgpack.encode(
        {
            "t": "do",
            "key": "k\x00ey-1",
            "command": {"t": "dispatch", "case": "k\x001", "to": ["wa\x00ng"], "mode": "assign", "note": "\x00"},
        }
    )
    message = decode(sent)
    assert isinstance(message, Do) and (message.key, message.command) == ("key-1", Dispatch("k1", ["wang"], note=""))
    assert without_nul(Report("a\x00", "b", "c", "d", "e")).title == "a"
