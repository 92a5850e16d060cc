"""What the written record notes by itself: for each kind of event that belongs there, its line. In Chinese, which is the language of the file. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cases.clock import COUNTY_TIME
from cases.ports import Happened
from cases.vocabulary import PAUSES, STAGE_NAMES, SeatRole, SessionStage
from rooms.room import Room
from rooms.written_record import Kind

Told = tuple[Kind, str, str]
"""Kind, seat of who said it (empty: nobody), text."""
ROLES = {
    SeatRole.MEDIATOR: "调解员",
    SeatRole.CO_MEDIATOR: "协办调解员",
    SeatRole.PARTY: "当事人",
    SeatRole.EXPERT: "专家",
    SeatRole.OBSERVER: "旁听人员",
    SeatRole.RECORDER: "记录员",
    SeatRole.DEVICE: "设备",
}
CONSENTS = {"online": "在线调解", "recording": "录音录像", "signature": "电子签名", "expert": "邀请专家参加"}


def told_of(room: Room, event: Happened) -> Told | None:
    """The line that an event makes, or None: most make none, and what happens in a private talk makes none at all."""
    told = NOTES.get(event.kind) if event.chain == "main" else None
    line = told(room, event.payload) if told is not None else None
    return line if line is not None and line[2] else None


def who(room: Room, seat: str) -> str:
    """当事人李某, or 赵某（李某的法定代理人）."""
    found = room.seats.get(seat)
    if found is None:
        return "某席位"
    return found.name if found.acts else f"{ROLES[found.role]}{found.name}"


def _of(words: str) -> Callable[[Room, Mapping[str, Any]], Told]:
    """A sentence about the seat that an event names."""
    return lambda room, payload: (Kind.STEP, "", words.format(who=who(room, str(payload.get("seat", "")))))


def _always(words: str) -> Callable[[Room, Mapping[str, Any]], Told]:
    return lambda room, payload: (Kind.STEP, "", words)


def _consent(words: str) -> Callable[[Room, Mapping[str, Any]], Told]:
    """`words`, with what it is about in the braces."""

    def told(room: Room, payload: Mapping[str, Any]) -> Told:
        point = CONSENTS.get(str(payload["point"]), "")
        return Kind.STEP, "", f"{who(room, str(payload['seat']))}{words.format(point)}。" if point else ""

    return told


def _authorised(room: Room, payload: Mapping[str, Any]) -> Told:
    power = "特别授权" if payload.get("authority") == "special" else "一般授权"
    return Kind.STEP, "", f"{who(room, str(payload['seat']))}出示授权委托书：{power}。"


def _stage(room: Room, payload: Mapping[str, Any]) -> Told:
    return Kind.STEP, "", f"进入“{STAGE_NAMES[SessionStage(payload['to'])]}”环节。"


def _said(room: Room, payload: Mapping[str, Any]) -> Told:
    return Kind.SAID, str(payload["seat"]), str(payload["text"])


def _ended(room: Room, payload: Mapping[str, Any]) -> Told:
    reason = str(payload.get("reason", ""))
    return Kind.STEP, "", f"调解结束。{reason}" if reason else "调解结束。"


def _why(reason: str, said: str) -> str:
    if not said:
        return PAUSES[reason]
    return said if reason == "other" else f"{PAUSES[reason]}：{said}"


def _started(room: Room, payload: Mapping[str, Any]) -> Told:
    since = payload.get("since")
    if not since:
        return Kind.STEP, "", "开始录音录像。"
    at = datetime.fromisoformat(str(since)).astimezone(COUNTY_TIME)
    minutes, seconds = divmod(int(payload["seconds"]), 60)
    lasted = f"{minutes}分{seconds:02d}秒" if minutes else f"{seconds}秒"
    return Kind.STEP, "", f"录音录像恢复，此前自{at:%H时%M分}起没有录，共{lasted}。"


def _stopped(room: Room, payload: Mapping[str, Any]) -> Told:
    reason = payload.get("reason")
    if reason in {"ended", "archive"}:
        return Kind.STEP, "", "录音录像结束。"
    if reason in PAUSES:
        said = str(payload.get("text", ""))
        return Kind.STEP, "", f"录音录像暂停（{_why(str(reason), said)}），本笔录继续。"
    words = {
        "consent": "因当事人不同意，录音录像停止",
        "withdrawn": "因当事人撤回同意，录音录像停止",
        "unanswered": "有当事人还没有表示是否同意，录音录像停止",
    }
    return Kind.STEP, "", f"{words.get(str(reason), '录音录像停止')}，本笔录继续。"


def _beside(room: Room, payload: Mapping[str, Any]) -> Told:
    return (
        Kind.STEP,
        "",
        f"{who(room, str(payload['seat']))}与{who(room, str(payload.get('with', '')))}使用同一台设备，各自确认、各自签名。",
    )


def _verified(room: Room, payload: Mapping[str, Any]) -> Told:
    person = who(room, str(payload.get("seat", "")))
    if payload.get("method") == "provider":
        return Kind.STEP, "", f"{person}通过{payload.get('provider', '')}核验身份，结果一致。"
    return Kind.STEP, "", f"调解员通过视频核对{person}的身份证件，人证相符。"


KINDS = {"voice": "录音陈述", "video": "录像陈述"}


def _statement(words: str, recorded: str) -> Callable[[Room, Mapping[str, Any]], Told]:
    """`words` about the seat's statement from afar: who, when it was given, its hash. `recorded`: the same of one with a recording, how long it is, and its hash too."""

    def told(room: Room, payload: Mapping[str, Any]) -> Told:
        at = datetime.fromisoformat(str(payload["given_at"])).astimezone(COUNTY_TIME)
        when = f"{at.year}年{at.month}月{at.day}日{at:%H时%M分}"
        person, recording = who(room, str(payload.get("seat", ""))), payload.get("recording")
        if recording is None:
            return Kind.STEP, "", words.format(who=person, when=when, sha256=payload["sha256"])
        seconds = round(recording["ms"] / 1000)
        lasts = f"{seconds // 60}分{seconds % 60}秒" if seconds >= 60 else f"{seconds}秒"
        told = {"who": person, "when": when, "kind": KINDS[payload["kind"]], "lasts": lasts}
        return Kind.STEP, "", recorded.format(sha256=payload["sha256"], file=recording["sha256"], **told)

    return told


