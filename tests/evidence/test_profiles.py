"""What goes to whom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evidence import verifier
from evidence.profiles import FAILURE, FULL, PARTY, PROFILES, SUCCESS, takes, takes_consents

KINDS = [
    "case.reported",
    "case.declined",
    "case.taken_up",
    "case.refused",
    "case.party_added",
    "case.agreed",
    "session.opened",
    "seat.admitted",
    "seat.taken_over",
    "identity.verified",
    "notice.confirmed",
    "consent.given",
    "consent.refused",
    "consent.withdrawn",
    "stage.moved",
    "chat.said",
    "floor.given",
    "statement.done",
    "caucus.opened",
    "caucus.closed",
    "recording.segment",
    "recording.watched",
    "recording.film",
    "draft.seeded",
    "draft.frozen",
    "agreement.signed",
    "agreement.effective",
    "media.muted",
    "link.opened",
    "evidence.exported",
    "performance.begun",
    "obligation.breached",
    "receipt.told",
    "visit.noted",
    "case.closed",
]
SAID = {"chat.said", "floor.given", "statement.done", "caucus.opened", "caucus.closed", "recording.segment", "draft.seeded", "link.opened"}


def taken(profile, seat: str = "") -> set[str]:
    return {kind for kind in KINDS if takes(profile, kind, {"seat": "s1"}, {seat})}


def test_the_archive_has_everything() -> None:
    assert taken(FULL) == set(KINDS) and FULL.recordings and FULL.agreement


def test_a_court_that_confirms_gets_the_agreement_and_how_it_was_made_and_not_the_talk() -> None:
    assert SUCCESS.agreement and not SUCCESS.recordings
    assert {"agreement.signed", "identity.verified", "consent.given"} <= taken(SUCCESS) and not taken(SUCCESS) & SAID
    assert {"performance.begun", "obligation.breached", "receipt.told"} <= taken(SUCCESS), "for the enforcement"
    assert not taken(SUCCESS) & {"visit.noted", "case.closed"}, "the office's own"


def test_a_court_that_takes_over_learns_no_concession() -> None:
    """在线调解规则 18."""
    assert not FAILURE.agreement and not FAILURE.recordings
    assert not taken(FAILURE) & (
        SAID
        | {
            "agreement.signed",
            "agreement.effective",
            "draft.frozen",
            "case.refused",
            "case.declined",
            "case.taken_up",
            "case.closed",
            "receipt.told",
        }
    )
    assert {"case.reported", "session.opened"} <= taken(FAILURE)


@given(st.sampled_from(KINDS), st.sampled_from(["s1", "s2", "m"]), st.sampled_from(["s1", "s2"]))
def test_a_partys_copy_tells_nothing_of_another_seat_but_what_it_said_to_all(kind: str, seat: str, owner: str) -> None:
    if takes(PARTY, kind, {"seat": seat}, {owner}):
        assert seat == owner or kind == "chat.said"
    assert takes_consents(PARTY, seat, {owner}) == (seat == owner)


def test_a_partys_copy_has_what_its_own_agreement_hashes_to_and_nothing_else_of_the_case() -> None:
    told = {kind for kind in KINDS if takes(PARTY, kind, {}, {"s1"})}
    assert {kind for kind in told if kind.startswith("case.")} == {"case.agreed"}
    assert not told & {"consent.given", "identity.verified", "caucus.opened", "performance.begun", "receipt.told"}


@given(st.sampled_from(sorted(PROFILES)), st.text(max_size=20))
def test_a_kind_that_nobody_has_thought_of_stays_behind(name: str, kind: str) -> None:
    assert name in {"full", "caucus"} or not takes(PROFILES[name], f"unheard_of.{kind}", {}, {"s1"})


def test_the_verifier_knows_all_of_them() -> None:
    assert set(verifier.PROFILES) == set(PROFILES)
