"""What enters the draft, and what is refused, with the reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text, XmlElement, XmlText

from agreements import schema
from agreements.facts import case_facts
from agreements.guard import MAX_UPDATE, Accepted, Grant, Guard, Refused
from agreements.schema import KINDS, read_document
from agreements.seed import seed

from .conftest import CASE, Client, all_kinds

SEED = seed(case_facts(CASE))


@pytest.fixture
def guard():
    return Guard(SEED)


@pytest.fixture
def writer():
    return Client(11, SEED)


GRANT = all_kinds("p1", 11)


def test_an_edit_by_the_granted_client(guard, writer):
    writer.write("facts", "补充一句。")
    assert guard.check(writer.take(), GRANT, "drafting") == Accepted(("facts",))
    writer.set_field("performance.deadline", "2026-12-31")
    assert guard.check(writer.take(), GRANT, "drafting") == Accepted(("performance",))
    writer.add_clause("terms-2", "terms", "第二项", 4)
    # an update made from a state vector names every deletion there ever was, here that of the earlier date
    assert guard.check(writer.take(), GRANT, "drafting") == Accepted(("terms-2",), rewrites=True)
    assert guard.clauses == read_document(writer.doc)["clauses"]


def test_delete_only_updates_are_judged_by_their_difference(guard, writer):
    del writer.root.children[3]
    update = writer.take()
    narrow = Grant("p1", frozenset({11}), may_edit=True, kinds=frozenset({"facts"}))
    assert guard.check(update, narrow, "drafting").code == "may_not_edit_clause"
    beside = Client(12, SEED)
    beside.add_clause("terms-2", "terms", "另一条", 4)
    whole = Guard(SEED)
    assert whole.check(beside.take(), all_kinds("m", 12), "drafting") == Accepted(("terms-2",))
    assert whole.check(update, GRANT, "drafting") == Accepted(("terms-1",))


@pytest.mark.parametrize("index", range(6))
def test_the_last_clause_of_its_kind_stays(guard, writer, index):
    kind = writer.root.children[index].attributes["kind"]
    del writer.root.children[index]
    verdict = guard.check(writer.take(), all_kinds("p1", 11, lock=True), "drafting")
    assert (verdict.code, verdict.data) == ("clause_needed", {"kind": kind})


@pytest.mark.parametrize(
    ("grant", "stage", "code"),
    [
        (GRANT, "frozen", "wrong_stage"),
        (Grant("p1", frozenset({11})), "drafting", "may_not_edit"),
        (all_kinds("p2", 12), "drafting", "foreign_author"),
        (Grant("p1", frozenset({11}), may_edit=True, kinds=frozenset({"terms"})), "drafting", "may_not_edit_clause"),
    ],
)
def test_permission_and_stage(guard, writer, grant, stage, code):
    writer.write("facts", "x")
    assert guard.check(writer.take(), grant, stage).code == code


def test_size(guard, writer):
    writer.write("facts", "字" * MAX_UPDATE)
    assert guard.check(writer.take(), GRANT, "drafting").code == "too_large"


def test_missing_dependencies(guard, writer):
    writer.write("facts", "one")
    first = writer.take()
    writer.write("facts", "two")
    second = writer.take()
    assert guard.check(second, GRANT, "drafting").code == "missing_dependencies"
    assert isinstance(guard.check(first, GRANT, "drafting"), Accepted)
    assert isinstance(guard.check(second, GRANT, "drafting"), Accepted)


def test_an_edit_on_top_of_an_unknown_edit(guard, writer):
    other = Client(12, SEED)
    other.write("facts", "unseen")
    writer.doc.apply_update(other.take())
    writer.take()
    paragraph = writer.clause("facts").children[0]
    text = next(part for part in paragraph.children if str(part) == "unseen")
    text += " and more"
    assert guard.check(writer.take(), GRANT, "drafting").code == "missing_dependencies"


def test_deleting_what_is_unknown(guard, writer):
    other = Client(12, SEED)
    other.write("facts", "unseen")
    writer.doc.apply_update(other.take())
    state = writer.doc.get_state()
    paragraph = writer.clause("facts").children[0]
    del paragraph.children[len(paragraph.children) - 1]
    assert guard.check(writer.doc.get_update(state), GRANT, "drafting").code == "missing_dependencies"


def test_echo_of_known_edits_is_harmless(guard, writer):
    other = Client(12, SEED)
    other.write("facts", "彼")
    update = other.take()
    assert isinstance(guard.check(update, all_kinds("p2", 12), "drafting"), Accepted)
    writer.doc.apply_update(update)
    writer.write("facts", "此")
    assert guard.check(writer.doc.get_update(), GRANT, "drafting") == Accepted(("facts",))


def test_locks(guard, writer):
    writer.clause("terms-1").attributes["locked_by"] = "m1"
    lock = writer.take()
    assert guard.check(lock, GRANT, "drafting").code == "may_not_lock"
    guard = Guard(SEED)
    assert guard.check(lock, all_kinds("m1", 11, lock=True), "drafting") == Accepted(("terms-1",))
    writer.write("terms-1", "x")
    update = writer.take()
    assert guard.check(update, GRANT, "drafting").code == "clause_locked"


def test_a_clause_inserted_locked_and_a_locked_one_deleted(guard, writer):
    writer.root.children.append(XmlElement("clause", {"id": "z", "kind": "terms", "locked_by": "p1"}, [XmlElement("paragraph")]))
    assert guard.check(writer.take(), GRANT, "drafting").code == "may_not_lock"
    owner, thief = Client(13, SEED), Guard(SEED)
    owner.clause("terms-1").attributes["locked_by"] = "m1"
    assert isinstance(thief.check(owner.take(), all_kinds("m1", 13, lock=True), "drafting"), Accepted)
    del owner.root.children[3]
    assert thief.check(owner.take(), all_kinds("p1", 13), "drafting").code in ("clause_locked", "may_not_lock")


def test_schema_of_touched_clauses(guard, writer):
    writer.set_field("performance.deadline", "tomorrow")
    refused = guard.check(writer.take(), GRANT, "drafting")
    assert refused.code == "bad_field_value"
    assert refused.data["where"] == "clause:performance/block:1/field:performance.deadline"


def test_two_valid_edits_that_merge_into_an_invalid_document(guard, writer):
    other = Client(12, SEED)
    writer.add_clause("terms-2", "terms", "甲")
    other.add_clause("terms-2", "terms", "乙")
    assert isinstance(guard.check(writer.take(), GRANT, "drafting"), Accepted)
    assert guard.check(other.take(), all_kinds("p2", 12), "drafting").code == "duplicate_clause"


def test_the_size_is_kept_in_mind(guard, writer):
    limit = schema.MAX_CHARACTERS
    sentence = "字" * 20_000
    for number in range(limit // len(sentence)):
        writer.add_clause(f"long-{number}", "terms", sentence)
        verdict = guard.check(writer.take(), GRANT, "drafting")
    assert verdict.code == "too_long"
    guard, writer = Guard(SEED), Client(11, SEED)
    writer.add_clause("long", "terms", "长")
    guard.check(writer.take(), GRANT, "drafting")
    for _ in range(limit // len(sentence) - 1):
        writer.write("long", sentence)
        assert isinstance(guard.check(writer.take(), GRANT, "drafting"), Accepted)
    writer.write("long", sentence)
    assert guard.check(writer.take(), GRANT, "drafting").code == "too_long"


def test_hidden_content_is_refused(guard):
    stranger = Doc(client_id=11)
    stranger.get("notes", type=Text).insert(0, "hidden")
    assert guard.check(stranger.get_update(), GRANT, "drafting").code == "forbidden_content"


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_noise_is_refused_without_harm(noise):
    guard = Guard(SEED)
    verdict = guard.check(noise, GRANT, "drafting")
    assert isinstance(verdict, Refused) or verdict.clauses == ()
    assert guard.check(b"\x00\x00", GRANT, "drafting") == Accepted(())


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_a_flipped_byte_never_brings_an_unseen_change(position, mask):
    writer = Client(11, SEED)
    writer.write("facts", "补充一句话，以便翻转。")
    update = bytearray(writer.take())
    update[position % len(update)] ^= mask
    guard = Guard(SEED)
    before = guard.clauses
    verdict = guard.check(bytes(update), Grant("p1", frozenset({11}), may_edit=True, kinds=frozenset({"facts"})), "drafting")
    if isinstance(verdict, Accepted):
        changed = {old["id"] for old, new in zip(before, guard.clauses, strict=True) if old != new}
        assert changed == set(verdict.clauses) <= {"facts"}


@given(st.lists(st.tuples(st.sampled_from(["write", "field", "add", "remove"]), st.integers(0, 5)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_touched_reading_equals_reading_everything(steps):
    guard, writer = Guard(SEED), Client(11, SEED)
    for number, (step, index) in enumerate(steps):
        children = writer.root.children
        target = children[index % len(children)]
        if step == "write":
            target.children[0].children.append(XmlText(f"句{number}"))
        elif step == "field":
            writer.set_field("disputes.responsibility", f"责任{number}") if any(
                c.attributes["id"] == "disputes" for c in children
            ) else None
        elif step == "add":
            writer.add_clause(f"t{number}", "terms", "新", index % len(children))
        elif [child.attributes["kind"] for child in children].count(target.attributes["kind"]) > 1:
            del children[index % len(children)]
        verdict = guard.check(writer.take(), all_kinds("p1", 11, lock=True), "drafting")
        assert isinstance(verdict, Accepted), verdict
        assert guard.clauses == read_document(writer.doc)["clauses"]
    assert set(KINDS) >= {clause["kind"] for clause in guard.clauses}
