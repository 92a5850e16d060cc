"""What somebody takes along when a mediation is over: the certificate that an agreement was reached (人民调解证明), which an application for judicial
confirmation asks for, or the notice that it ended without one (终止调解告知书), with the other ways that stay open (人民调解法 26).

Neither tells what was said: of a mediation that failed nothing may be used later (在线调解规则 18). Top-level `print_certificate` takes and returns plain
data: a process pool can run it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from reportlab.platypus import Flowable, KeepTogether, Spacer

from agreements.fonts import FontDirs
from agreements.layout import Block, chinese_date
from agreements.paper_layout import PaperSeal
from agreements.printing import Foot, Prose, ScannedLine, Style, build
from agreements.record_pdf import printable
from cases.clock import COUNTY_TIME

REACHED, ENDED = "人民调解证明", "终止调解告知书"
STYLES = {
    "title": Style("serif-bold", 22, 36, align="centre", after=8),
    "number": Style("serif", 12, 20, align="right", after=10),
    "body": Style("serif", 13, 26, indent=2),
    "sign": Style("serif", 13, 32, before=10),
}
ASKED = ("请您评价这次调解", "扫码即可，不用登录，调解结束后60日内有效，只能用一次；", "结案前调解员看不到，看到时也不知道是谁评的。")
FORMS = {
    "electronic": "各方以电子签名签署《人民调解协议书》",
    "paper": "各方在纸质《人民调解协议书》上签名、捺印",
    "oral": "各方达成口头协议，由人民调解员登记",
    "elsewhere": "各方达成调解协议（协议文本不在本系统内）",
}


class CertificateFacts(msgspec.Struct, frozen=True):
    """`parties`: name and capacity; `form`: one of `FORMS`, empty where no agreement was reached; `file_hash`: SHA-256 of the agreement's file or
    form; `at`: when it was reached, or ended; `rating_link`: where whoever prints it rates the mediation, empty for none."""

    number: str
    committee: str
    mediator: str
    dispute_type: str
    parties: list[tuple[str, str]]
    accepted_at: datetime
    at: datetime
    form: str = ""
    file_hash: str = ""
    link: str = ""
    rating_link: str = ""


def print_certificate(facts: CertificateFacts, font_dirs: FontDirs) -> bytes:
    """The PDF, one page. Raises `FontsMissing`."""
    title = REACHED if facts.form else ENDED
    story: list[Flowable] = []
    for block in [Block("title", title), Block("number", f"编号：{facts.number}"), *_text(facts)]:
        style = STYLES[block.style]
        clean = Block(block.style, printable(block.text, font_dirs))
        story += [Spacer(0, style.before), Prose(clean, style, font_dirs), Spacer(0, style.after)]
    signed = Prose(
        Block("sign", f"人民调解员（签名）　{printable(facts.mediator, font_dirs)}　＿＿＿＿＿＿＿＿"), STYLES["sign"], font_dirs
    )
    story.append(KeepTogether([Spacer(0, 20), signed, Spacer(0, 12), PaperSeal(printable(facts.committee, font_dirs), font_dirs)]))
    if facts.rating_link:
        story.append(ScannedLine(facts.rating_link, ASKED, font_dirs))
    lines = [f"协议文件 SHA-256  {facts.file_hash}"] if facts.file_hash else []
    pdf, _ = build(story, Foot(lines, facts.link or facts.number), font_dirs, f"{title} {facts.number}", facts.committee, title)
    return pdf


def _text(facts: CertificateFacts) -> list[Block]:
    people = "、".join(f"{name}（{capacity}）" for name, capacity in facts.parties)
    began = f"{people}因{facts.dispute_type}纠纷，由本委员会于{_day(facts.accepted_at)}受理并主持调解。"
    if facts.form:
        texts = [
            began,
            f"经调解，{FORMS[facts.form]}，协议自{_day(facts.at)}起生效，对各方当事人具有约束力。",
            "各方认为有必要的，可以自协议生效之日起三十日内，共同向有管辖权的人民法院申请司法确认（人民调解法第三十三条）；"
            "涉及身份关系、物权或知识产权确权的，不予受理。",
            "特此证明。",
        ]
    else:
        texts = [
            began,
            f"各方未能达成调解协议，本委员会于{_day(facts.at)}终止调解（人民调解法第二十六条）。",
            "当事人可以依法通过仲裁、行政、司法等途径维护自己的权利。调解不收取任何费用；"
            "各方在调解中为达成协议所作的让步，不得在其后的诉讼中作为对其不利的证据。",
            "特此告知。",
        ]
    return [Block("body", text) for text in texts]


def _day(moment: datetime) -> str:
    return chinese_date(moment.astimezone(COUNTY_TIME).date())
