"""Random walks over the case machine, from every stage: every role, every action; what is forbidden never happens, a refusal changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given, note, settings
from hypothesis import strategies as st

from cases import escalation
from cases.actor import Actor
from cases.case import TRANSITIONS, Case, Numbering, agreement_sealed, open_case, session_failed, session_opened, standings
from cases.commands import casework as c
from cases.commands.archiving import ArchiveFile, TakeOutFile
from cases.commands.declining import DeclineReport, TakeUp
from cases.commands.escalation import AnswerEscalation, Escalate, WithdrawEscalation
from cases.commands.joint import AskJoint, DeclineJoint, JoinCase, LeaveJoint, ReleaseJoint
from cases.commands.matters import AnswerMatter
from cases.commands.public_code import RenewCode
from cases.errors import Refusal
from cases.permissions import MEETING, may
from cases.spoken import Spoken
from cases.terms import lapsed_for, mark_unanswered
from cases.vocabulary import Action, CaseStage, DeclineReason, DisputeKind, MatterOutcome
from realtime.audience import fragments, view_of
from realtime.patch import apply, diff
from storage.dossier import Dossier
from tests.cases.test_case import ACTORS, ASSIGNED, HANDED_OVER, NOW, REPORT, apply_command, case, taken

STEPS, EXAMPLES = 12, 20
"""Of each walk, and walks from each beginning."""


class TimeIsOver:
    """What the clock does of itself, once the time to answer an order is over."""


ACTIONS: dict[type, Action] = {
    c.Classify: Action.CLASSIFY, c.Dispatch: Action.DISPATCH, c.Accept: Action.ACCEPT, c.Refuse: Action.REFUSE,
    c.AddParty: Action.ADD_PARTY, c.GiveBack: Action.GIVE_BACK, c.Withdraw: Action.WITHDRAW, c.CloseCase: Action.CLOSE_CASE,
    c.WriteDown: Action.WRITE_DOWN, AskJoint: Action.ASK_JOINT, JoinCase: Action.JOIN, DeclineJoint: Action.DECLINE_JOINT,
    LeaveJoint: Action.LEAVE_JOINT, ReleaseJoint: Action.RELEASE_JOINT, Escalate: Action.ESCALATE,
    AnswerEscalation: Action.ANSWER_ESCALATION, WithdrawEscalation: Action.WITHDRAW_ESCALATION,
    DeclineReport: Action.DECLINE_REPORT, TakeUp: Action.TAKE_UP, AnswerMatter: Action.ANSWER_MATTER, RenewCode: Action.RENEW_CODE,
    TimeIsOver: Action.MARK_UNANSWERED, ArchiveFile: Action.ARCHIVE_FILE, TakeOutFile: Action.TAKE_OUT_FILE,
}  # fmt: skip
MOVES = {AnswerEscalation: Action.TAKE_OVER}
"""Where a case that moves does so by another action than the command's own."""
JOINT = [
    AskJoint("k1", "liulin", "两镇的地界", ["he", "lin"], "柳林镇调委会"),
    AskJoint("k1", "trade", "懂行业", ["fang"], "行业调委会"),
    AskJoint("k1", "committee", "自己人", ["chen"], "县调委会"),
    *(JoinCase("k1", share) for share in ("j1", "j2")),
    *(DeclineJoint("k1", share, "走不开", conflict) for share in ("j1", "j2") for conflict in (False, True)),
    LeaveJoint("k1", "调走了"),
    *(ReleaseJoint("k1", share, "已经谈好") for share in ("j1", "j2")),
]
ESCALATIONS = [
    Escalate("k1", "双方分歧太大"),
    WithdrawEscalation("k1"),
    AnswerEscalation("k1", "instruct", "请村委会一起到场"),
    AnswerEscalation("k1", "take", "由县里办"),
    AnswerEscalation("k1", "take"),
]
COMMANDS = [
    c.Classify("k1", "邻里"),
    c.Classify("k1", "其他", DisputeKind.MATTER),
    ASSIGNED,
    HANDED_OVER,
    c.Accept("k1"),
    c.Refuse("k1", "与当事人相识"),
    c.GiveBack("k1", "生病住院", conflict=True),
    c.AddParty("k1", "赵某", "respondent"),
    c.Withdraw("k1"),
    c.CloseCase("k1"),
    c.WriteDown("k1", "楼上漏水，找过两次。"),
    DeclineReport("k1", DeclineReason.ELSEWHERE, "请到法院起诉"),
    TakeUp("k1", "再看一看"),
    AnswerMatter("k1", MatterOutcome.DONE, "路灯修好了"),
    RenewCode("k1", "二维码被人拍走"),
    TimeIsOver(),
    ArchiveFile("k1", "档案室", "原件遗失"),
    TakeOutFile("k1", "补一页"),
    *JOINT,
    *ESCALATIONS,
]
STEP = [(who, command) for command in reversed(COMMANDS) for who in ACTORS]


