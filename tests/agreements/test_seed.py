"""Equal facts, equal bytes; and a name that carries its epoch."""

import pytest
from pycrdt import Doc

from agreements.schema import fields_of, read_document
from agreements.seed import SERVER_CLIENT, document_name, parse_name, seed
from agreements.update_format import read_update

from .conftest import CASE


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