NOTES: dict[str, Callable[[Room, Mapping[str, Any]], Told]] = {
    "session.opened": lambda room, payload: (Kind.STEP, "", f"调解开始，由{who(room, 'm')}主持。"),
    "session.vacated": _always("本案由综治中心提级办理，本场调解中止，座位和入场链接全部收回。"),
    "session.taken_up": lambda room, payload: (
        Kind.STEP,
        "",
        f"调解继续，改由{who(room, 'm')}主持，从核验身份重新开始；此前由{who(room, str(payload.get('former', '')))}主持。",
    ),
    "seat.admitted": _of("{who}到场。"),
    "seat.returned": _of("{who}重新到场。"),
    "seat.beside": _beside,
    "seat.left": lambda room, payload: (
        Kind.STEP,
        "",
        f"{who(room, str(payload.get('seat', '')))}{'断线未归，按离开记' if payload.get('away') else '离开'}。",
    ),
    "seat.removed": _of("{who}被请离会场。"),
    "seat.expired": _of("{who}的时间已到，离开。"),
    "identity.verified": _verified,
    "notice.confirmed": _of("{who}表示已了解调解中的权利和义务。"),
    "consent.given": _consent("同意{}"),
    "consent.refused": _consent("不同意{}"),
    "consent.withdrawn": _consent("撤回对{}的同意"),
    "recording.started": _started,
    "recording.stopped": _stopped,
    "recording.failed": _of("{who}的录音录像有一段未能录上。"),
    "seat.authorised": _authorised,
    "stage.moved": _stage,
    "statement.done": _of("{who}陈述完毕。"),
    "statement.presented": _statement(
        "{who}没有到场，调解员向各方出示其于{when}提交的文字陈述（非同步陈述，SHA-256：{sha256}）。",
        "{who}没有到场，调解员向各方出示其于{when}提交的{kind}（非同步陈述，时长{lasts}，文件SHA-256：{file}；文字要点SHA-256：{sha256}）。",
    ),
    "statement.heard": _statement(
        "调解员宣读了{who}于{when}提交的文字陈述，宣读完毕。",
        "调解员播放了{who}于{when}提交的{kind}（时长{lasts}），并宣读其文字要点，播放、宣读完毕。",
    ),
    "chat.said": _said,
    "caucus.opened": _always("调解员与部分当事人背对背谈话，内容不入本笔录。"),
    "caucus.closed": _always("背对背谈话结束。"),
    "draft.frozen": _always("协议文本定稿，交当事人逐条确认。"),
    "agreement.voided": _always("协议文本退回修改，此前的确认和签名作废。"),
    "oral.read": _always("调解员宣读口头协议内容。"),
    "oral.confirmed": _of("{who}确认口头协议内容，认为不需要制作调解协议书。"),
    "oral.stated": _of("{who}当面确认口头协议内容，由调解员代为登记。"),
    "oral.doubted": _of("{who}对口头协议内容提出意见。"),
    "oral.concluded": _always("各方达成口头协议，由调解员登记。"),
    "agreement.paperopened": _always("协议书打印后在纸上签名、捺指印。"),
    "agreement.attested": _always("各方在纸质协议书上签名、捺指印，调解员逐页核对后归档。"),
    "agreement.signed": _of("{who}在协议书上签名。"),
    "agreement.effective": _always("协议书签署完毕并生效。"),
    "session.ended": _ended,
}