def begun(*steps: tuple[str, object], of: Callable[[], Case] = case) -> Callable[[], Case]:
    """A case for which these have done that already."""

    def made() -> Case:
        file = of()
        for who, command in steps:
            do(file, command, ACTORS[who])
        return file

    return made


def told() -> Case:
    """By voice, with no word of it written."""
    asked = msgspec.structs.replace(REPORT, title="", facts="")
    spoken = Spoken("s1", "0" * 64, 3000, 30_000, "audio/webm")
    return open_case(asked, Numbering("k1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", False, spoken=spoken)[0]


def mediating() -> Case:
    file = taken()
    session_opened(file, "k1-r", NOW, "王调解员")
    return file


def agreed() -> Case:
    file = mediating()
    agreement_sealed(file, NOW)
    return file


def failed() -> Case:
    file = mediating()
    session_failed(file, NOW, "谈不拢")
    return file


BEGUN: dict[str, Callable[[], Case]] = {
    "reported": case,
    "told": told,
    "dispatched": begun(("centre", ASSIGNED)),
    "declined": begun(("centre", DeclineReport("k1", DeclineReason.ELSEWHERE, "请到法院起诉"))),
    "taken": taken,
    "a matter": begun(("wang", c.Classify("k1", "其他", DisputeKind.MATTER)), of=taken),
    "before the centre": begun(("wang", ESCALATIONS[0]), of=taken),
    "asked to join": begun(("centre", JOINT[0]), ("wang", JOINT[1]), of=taken),
    "joined": begun(("wang", JOINT[0]), ("he", JOINT[3]), of=mediating),
    "mediating": mediating,
    "agreed": agreed,
    "failed": failed,
    "closed": begun(("wang", c.CloseCase("k1")), of=agreed),
    "archived": begun(("wang", c.CloseCase("k1")), ("wang", ArchiveFile("k1", "档案室", "原件遗失")), of=failed),
    "withdrawn": begun(("reporter", c.Withdraw("k1"))),
}


def do(file: Case, command: Any, actor: Actor) -> None:
    if isinstance(command, TimeIsOver):
        mark_unanswered(file, actor, file.answer_by or NOW)
    else:
        apply_command(file, command, actor)


def open_to(file: Case) -> dict[Action, list[tuple[str, object]]]:
    """Action → who may do what by it now."""
    found: dict[Action, list[tuple[str, object]]] = {}
    for who, command in STEP:
        if may(standings(file, ACTORS[who]), ACTIONS[type(command)], file.stage) and put_to(file, command, ACTORS[who]):
            found.setdefault(ACTIONS[type(command)], []).append((who, command))
    return found


def test_random_walks_from_every_stage() -> None:
    done: Counter[Action] = Counter()
    reached: set[CaseStage] = set()
    for name in BEGUN:
        _walk(name, done, reached)
    assert set(ACTIONS.values()) - done.keys() == set(), "somebody has done each of them"
    assert set(CaseStage) - reached == set()


def _walk(name: str, done: Counter[Action], reached: set[CaseStage]) -> None:
    @settings(max_examples=EXAMPLES)
    @given(st.data())
    def walk(data: st.DataObject) -> None:
        file = BEGUN[name]()
        note(f"from {name}")
        tried: set[Action] = set()
        for _ in range(STEPS):
            # What nobody has tried in this walk yet: else most would go on with the little that is permitted in every stage.
            permitted = {action: steps for action, steps in open_to(file).items() if action not in tried}
            if permitted and data.draw(st.booleans(), "what is permitted"):
                action = data.draw(st.sampled_from(list(permitted)), "action")
                who, command = data.draw(st.sampled_from(permitted[action]), "step")
                tried.add(action)
            else:
                who, command = data.draw(st.sampled_from(STEP), "step")
            if step(file, who, command):
                done[ACTIONS[type(command)]] += 1
            reached.add(file.stage)

    walk()


def step(file: Case, who: str, command: Any) -> bool:
    """Whether it was done. What must hold of it holds."""
    actor, action, before, stage = ACTORS[who], ACTIONS[type(command)], msgspec.json.encode(file), file.stage
    held = standings(file, actor)
    try:
        do(file, command, actor)
    except Refusal as refused:
        assert msgspec.json.encode(file) == before, "a refusal changed the case"
        if may(held, action, stage) and put_to(file, command, actor):
            assert refused.code not in {"not_allowed", "wrong_stage"}, f"{who} may {command} in {stage}"
        return False
    again = isinstance(command, c.Accept) and file.mediator is not None and file.mediator.account == actor.id
    again = again or (isinstance(command, JoinCase) and any(share.account == actor.id and share.assists for share in file.joint))
    assert may(held, action, stage) or again, f"{who} {command} in {stage}"
    if file.stage is not stage:
        assert file.stage in {TRANSITIONS.get((stage, action)), TRANSITIONS.get((stage, MOVES.get(type(command), action)))}
    holds(file)
    if isinstance(command, TimeIsOver):
        assert file.stage is CaseStage.REPORTED and not file.offered_to and file.came_back, "it came back to nobody but the centre"
    shown(file, msgspec.json.decode(before, type=Case))
    return may(held, action, stage)


def holds(file: Case) -> None:
    """Of every case, whatever was done."""
    assert [s.stage for s in file.history][-1] is file.stage
    assert escalation.waiting(file) is None or file.stage in MEETING
    assert bool(file.offered_to) or file.stage is not CaseStage.DISPATCHED
    assert file.archived is None or file.stage is CaseStage.CLOSED
    assert (file.declined is not None) == (file.stage is CaseStage.DECLINED)
    assert file.answered is None or (file.stage is CaseStage.CLOSED and file.kind is DisputeKind.MATTER)


def put_to(file: Case, command: Any, actor: Actor) -> bool:
    """Whoever is asked by one request answers no other."""
    answers = isinstance(command, JoinCase | DeclineJoint)
    return not answers or any(one.id == command.share and one.waits and actor.id in one.asked for one in file.joint)


def shown(file: Case, before: Case) -> None:
    """What was shown and the events make what is shown now; a desk has the case while its account has a share, and no one's page is open who has none."""
    old, new = fragments(Dossier(before)), fragments(Dossier(file))
    for name in old.keys() | new.keys():
        assert apply(old.get(name, {}), diff(old.get(name, {}), new.get(name, {}))) == new.get(name, {})
    for actor in (ACTORS[who] for who in ("he", "lin", "fang", "chen")):
        mine = {part: set(rows) for part, rows in new.get(f"desk/{actor.id}|own", {}).items()}
        assists = any(share.assists and share.account == actor.id for share in file.joint)
        asked = any(share.waits and actor.id in share.asked for share in file.joint)
        leads = file.mediator is not None and file.mediator.account == actor.id
        assert ("k1" in mine.get("cases", set())) == (assists or leads) and ("k1" in mine.get("requests", set())) == asked
        view = view_of(actor, "case/k1", Dossier(file))
        offered = file.stage is CaseStage.DISPATCHED and actor.id in file.offered_to
        assert ("k1" in mine.get("orders", set())) == offered and not (offered and lapsed_for(file, actor.id))
        assert view == ("staff" if assists or leads else "offer" if asked or offered else None), actor.id
        assert view != "offer" or "李某" not in str(new["case/k1|offer"])
    # What lead and centre write to each other is the office's: no list of others, no page of a party or of the public has it.
    told = [words for one in file.escalations for words in (one.reason, one.words) if words]
    office = {"case/k1|staff"}
    assert not any(words in str(doc) for name, doc in new.items() if name not in office for words in told)
