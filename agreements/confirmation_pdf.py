"""The joint application for judicial confirmation (司法确认申请书): the parties' details, what they ask for and why, what they vouch for, and what is enclosed.

What a court asks for: the agreement, proof that a mediation organisation led the mediation, proof of ownership where property is concerned, and everybody's identity, address and
telephone (民事诉讼法司法解释 354). It is printed, signed by all with their fingerprints, and handed in on paper. Top-level `print_application` takes and returns plain data: a process
pool can run it.
"""

from __future__ import annotations

from datetime import date

import msgspec
from reportlab.platypus import Flowable, KeepTogether, Spacer

from agreements.fonts import FontDirs
from agreements.form_row import FormRow
from agreements.layout import Block, SignatureRow, chinese_date
from agreements.paper_layout import PaperRow
from agreements.printing import Foot, Prose, Style, build
from agreements.record_pdf import printable

TITLE = "司法确认申请书"
STYLES = {
    "title": Style("serif-bold", 20, 32, align="centre", after=6),
    "head": Style("serif-bold", 13, 24, before=10, after=2),
    "body": Style("serif", 12, 23, indent=2),
    "plain": Style("serif", 12, 23),
}


class Applicant(msgspec.Struct, frozen=True):
    """`acting`: who acts for them, with the capacity; empty for nobody."""

    name: str
    capacity: str
    id_number: str = ""
    address: str = ""
    phone: str = ""
    acting: str = ""


class ApplicationFacts(msgspec.Struct, frozen=True):
    """`court`: its full name; `effective_on` and `until`: days in the county; `file_hash`: SHA-256 of the agreement's file, lower-case hex."""

    number: str
    committee: str
    dispute_type: str
    court: str
    applicants: list[Applicant]
    effective_on: date
    until: date
    file_hash: str
    link: str = ""


ENCLOSED = (
    ("人民调解协议书", "随附；电子文件另在证据包内，可离线核验"),
    ("人民调解证明", "随附，由人民调解委员会盖章"),
    ("证据包", "随附（.heyi.zip）；双击其中的 verify.html 即可核验"),
    ("各申请人身份证明复印件", "由申请人自备；有代理人的，另备代理人身份证明和授权委托书"),
    ("与协议有关的财产权利证明", "协议涉及房屋、土地、车辆等财产的，由申请人自备"),
)
"""What the court asks for, and where it comes from."""


def print_application(facts: ApplicationFacts, font_dirs: FontDirs) -> bytes:
    """The PDF. Raises `FontsMissing`."""
    story: list[Flowable] = []

    def say(style: str, text: str) -> None:
        story.extend(
            [
                Spacer(0, STYLES[style].before),
                Prose(Block(style, printable(text, font_dirs)), STYLES[style], font_dirs),
                Spacer(0, STYLES[style].after),
            ]
        )

    say("title", TITLE)
    for number, one in enumerate(facts.applicants, 1):
        story.append(FormRow(f"申请人{number}", _details(one), font_dirs))
    for heading, texts in _texts(facts):
        say("head", heading)
        for text in texts:
            say("body", text)
    say("head", "随附和自备的材料")
    for number, (name, how) in enumerate(ENCLOSED, 1):
        story.append(FormRow(f"{number}　{name}", how, font_dirs))
    say("head", f"此致　{facts.court}")
    story.extend(
        KeepTogether([PaperRow(SignatureRow("", "申请人", one.acting or one.name), font_dirs, finger=True)]) for one in facts.applicants
    )
    foot = Foot([f"协议文件 SHA-256  {facts.file_hash}"], facts.link or facts.number)
    pdf, _ = build(story, foot, font_dirs, f"{TITLE} {facts.number}", facts.committee, TITLE)
    return pdf


def _details(one: Applicant) -> str:
    known = [("身份证件号码", one.id_number), ("住址", one.address), ("联系电话", one.phone), ("代理人", one.acting)]
    # What the office does not know is left open to be written by hand.
    return "；".join(
        [f"{one.name}（{one.capacity}）", *(f"{label} {value or '＿' * 12}" for label, value in known if value or label != "代理人")]
    )


def _texts(facts: ApplicationFacts) -> list[tuple[str, list[str]]]:
    effective = chinese_date(facts.effective_on)
    return [
        ("请求事项", [f"请求贵院确认各申请人经{facts.committee}主持调解，于{effective}达成的调解协议（{facts.number}）有效。"]),
        (
            "事实和理由",
            [
                f"各申请人因{facts.dispute_type}纠纷，在{facts.committee}主持下自愿达成调解协议，协议自{effective}起生效。协议的内容、履行方式和期限见所附协议书。",
                f"各申请人认为有必要由法院确认协议的效力，依照《中华人民共和国人民调解法》第三十三条、《中华人民共和国民事诉讼法》第二百零五条，在协议生效后三十日内（至{chinese_date(facts.until)}止）共同提出申请。",
            ],
        ),
        (
            "申请人共同说明",
            [
                "协议是为解决纠纷自愿达成的，各方没有串通损害国家、集体或者他人的利益，也没有借调解规避法律。因协议给他人造成损失的，由申请人依法承担责任。",
                "协议不涉及身份关系的确认或者解除，也不涉及物权、知识产权的归属；没有就同一纠纷另行起诉或者申请仲裁。所填身份、住址和联系方式真实，可以按此送达。",
            ],
        ),
    ]
