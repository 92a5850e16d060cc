"""The printed invitation to a mediation (调解邀请函): when and where, what to bring, and two ways in: a QR code, and a number with an entry code to be typed.

For one party. It names nobody else and nothing of the matter. Top-level `print_invitation` takes and returns plain data: a process pool can run it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from agreements.fonts import FontDirs, width
from agreements.layout import Block, chinese_date
from agreements.printing import Foot, Prose, Style, build, draw_code, draw_line
from agreements.record_pdf import printable
from cases.clock import COUNTY_TIME

TITLE = "调解邀请函"
STYLES = {
    "title": Style("serif-bold", 24, 38, align="centre", after=2),
    "number": Style("serif", 12, 20, align="right", after=6),
    "body": Style("serif", 14, 25, indent=2),
    "plain": Style("serif", 14, 25),
    "head": Style("serif-bold", 14, 25, before=6),
    "line": Style("serif", 13, 22),
    "sign": Style("serif", 14, 24, align="right"),
}
WEEKDAYS = "一二三四五六日"


class InvitationFacts(msgspec.Struct, frozen=True):
    """`start` None: no time is fixed yet; `place` empty: online; `url`: the party's own link; `until`: when link and code end; `on`: today."""

    number: str
    code: str
    committee: str
    mediator: str
    name: str
    start: datetime | None
    minutes: int
    place: str
    url: str
    enter: str
    entry_code: str
    until: datetime
    phone: str
    on: datetime


class _Ways(Flowable):
    """The QR code, and beside it what is typed where nobody can scan it."""

    SIDE = 38 * mm

    def __init__(self, facts: InvitationFacts, font_dirs: FontDirs) -> None:
        super().__init__()
        self.facts, self.fonts = facts, font_dirs

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        return available, self.SIDE + 4 * mm

    def draw(self) -> None:
        facts, left = self.facts, self.SIDE + 6 * mm
        draw_code(self.canv, facts.url, 0, self.SIDE + 2 * mm, self.SIDE)
        lines = [
            (35, "sans", 12, "办法一：用手机扫左边的二维码"),
            (27, "sans", 12, "办法二：打开下面的网址，输入编号和入场码"),
            (20.5, "sans", 11, facts.enter),
            (12.5, "sans", 12, f"编号　{facts.code}"),
            (4, "sans", 12, "入场码"),
        ]
        for up, face, size, text in lines:
            # A long address is written smaller, since half of one leads nowhere.
            fits = min(1.0, (self.width - left) / width(text, face, size, self.fonts))
            draw_line(self.canv, left, up * mm, text, face, size * fits, self.fonts)
        draw_line(self.canv, left + 17 * mm, 3.4 * mm, spaced(facts.entry_code), "sans", 20, self.fonts)


def print_invitation(facts: InvitationFacts, font_dirs: FontDirs) -> bytes:
    """The PDF: one page, and a second where names are very long. Raises `FontsMissing`."""
    story: list[Flowable] = []

    def say(style: str, text: str, lead: str = "") -> None:
        chosen = STYLES[style]
        block = Block(style, printable(text, font_dirs), lead)
        story.extend([Spacer(0, chosen.before), Prose(block, chosen, font_dirs), Spacer(0, chosen.after)])

    say("title", TITLE)
    say("number", facts.number)
    say("plain", f"{facts.name}：")
    say(
        "body",
        f"您参加的纠纷调解由{facts.committee}办理，由{facts.mediator}主持。人民调解不收费，来不来由您自己决定。",
    )
    say("line", when(facts), "时间　")
    say("line", facts.place or "在线进行，用手机或电脑都可以，不用出门。", "地点　")
    say("head", "怎么进入")
    story.append(_Ways(facts, font_dirs))
    until = facts.until.astimezone(COUNTY_TIME)
    say("line", f"二维码和入场码只给您本人用，到{chinese_date(until.date())}{until.hour}:{until.minute:02}为止，请不要转给别人。")
    say("head", "请准备")
    say("line", "本人身份证。代别人来的，另带授权委托书。", "1.　")
    say("line", "合同、收条、照片、聊天记录等和这件事有关的材料。", "2.　")
    online = "提前10分钟进入，试一试摄像头和话筒；找一个安静、只有您自己的地方。"
    say("line", "提前10分钟到。" if facts.place else online, "3.　")
    say("head", "来不了或者看不明白")
    say("line", f"请尽早打电话{facts.phone}，说编号就可以，我们另约时间。" if facts.phone else "请尽早告诉调解员，我们另约时间。")
    say("sign", facts.committee)
    say("sign", chinese_date(facts.on.astimezone(COUNTY_TIME).date()))
    pdf, _ = build(story, Foot(["本函不写案情，也不写其他人的姓名"], ""), font_dirs, f"{TITLE} {facts.number}", facts.committee, TITLE)
    return pdf


def when(facts: InvitationFacts) -> str:
    if facts.start is None:
        return "还没有约定，调解员会和您商量；打开下面的页面可以答复哪些时间合适。"
    at = facts.start.astimezone(COUNTY_TIME)
    return f"{chinese_date(at.date())}（星期{WEEKDAYS[at.weekday()]}）{at.hour:02}:{at.minute:02}，大约{facts.minutes}分钟"


def spaced(code: str) -> str:
    return f"{code[:4]} {code[4:]}"
