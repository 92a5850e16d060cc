"""The guard against what a real editor sends (recorded by web/client/src/drafting/recorded.test.ts), and one schema on both sides."""

import base64
import json
import re
from pathlib import Path

import pytest

from agreements import schema
from agreements.guard import Accepted, Guard
from agreements.schema import text_of

from .conftest import all_kinds

RECORDED = json.loads((Path(__file__).parent / "browser_updates.json").read_text(encoding="utf-8"))
CLIENT = (Path(__file__).parents[2] / "web/client/src/drafting/schema.ts").read_text(encoding="utf-8")


def test_every_update_of_the_editor_is_accepted():
    guard = Guard(base64.b64decode(RECORDED["state"]))
    grant = all_kinds("m1", 11, lock=True)
    for step in RECORDED["steps"]:
        touched = set()
        for update in step["updates"]:
            verdict = guard.check(base64.b64decode(update), grant, "drafting")
            assert isinstance(verdict, Accepted), (step["what"], verdict)
            touched |= set(verdict.clauses)
        assert touched, step["what"]
    text = "".join(text_of(clause) for clause in guard.clauses).replace("\n", "")
    assert text == RECORDED["text"].replace("\n", "")
    assert [clause["id"] for clause in guard.clauses] == ["facts", "terms-1"]
    assert guard.clauses[0]["locked_by"] == "m1"
    assert [block["type"] for block in guard.clauses[1]["blocks"]] == ["paragraph", "table", "ordered_list"]


def test_an_edit_whose_neighbours_stand_the_wrong_way_round():
    """Found by changing bytes of recorded updates: live copies read 给付款项, copies loaded later 付款项给."""
    guard = Guard(base64.b64decode(RECORDED["state"]))
    grant = all_kinds("m1", 11, lock=True)
    for step in RECORDED["steps"][:2]:
        guard.check(base64.b64decode(step["updates"][0]), grant, "drafting")
    crossed = bytes.fromhex("01010b03c40115011403e7bb990101011301")
    assert guard.check(crossed, grant, "drafting").code == "diverges"
    assert guard.spoilt


def test_the_client_knows_the_same_limits_of_tables():
    listed = re.search(r"export const LIMITS = \{(.*?)\} as const", CLIENT)
    found = {name: int(value) for name, value in re.findall(r"([a-z]+): (\d+)", listed[1])}
    names = ("tables", "rows", "columns", "cell", "head")
    assert found == {name: getattr(schema, f"MAX_{name.upper()}") for name in names}


@pytest.mark.parametrize("name", ["KINDS", "STATUSES", "FIELD_TYPES"])
def test_the_client_knows_the_same_words(name):
    listed = re.search(rf"export const {name} = \[(.*?)\] as const", CLIENT)
    assert tuple(re.findall(r"'([a-z_]+)'", listed[1])) == getattr(schema, name)
