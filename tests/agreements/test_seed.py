"""Equal facts, equal bytes; and a name that carries its epoch."""

import base64
import json
from pathlib import Path

import pytest
from pycrdt import Doc

from agreements.guard import Accepted
from agreements.schema import fields_of, read_document
from agreements.seed import SERVER_CLIENT, SERVER_GRANT, document_name, parse_name, seed, seed_content, suggest
from agreements.update_format import read_update

from .conftest import CASE, SIGNING_AT


def test_the_seed_is_deterministic_and_by_the_server(facts):
    assert seed(facts) == seed(facts)
    assert {client for client, _, _ in read_update(seed(facts)).blocks} == {SERVER_CLIENT}


def test_the_skeleton_holds_every_statutory_part(facts):
    doc = Doc()
    doc.apply_update(seed(facts))
    clauses = read_document(doc)["clauses"]
    assert [clause["kind"] for clause in clauses] == ["parties", "facts", "disputes", "terms", "performance", "copies"]
    values = {field["key"]: field["value"] for clause in clauses for field in fields_of(clause)}
    assert values["party.1.name"] == "李某"
    assert values["disputes.matters"] == CASE["disputes"]
    assert "一式叁份" in clauses[-1]["blocks"][0]["content"][0]["text"]


def test_names():
    assert parse_name(document_name("c-1", 3)) == ("c-1", 3)
    for bad in ("agreement/c/0", "agreement//1", "x/c/1", "agreement/c/1/2"):
        with pytest.raises(ValueError):
            parse_name(bad)
    with pytest.raises(ValueError):
        document_name("a/b", 1)


def test_a_plain_document_starts_the_next_epoch():
    recorded = json.loads((Path(__file__).parent / "browser_updates.json").read_text(encoding="utf-8"))
    doc = Doc()
    doc.apply_update(base64.b64decode(recorded["state"]))
    for step in recorded["steps"]:
        for update in step["updates"]:
            doc.apply_update(base64.b64decode(update))
    content, again = read_document(doc), Doc()
    again.apply_update(seed_content(content))
    assert read_document(again) == content


def test_a_suggestion_of_the_server(live):
    clause = {
        "id": "offer-1",
        "kind": "terms",
        "title": "",
        "blocks": [{"type": "paragraph", "content": [{"type": "text", "text": "各让一步。"}]}],
    }
    update = suggest(live.updates_since(), clause, 4)
    assert {client for client, _, _ in read_update(update).blocks} == {SERVER_CLIENT}
    assert live.propose(update, SERVER_GRANT, "drafting") == Accepted(("offer-1",))
    live.entry("server", SIGNING_AT)
    live.commit()
    assert [item["id"] for item in live.content()["clauses"]][3:5] == ["terms-1", "offer-1"]
    second = suggest(live.updates_since(), {**clause, "id": "offer-2", "status": "proposed"}, 5)
    assert live.propose(second, SERVER_GRANT, "drafting") == Accepted(("offer-2",))
