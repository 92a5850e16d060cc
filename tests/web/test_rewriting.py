"""Two who put a field into one run of text at once: what stands behind is written anew by both, and only the first is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pycrdt import XmlElement, XmlText

from cases.errors import OutOfTurn
from tests.web.writing import Hands, Writing, writing_together

pytestmark = pytest.mark.anyio


def split(hand: Hands, words: str) -> None:
    """Put a field in the place of some words, as an editor does: what follows them is taken away and written behind the field."""
    paragraph = hand.clause("terms-1").children[0]
    text = next(part for part in paragraph.children if isinstance(part, XmlText) and words in str(part))
    before, _, behind = str(text).partition(words)
    del text[len(before.encode()) : len(str(text).encode())]
    paragraph.children.append(XmlElement("field", {"key": f"date.{hand.opened.client}", "type": "date", "value": ""}))
    paragraph.children.append(XmlText(behind))


@pytest.fixture
async def writing(tmp_path: Path) -> Any:
    async with writing_together(tmp_path) as there:
        first = there.hand("m")
        first.write("terms-1", "赵某尽快修好，尽早付清一千元。")
        await there.store(first)
        yield there


async def test_the_second_is_refused_and_nothing_stands_twice(writing: Writing) -> None:
    base = writing.draft.live.seq
    one, two = writing.hand("s1"), writing.hand("m")
    split(one, "尽快")
    split(two, "尽早")
    await writing.store(one, base)
    with pytest.raises(OutOfTurn) as refused:
        await writing.store(two, base)
    assert refused.value.code == "draft_rewritten_meanwhile"
    assert writing.said() == "赵某修好，尽早付清一千元。"
    again = writing.hand("m")
    split(again, "尽早")
    await writing.store(again, writing.draft.live.seq)
    assert writing.said() == "赵某修好，付清一千元。"


async def test_without_the_rule_it_would_stand_twice(writing: Writing) -> None:
    base = writing.draft.live.seq
    one, two = writing.hand("s1"), writing.hand("m")
    split(one, "尽快")
    split(two, "尽早")
    await writing.store(one, base)
    await writing.store(two, None)  # from a client that does not tell
    assert writing.said().count("付清一千元") == 2


async def test_who_types_beside_a_split_is_not_refused_nor_whoever_goes_on_alone(writing: Writing) -> None:
    base = writing.draft.live.seq
    one, two = writing.hand("s1"), writing.hand("m")
    split(one, "尽快")
    two.write("performance", "按期履行。")
    await writing.store(one, base)
    await writing.store(two, base)
    own = writing.hand("m")
    split(own, "尽早")
    await writing.store(own, writing.draft.live.seq)
    alone = writing.hand("m")
    split(alone, "一千元")
    await writing.store(alone, writing.draft.live.seq - 1)  # its own entry before is not somebody else's
    assert writing.said() == "赵某修好，付清。"
