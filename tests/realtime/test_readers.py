"""Who is connected, and what all connections of somebody may do together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from realtime.readers import QUOTAS_KEPT, TOPICS_PER_ACCOUNT, TOPICS_PER_ADDRESS, TOPICS_PER_CONNECTION, Quotas, Readers

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Reader:
    number: int
    login: str
    account: str = ""
    address: str = "10.0.0.1"


def test_each_limit_is_told_by_its_name() -> None:
    readers = Readers(per_login=1, per_account=2, per_address=3, per_node=4)
    assert readers.over("l1", "a", "x") == ""
    readers.add(Reader(1, "l1", "a", "x"))
    assert readers.over("l1", "a", "x") == "login"
    readers.add(Reader(2, "l2", "a", "x"))
    assert readers.over("l3", "a", "x") == "account"
    readers.add(Reader(3, "l3", "b", "x"))
    assert readers.over("l4", "c", "x") == "address"
    readers.add(Reader(4, "l4", "c", "y"))
    assert readers.over("l5", "d", "z") == "node"
    readers.remove(Reader(4, "l4", "c", "y"))
    assert readers.over("l5", "d", "z") == ""


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.sampled_from(["l1", "l2", ""]), st.sampled_from(["a", ""]))))
def test_what_is_counted_is_what_is_there(steps: list[tuple[bool, int, str, str]]) -> None:
    readers, there = Readers(), set()
    for comes, number, login, account in steps:
        reader = Reader(number, login, account)
        if comes and reader not in there:
            readers.add(reader)
            there.add(reader)
        elif not comes:
            assert readers.remove(reader) == (reader in there)
            there.discard(reader)
    assert set(readers) == there
    assert len(readers) == len(there)
    for login in ("l1", "l2"):
        assert set(readers.of_login(login)) == {r for r in there if r.login == login}
    assert set(readers.of_account("a")) == {r for r in there if r.account == "a"}
    assert set(readers.logins()) == {r.login for r in there if r.login}


def test_a_sign_in_that_expires_is_told_once_and_only_while_somebody_uses_it() -> None:
    readers = Readers()
    first, second, gone = Reader(1, "l1"), Reader(2, "l1"), Reader(3, "l2")
    for reader in (first, second, gone):
        readers.add(reader, NOON)
    readers.add(Reader(4, "l3"), NOON + timedelta(hours=1))
    readers.remove(gone)
    assert readers.ended(NOON - timedelta(seconds=1)) == []
    assert readers.ended(NOON) == ["l1"]
    assert readers.ended(NOON) == []
    assert readers.ended(NOON + timedelta(hours=2)) == ["l3"]


def test_an_account_and_an_address_have_quotas_of_their_own() -> None:
    quotas = Quotas(account=(1, 2), address=(1, 4))
    assert [quotas.spend("a", "x", 1, 0.0) for _ in range(3)] == ["", "", "account"]
    assert [quotas.spend("b", "x", 1, 0.0) for _ in range(3)] == ["", "", "account"]
    assert quotas.spend("", "x", 1, 0.0) == "address"
    assert quotas.spend("", "y", 1, 0.0) == ""
    assert quotas.spend("a", "x", 1, 10.0) == ""


def test_quotas_of_those_who_are_quiet_are_forgotten() -> None:
    quotas = Quotas()
    for number in range(QUOTAS_KEPT + 50):
        quotas.spend("", f"10.{number}", 1, float(number))
    assert len(quotas._buckets) <= QUOTAS_KEPT


def test_topics_are_limited_for_a_connection_an_account_and_an_address() -> None:
    readers = Readers()
    wang, chen, guest = Reader(1, "l1", "wang"), Reader(2, "l2", "chen"), Reader(3, "", "", "10.0.0.2")
    assert not readers.over_topics(wang, TOPICS_PER_CONNECTION - 1)
    assert readers.over_topics(wang, TOPICS_PER_CONNECTION)
    for _ in range(TOPICS_PER_ACCOUNT):
        readers.count_topic(wang, 1)
    assert readers.over_topics(wang, 0)
    assert not readers.over_topics(chen, 0)
    readers.count_topic(wang, -1)
    assert not readers.over_topics(wang, 0)
    for _ in range(TOPICS_PER_ADDRESS):
        readers.count_topic(guest, 1)
    assert readers.over_topics(guest, 0)
    assert not readers.over_topics(chen, 0)
