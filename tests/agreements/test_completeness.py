"""What the statute asks for, and what may not be signed electronically."""

from datetime import date

import msgspec
import pytest
from pycrdt import Doc

from agreements.completeness import missing_items, paper_only
from agreements.facts import case_facts
from agreements.schema import read_document
from agreements.seed import seed

from .conftest import CASE, Client

FACTS = case_facts(CASE)
TODAY = date(2026, 12, 31)


def content(edit=lambda client: None):
    client = Client(11, seed(FACTS))
    edit(client)
    return read_document(client.doc)


def complete(client):
    client.write("terms-1", "被申请人支付修复费用。")
    client.set_field("disputes.responsibility", "被申请人承担主要责任")
    client.set_field("performance.manner", "银行转账")
    client.set_field("performance.deadline", "2026-12-31")


def test_the_bare_skeleton_names_every_gap():
    found = {(item.code, item.clause) for item in missing_items(content(), FACTS, TODAY)}
    assert found == {
        ("responsibility_missing", "disputes"),
        ("terms_missing", "terms-1"),
        ("manner_missing", "performance"),
        ("deadline_missing", "performance"),
    }


def test_a_complete_agreement_lacks_nothing():
    assert missing_items(content(complete), FACTS, TODAY) == []


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda c: c.set_field("party.2.address", " "), "party_address_missing"),
        (lambda c: c.set_field("party.1.id", ""), "party_id_missing"),
        (lambda c: c.set_field("party.1.id", "11010519491231002Y"), "party_id_wrong"),
        (lambda c: c.set_field("party.1.id", "110105194912310020"), "party_id_wrong"),
        (lambda c: c.set_field("performance.deadline", "2026-12-30"), "deadline_past"),
        (lambda c: c.set_field("party.2.name", "孙某"), "party_name_differs"),
        (lambda c: c.root.children.__delitem__(1), "facts_missing"),
        (lambda c: c.root.children.__delitem__(5), "copies_missing"),
        (lambda c: c.root.children.__delitem__(0), "parties_missing"),
        (lambda c: c.add_clause("terms-2", "terms", "  "), "terms_missing"),
    ],
)
def test_single_gaps(edit, code):
    def both(client):
        complete(client)
        edit(client)

    assert [item.code for item in missing_items(content(both), FACTS, TODAY)] == [code]


def test_an_empty_document_lacks_everything():
    assert len(missing_items({"version": 1, "clauses": []}, FACTS, TODAY)) == 6
    assert Doc().get_update()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"dispute_type": "婚姻家庭"}, "personal_status_undetermined"),
        ({"dispute_type": "婚姻家庭", "matters": ["家务分担"]}, None),
        ({"dispute_type": "婚姻家庭", "matters": ["离婚", "家务分担"]}, "personal_status"),
        ({"matters": ["继承"]}, "personal_status"),
    ],
)
def test_personal_status_goes_to_paper(change, code):
    reason = paper_only(msgspec.structs.replace(FACTS, **change))
    assert (reason.code if reason else None) == code
