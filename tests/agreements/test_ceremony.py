"""The signing ceremony: its order, its refusals, and that events alone rebuild it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agreements import ceremony as c
from agreements.ceremony import CeremonyError, Signer, Stage

SIGNERS = [Signer("p1", "party"), Signer("p2", "party"), Signer("m1", "mediator")]
CLAUSES = ("facts", "terms-1")


class Play:
    """Applies commands and keeps the events."""

    def __init__(self, signers=SIGNERS):
        self.signers = signers
        self.state = c.begin(signers)
        self.events = []

    def do(self, command):
        events = c.decide(self.state, command)
        for event in events:
            self.state = c.evolve(self.state, event)
        self.events += events
        return events

    def freeze(self):
        return self.do(c.Freeze(self.state.revision, "text", "f0", CLAUSES))

    def confirm_all(self):
        for seat in self.state.parties():
            for clause in CLAUSES:
                self.do(c.ConfirmClause(self.state.revision, seat, clause, "text"))
            self.do(c.ConsentToSign(self.state.revision, seat))

    def sign(self, seat, text="text", base=None):
        base = self.state.file_hash if base is None else base
        return self.do(c.Sign(self.state.revision, seat, text, base, base + "+" + seat))

    def to_signing(self):
        self.freeze()
        self.confirm_all()
        self.do(c.OpenSigning(self.state.revision))
        return self


def refused(play, command):
    with pytest.raises(CeremonyError) as error:
        play.do(command)
    return error.value.code


def test_the_whole_way():
    play = Play().to_signing()
    for seat in ("p2", "p1", "m1"):
        play.sign(seat)
    assert play.state.stage is Stage.SEALING
    play.do(c.Seal(1, play.state.file_hash, "sealed"))
    assert refused(play, c.Accept(1, "sealed", False)) == "invalid_file"
    assert refused(play, c.Accept(1, "other", True)) == "other_file"
    play.do(c.Accept(1, "sealed", True))
    assert play.state.stage is Stage.EFFECTIVE
    assert c.replay(SIGNERS, play.events) == play.state
    assert refused(play, c.Reopen(1, "p1", "late")) == "wrong_stage"
    assert refused(play, c.Refuse(1, "p1")) == "wrong_stage"


def test_freezing_needs_a_complete_text_on_which_e_signature_is_allowed():
    play = Play()
    assert refused(play, c.Freeze(0, "t", "f", CLAUSES, missing=("deadline_missing",))) == "incomplete"
    assert refused(play, c.Freeze(0, "t", "f", ())) == "incomplete"
    assert refused(play, c.Freeze(0, "t", "f", CLAUSES, paper_only="personal_status")) == "paper_only"
    assert refused(play, c.Freeze(1, "t", "f", CLAUSES)) == "stale_revision"


def test_confirmation():
    play = Play()
    play.freeze()
    assert refused(play, c.ConfirmClause(1, "m1", "facts", "text")) == "not_a_party"
    assert refused(play, c.ConfirmClause(1, "p1", "facts", "other")) == "other_text"
    assert refused(play, c.ConfirmClause(1, "p1", "poem", "text")) == "unknown_clause"
    assert refused(play, c.ConfirmClause(1, "x", "facts", "text")) == "not_a_signer"
    play.do(c.ConfirmClause(1, "p1", "facts", "text"))
    assert play.do(c.ConfirmClause(1, "p1", "facts", "text")) == []
    with pytest.raises(CeremonyError) as error:
        play.do(c.OpenSigning(1))
    assert ("p2", "terms-1") in error.value.data["open"]


def test_signing():
    play = Play()
    play.freeze()
    for seat in ("p1", "p2"):
        for clause in CLAUSES:
            play.do(c.ConfirmClause(1, seat, clause, "text"))
    play.do(c.OpenSigning(1))
    assert refused(play, c.Sign(1, "p1", "text", "f0", "f1")) == "no_consent"
    play.do(c.ConsentToSign(1, "p1"))
    play.do(c.ConsentToSign(1, "p2"))
    assert refused(play, c.Sign(1, "m1", "text", "f0", "f1")) == "too_early"
    assert refused(play, c.Sign(1, "p1", "other", "f0", "f1")) == "other_text"
    assert refused(play, c.Sign(1, "p1", "text", "f0", "f0")) == "unchanged_file"
    play.sign("p1")
    assert refused(play, c.Sign(1, "p1", "text", play.state.file_hash, "f2")) == "already_signed"
    assert refused(play, c.Sign(1, "p2", "text", "f0", "f2")) == "stale_file"
    assert refused(play, c.Seal(1, play.state.file_hash, "s")) == "wrong_stage"
    assert refused(play, c.Accept(1, "s", True)) == "wrong_stage"


def test_an_objection_voids_everything():
    play = Play().to_signing()
    play.sign("p1")
    play.do(c.Reopen(1, "p2", "金额不对", "terms-1"))
    assert play.state.stage is Stage.DRAFTING
    assert (play.state.signed, play.state.confirmed, play.state.content_hash) == ((), frozenset(), "")
    play.freeze()
    assert play.state.revision == 2
    assert refused(play, c.ConfirmClause(1, "p1", "facts", "text")) == "stale_revision"
    assert play.state.consented == {"p1", "p2"}


def test_refusal_ends_without_more():
    play = Play().to_signing()
    assert play.do(c.Refuse(1, "p2")) == [c.Ended("p2")]
    assert play.state.stage is Stage.ENDED
    assert {name for name, stages in c.ALLOWED.items() if Stage.ENDED in stages} == {"Reopen"}


def test_after_a_refusal_the_mediator_alone_goes_back_to_drafting():
    play = Play().to_signing()
    play.sign("p1")
    play.do(c.Refuse(1, "p2"))
    for party in ("p1", "p2"):
        assert refused(play, c.Reopen(1, party, "金额不对")) == "mediator_reopens"
    play.do(c.Reopen(1, "m1", "再商量"))
    assert (play.state.stage, play.state.signed, play.state.confirmed) == (Stage.DRAFTING, (), frozenset())
    play.freeze()
    assert refused(play, c.Sign(2, "p2", "text", "f0", "f1")) == "wrong_stage", "whoever refused confirms and signs anew"
    play.confirm_all()
    play.do(c.OpenSigning(2))
    for seat in ("p2", "p1", "m1"):
        play.sign(seat)
    assert play.state.stage is Stage.SEALING
    assert c.replay(SIGNERS, play.events) == play.state


def test_a_recorder_signs_after_the_mediator():
    play = Play([*SIGNERS, Signer("r1", "recorder")]).to_signing()
    play.sign("p1")
    play.sign("p2")
    assert refused(play, c.Sign(1, "r1", "text", play.state.file_hash, "x")) == "too_early"
    play.sign("m1")
    assert play.state.stage is Stage.SIGNING
    play.sign("r1")
    assert play.state.stage is Stage.SEALING


@pytest.mark.parametrize("signers", [[], SIGNERS[:2], [*SIGNERS, SIGNERS[0]], [*SIGNERS, Signer("x", "witness")]])
def test_bad_signers(signers):
    with pytest.raises(CeremonyError):
        c.begin(signers)


@pytest.mark.parametrize("name", sorted(c.ALLOWED))
def test_the_table_knows_every_command(name):
    assert issubclass(getattr(c, name), c.Freeze.__base__)


def on_paper(pages=2):
    play = Play()
    play.do(c.Freeze(0, "text", "f0", CLAUSES, paper_only="personal_status", way=c.Way.PAPER, pages=pages))
    for seat in play.state.parties():
        for clause in CLAUSES:
            play.do(c.ConfirmClause(1, seat, clause, "text"))
    play.do(c.OpenSigning(1))
    return play


def test_on_paper_the_pages_come_back_and_the_mediator_states_who_signed():
    play = on_paper()
    assert play.state.stage is Stage.PAPER, "nobody had to consent to an electronic signature"
    assert refused(play, c.Sign(1, "p1", "text", "f0", "f1")) == "wrong_stage"
    assert refused(play, c.TakePage(1, 3, "l3", "p", "s")) == "sheet_unknown"
    play.do(c.TakePage(1, 2, "l2", "p", "s"))
    assert play.do(c.TakePage(1, 2, "l2", "p", "s")) == []
    with pytest.raises(CeremonyError) as error:
        play.do(c.Attest(1, "m1", "text", ("", "l2"), "f1"))
    assert (error.value.code, error.value.data["missing"]) == ("pages_missing", [1])
    play.do(c.TakePage(1, 1, "l1", "p", "s"))
    play.do(c.TakePage(1, 1, "l1 again", "p", "s"))
    assert refused(play, c.DropPage(1, 1, "l1")) == "other_page"
    assert refused(play, c.DropPage(1, 2, "")) == "other_page"
    assert refused(play, c.Attest(1, "m1", "text", ("l1", "l2"), "f1")) == "other_page"
    assert refused(play, c.Attest(1, "m1", "other", ("l1 again", "l2"), "f1")) == "other_text"
    assert refused(play, c.Attest(1, "p1", "text", ("l1 again", "l2"), "f1")) == "not_the_mediator"
    play.do(c.Attest(1, "m1", "text", ("l1 again", "l2"), "f1"))
    play.do(c.Seal(1, "f1", "sealed"))
    play.do(c.Accept(1, "sealed", True))
    assert play.state.stage is Stage.EFFECTIVE
    assert refused(play, c.TakePage(1, 1, "late", "p", "s")) == "wrong_stage"
    assert c.replay(SIGNERS, play.events) == play.state


def test_an_objection_on_paper_throws_the_pages_away():
    play = on_paper()
    play.do(c.TakePage(1, 1, "l1", "p", "s"))
    play.do(c.DropPage(1, 1, "l1"))
    play.do(c.TakePage(1, 1, "l1", "p", "s"))
    play.do(c.Reopen(1, "p1", "金额不对"))
    assert (play.state.leaves, play.state.way) == ((), c.Way.ELECTRONIC)
    play.freeze()
    assert play.state.leaves == ()


class AnyOrder(RuleBasedStateMachine):
    """Whatever is tried in whatever order, what stands was earned."""

    def __init__(self):
        super().__init__()
        self.play = Play()
        self.count = 0

    def attempt(self, command):
        try:
            self.play.do(command)
        except CeremonyError:
            pass

    @rule(way=st.sampled_from(list(c.Way)))
    def freeze(self, way):
        self.attempt(c.Freeze(self.play.state.revision, "text", "f0", CLAUSES, way=way, pages=2))

    @rule(page=st.integers(0, 3), leaf=st.sampled_from(["", "a", "b"]), take=st.booleans())
    def page(self, page, leaf, take):
        revision = self.play.state.revision
        self.attempt(c.TakePage(revision, page, leaf, "p", "s") if take else c.DropPage(revision, page, leaf))

    @rule(seat=st.sampled_from(["p1", "m1"]), seen=st.none() | st.just(("a", "b")))
    def attest(self, seat, seen):
        self.count += 1
        self.attempt(c.Attest(self.play.state.revision, seat, "text", self.play.state.leaves if seen is None else seen, f"f{self.count}"))

    @rule(seat=st.sampled_from(["p1", "p2", "m1"]), clause=st.sampled_from(CLAUSES))
    def confirm(self, seat, clause):
        self.attempt(c.ConfirmClause(self.play.state.revision, seat, clause, "text"))
        self.attempt(c.ConsentToSign(self.play.state.revision, seat))

    @rule(stale=st.booleans())
    def open_signing(self, stale):
        self.attempt(c.OpenSigning(self.play.state.revision - stale))

    @rule(seat=st.sampled_from(["p1", "p2", "m1"]))
    def sign(self, seat):
        self.count += 1
        self.attempt(c.Sign(self.play.state.revision, seat, "text", self.play.state.file_hash, f"f{self.count}"))

    @rule(valid=st.booleans())
    def seal(self, valid):
        self.attempt(c.Seal(self.play.state.revision, self.play.state.file_hash, "sealed"))
        self.attempt(c.Accept(self.play.state.revision, "sealed", valid))

    @rule(seat=st.sampled_from(["p1", "m1"]))
    def reopen(self, seat):
        refused = self.play.state.stage is Stage.ENDED
        self.attempt(c.Reopen(self.play.state.revision, seat, "x"))
        if refused:
            assert self.play.state.stage is (Stage.DRAFTING if seat == "m1" else Stage.ENDED)

    @rule(seat=st.sampled_from(["p1", "p2"]))
    def refuse(self, seat):
        self.attempt(c.Refuse(self.play.state.revision, seat))

    @invariant()
    def what_stands_was_earned(self):
        state = self.play.state
        if state.signed:
            assert state.confirmed == {(seat, clause) for seat in ("p1", "p2") for clause in CLAUSES}
        if "m1" in state.signed:
            assert state.signed[-1] == "m1"
            assert len(state.signed) == 3
        if state.leaves:
            assert state.way is c.Way.PAPER and not state.signed
        if state.stage in {Stage.PAPER, Stage.SIGNING}:
            assert (state.stage is Stage.PAPER) == (state.way is c.Way.PAPER)
        if state.sealed:
            assert all(state.leaves) if state.way is c.Way.PAPER else len(state.signed) == 3
        if state.stage is Stage.EFFECTIVE:
            assert state.sealed
        if state.stage is Stage.DRAFTING:
            assert not (state.confirmed or state.signed or state.leaves or state.sealed or state.content_hash)
        assert c.replay(SIGNERS, self.play.events) == state


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
