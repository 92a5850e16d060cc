"""The forms of the paper file (卷宗), filled in from the case: cover, application or registration, notice, identity, power of attorney, investigation, receipts,
visits, statement with the report of closing, slips for paper, back cover. What nobody knows is left open to be written by hand; nothing is made up.

The fields are those of the ministry's forms for people's mediation. `FORMS` says who prints what; each takes plain values and gives a PDF, the same of the same: a process
pool can run it.
"""

from __future__ import annotations

from collections.abc import Callable

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, PageBreak, Spacer

from agreements.file_facts import FiledPerson, FileFacts, Proof
from agreements.fonts import FontDirs
from agreements.form_table import Cell, Row, form, fours, pair
from agreements.layout import Block, numeral
from agreements.printing import Prose, Style
from agreements.record_pdf import printable
from agreements.rights_text import DUTIES, EFFECTS, RIGHTS

STYLES = {
    "title": Style("serif-bold", 20, 34, align="centre", after=4),
    "number": Style("serif", 11, 18, align="right", after=6),
    "head": Style("serif-bold", 13, 24, before=8, after=2),
    "body": Style("serif", 12, 22, indent=2),
    "plain": Style("serif", 12, 22),
    "sign": Style("serif", 12, 30, align="right"),
    "note": Style("serif", 10, 17, before=6),
}
DAY = "＿＿＿＿年＿＿月＿＿日"
SIGN = "＿" * 12
KEPT = "签名之处由本人亲笔填写；空白之处系统没有相应内容，可以手工补填。"


class Sheet:
    """The story of one form."""

    def __init__(self, facts: FileFacts, fonts: FontDirs, title: str) -> None:
        self.facts, self.fonts, self.title = facts, fonts, title
        self.story: list[Flowable] = []

    def say(self, style: str, text: str) -> None:
        look = STYLES[style]
        self.story += [Spacer(0, look.before), Prose(Block(style, printable(text, self.fonts)), look, self.fonts), Spacer(0, look.after)]

    def head(self) -> None:
        self.say("title", self.title)
        self.say("number", f"卷号：{self.facts.number}")

    def pair(self, label: str, text: str, least: float = 11 * mm) -> None:
        self.story.append(pair(label, text, self.fonts, least))

    def fours(self, first: tuple[str, str], second: tuple[str, str]) -> None:
        self.story.append(fours(first, second, self.fonts))

    def row(self, cells: list[Cell], least: float = 9 * mm) -> None:
        self.story.append(Row(cells, self.fonts, least))

    def person(self, capacity: str, one: FiledPerson) -> None:
        wide = [
            Cell(capacity, 2.2, label=True),
            Cell("姓名", 1.4, label=True),
            Cell(one.name, 2.2),
            Cell("性别", 1.2, label=True),
            Cell(one.sex, 1),
        ]
        self.row([*wide, Cell("民族", 1.2, label=True), Cell(one.nation, 1.4), Cell("年龄", 1.2, label=True), Cell(one.age, 1.2)], 11 * mm)
        self.fours(("职业或职务", one.work), ("联系方式", one.phone))
        self.pair("单位或住址", one.place)

    def signs(self, *lines: str) -> None:
        """Together on a page: a line to sign never stands alone over the text's end."""
        look = STYLES["sign"]
        self.story.append(KeepTogether([Spacer(0, 8), *(Prose(Block("sign", line), look, self.fonts) for line in lines)]))

    def made(self) -> bytes:
        return form(self.story, self.fonts, f"{self.title} {self.facts.number}", self.facts.committee)


def cover(facts: FileFacts, fonts: FontDirs) -> bytes:
    sheet = Sheet(facts, fonts, "人民调解卷宗")
    sheet.story.append(Spacer(0, 22 * mm))
    look = Style("serif-bold", 20, 34, align="centre")
    sheet.story.append(Prose(Block("title", printable(facts.committee or "人民调解委员会", fonts)), look, fonts))
    sheet.story.append(Prose(Block("title", "人　民　调　解　卷　宗"), Style("serif-bold", 30, 60, align="centre"), fonts))
    sheet.story.append(Spacer(0, 14 * mm))
    tall = 16 * mm
    span = " 至 ".join(facts.day(when) or DAY for when in (facts.mediated_from, facts.mediated_to))
    filed = facts.words("cover", "filed_on")
    rows = [
        ("卷　　名", facts.words("cover", "title", f"{facts.names}{facts.dispute_type}纠纷")),
        ("卷　　号", facts.number),
        ("人民调解员", facts.mediators),
        ("调解日期", span),
        ("立卷人", facts.words("cover", "filer", facts.mediator)),
        ("立卷日期", _day(filed)),
        ("保管期限", facts.words("cover", "kept")),
        ("备　　注", facts.words("cover", "remarks")),
    ]
    for label, text in rows:
        sheet.story.append(Row([Cell(label, 3, label=True), Cell(text, 8)], fonts, tall))
    return sheet.made()


def application(facts: FileFacts, fonts: FontDirs) -> bytes:
    """Of whoever applied the application, of a case that the office has entered its registration."""
    return _application(facts, fonts) if facts.applied else _registration(facts, fonts)


def _application(facts: FileFacts, fonts: FontDirs) -> bytes:
    sheet = Sheet(facts, fonts, "人民调解申请书")
    sheet.head()
    for person in facts.people:
        sheet.person(person.capacity, person)
    sheet.pair("纠纷简要情况", facts.facts, 40 * mm)
    sheet.pair("申请事项", facts.words("application", "requests"), 34 * mm)
    sheet.story.append(Spacer(0, 8))
    sheet.say("body", "人民调解委员会已将申请人民调解的相关规定告知我，现自愿申请人民调解委员会进行调解。")
    sheet.signs(f"申请人（签名、盖章或者按指印）{SIGN}", DAY)
    sheet.say("note", f"{facts.day(facts.reported_on)}由申请人在线提交，本表按其提交的内容填写。{KEPT}")
    return sheet.made()


def _registration(facts: FileFacts, fonts: FontDirs) -> bytes:
    sheet = Sheet(facts, fonts, "人民调解受理登记表")
    sheet.head()
    sheet.fours(("日期", facts.day(facts.reported_on)), ("纠纷类型", facts.dispute_type))
    for person in facts.people:
        sheet.person(person.capacity, person)
    ticks = "☑ ① 当事人申请　☐ ② 人民调解委员会主动调解" if facts.source == "当事人申请" else "☐ ① 当事人申请　☑ ② 人民调解委员会主动调解"
    sheet.pair("案件来源", _ticked(ticks, facts.source))
    sheet.pair("纠纷简要情况", facts.facts, 44 * mm)
    sheet.pair("当事人签名", "", 16 * mm)
    sheet.fours(("登记人签名", ""), ("调委会印章", ""))
    sheet.pair("备注", facts.words("registration", "remarks"), 16 * mm)
    sheet.say("note", KEPT)
    return sheet.made()


def _ticked(ticks: str, source: str) -> str:
    """Boxes in characters that the fonts have: √ in brackets."""
    words = ticks.replace("☑", "（√）").replace("☐", "（　）")
    return words if source == "当事人申请" else f"{words}（{source}）"


def rights(facts: FileFacts, fonts: FontDirs) -> bytes:
    sheet = Sheet(facts, fonts, "人民调解当事人权利义务告知书")
    sheet.head()
    sheet.say("plain", f"{facts.names}：")
    sheet.say(
        "body",
        f"你们因{facts.dispute_type}纠纷由{facts.committee or '人民调解委员会'}调解。根据《中华人民共和国人民调解法》，现将有关事项告知如下。",
    )
    for heading, lines in (("一、当事人的权利", RIGHTS), ("二、当事人的义务", DUTIES), ("三、调解协议的效力和其他事项", EFFECTS)):
        sheet.say("head", heading)
        for number, line in enumerate(lines, 1):
            sheet.say("body", f"（{numeral(number)}）{line}")
    sheet.say("head", "当事人确认")
    for proof in facts.notices:
        sheet.say("body", f"{proof.who}：{proof.at}{proof.how}。")
    sheet.signs(*(f"当事人 {person.acting or person.name}（签名或者按指印）{SIGN}" for person in facts.people), DAY)
    return sheet.made()


def identity(facts: FileFacts, fonts: FontDirs) -> bytes:
    sheet = Sheet(facts, fonts, "当事人身份证明")
    sheet.head()
    sheet.row([Cell(text, share, label=True) for text, share in (("当事人", 2), ("证件号码", 3.4), ("核验方式", 3.6), ("核验时间", 2.6))])
    for person in facts.people:
        own = [proof for proof in facts.proofs if proof.key == person.key]
        # The card that was shown is that of whoever sits there.
        for proof in own or [Proof(person.key, f"{person.name}（{person.capacity}）", "未在线核验", "")]:
            number = "" if own and person.acting else person.id_number
            sheet.row([Cell(proof.who, 2), Cell(number, 3.4), Cell(proof.how, 3.6), Cell(proof.at, 2.6)])
    sheet.say(
        "note",
        "证件号码只显示首尾；完整号码在各方签署的协议书和系统中，查看留有记录。系统不保存证件照片和人脸图像，只保存核验的结果、方式和时间。",
    )
    sheet.say("note", "附证件复印件的，粘贴于下，并由调解员注明与原件核对无误。")
    sheet.row([Cell("", 1)], 80 * mm)
    sheet.signs(f"人民调解员（签名）{SIGN}", DAY)
    return sheet.made()


def authority(facts: FileFacts, fonts: FontDirs) -> bytes:
    """One for each party that somebody acts for; of a guardian the proof of guardianship is to be enclosed."""
    sheet = Sheet(facts, fonts, "授权委托书")
    acting = [person for person in facts.people if person.acting]
    for number, person in enumerate(acting):
        if number:
            sheet.story.append(PageBreak())
        sheet.head()
        sheet.fours(("委托人", person.name), ("身份", person.capacity))
        sheet.fours(("证件号码", person.id_number), ("联系方式", person.phone))
        sheet.fours(("受托人", person.acting), ("代理权限", person.power or "法定代理"))
        sheet.pair("委托事项", f"就{facts.number}{facts.dispute_type}纠纷参加人民调解。")
        powers = {
            "特别授权": "代为陈述、质证，代为承认、放弃、变更请求，进行和解，代为签署调解协议。",
            "一般授权": "代为陈述、质证。不包括承认、放弃、变更请求，和解以及签署调解协议。",
        }
        sheet.pair("权限内容", facts.words("authority", "powers", powers.get(person.power, "")), 30 * mm)
        if not person.power:
            sheet.say(
                "body",
                "法定代理人依法代理，无需授权委托，应当附监护关系证明（户口簿、出生医学证明或者人民法院、居（村）民委员会出具的文书）复印件。",
            )
        sheet.signs(f"委托人（签名或者按指印）{SIGN}", f"受托人（签名或者按指印）{SIGN}", DAY)
    return sheet.made()


def investigation(facts: FileFacts, fonts: FontDirs) -> bytes:
    sheet = Sheet(facts, fonts, "人民调解调查记录")
    sheet.head()
    sheet.fours(("时间", facts.words("investigation", "at")), ("地点", facts.words("investigation", "place")))
    sheet.pair("参加人", facts.words("investigation", "present"))
    sheet.pair("被调查人", facts.words("investigation", "asked"), 16 * mm)
    sheet.say("note", "被调查人一栏写明姓名、性别、民族、年龄、单位或住址、联系方式。")
    sheet.pair("记录", facts.words("investigation", "notes"), 120 * mm)
    sheet.signs(f"被调查人（签名或者按指印）{SIGN}", f"调查人（签名）{SIGN}", f"记录人（签名）{SIGN}")
    return sheet.made()


def receipts(facts: FileFacts, fonts: FontDirs) -> bytes:
    sheet = Sheet(facts, fonts, "履行情况登记")
    sheet.head()
    shares = (2.2, 4, 1.8, 1.8, 2.2, 3)
    heads = ("日期", "履行事项", "履行人", "受领人", "金额（元）", "说明")
    sheet.row([Cell(text, share, label=True) for text, share in zip(heads, shares, strict=True)])
    for one in facts.receipts:
        said = "；".join(part for part in (one.note, one.by) if part)
        values = (one.on, one.what, one.debtor, one.creditor, one.amount, said)
        sheet.row([Cell(text, share) for text, share in zip(values, shares, strict=True)])
    sheet.say("note", "以上各项经人民调解委员会确认。收条、汇款单等凭证的照片附后；纸质凭证粘贴于后。")
    sheet.signs(f"人民调解员（签名）{SIGN}", DAY)
    return sheet.made()


def visits(facts: FileFacts, fonts: FontDirs) -> bytes:
    """One sheet for each follow-up; none yet: an empty one."""
    sheet = Sheet(facts, fonts, "人民调解回访记录")
    for number, visit in enumerate(facts.visits or [None]):
        if number:
            sheet.story.append(PageBreak())
        sheet.head()
        sheet.pair("当事人", facts.names)
        sheet.pair("调解协议编号", facts.number)
        sheet.pair("回访事由", f"{facts.title}（{facts.dispute_type}纠纷）")
        sheet.fours(("回访日期", visit.on if visit else ""), ("回访方式", visit.how if visit else ""))
        sheet.pair("履行等情况", visit.outcome if visit else "", 40 * mm)
        satisfied = ("满意" if visit.satisfied else "不满意") if visit else ""
        sheet.pair("是否满意", satisfied)
        latest = number == len(facts.visits or [None]) - 1
        for label, field in (("诉讼与判决", "lawsuit"), ("有无激化隐患", "danger"), ("采取的措施", "measures")):
            sheet.pair(label, facts.words("visits", field) if latest else "", 20 * mm)
        sheet.signs(f"回访人 {visit.by if visit else ''}（签名）{SIGN}", DAY)
    return sheet.made()


def statement(facts: FileFacts, fonts: FontDirs) -> bytes:
    """What is to be known of the file, with what is missing from it; then the report of closing."""
    sheet = Sheet(facts, fonts, "卷宗情况说明")
    sheet.head()
    missing = [item for item in facts.items if item.state == "缺"]
    sheet.say("head", "一、本卷的形成")
    sheet.say("body", "本卷由系统按案件数据整理；需要签名、捺印、盖章的表格，打印后由本人完成。")
    if facts.signed:
        sheet.say(
            "body",
            "电子签名的文件在本卷中以纸面形式呈现，签名只在其电子原件中有效：原件作为附件随本卷电子文件保存，并收入证据包，可以离线核验。",
        )
    if facts.agreement_hash:
        sheet.say("note", f"协议文件 SHA-256：{facts.agreement_hash}")
    sheet.say("head", "二、缺件情况")
    for item in missing:
        sheet.say("body", f"第{item.n}项《{item.name}》{'（必须）' if item.required else ''}：{item.reason}。")
    if not missing:
        sheet.say("body", "应当归卷的材料齐全。")
    if facts.closed_reason:
        sheet.say("body", f"结案时说明的原因：{facts.closed_reason}")
    noted = [item for item in facts.items if item.enclosed]
    if noted:
        sheet.say("head", "三、以纸质入卷的材料")
        for item in noted:
            sheet.say("body", f"第{item.n}项《{item.name}》：{item.enclosed}")
    sheet.say("head", f"{'四' if noted else '三'}、其他需要说明的情况")
    outcome = facts.words("confirmation", "outcome")
    if outcome:
        sheet.say("body", f"司法确认情况：{outcome}")
    for sentence in facts.noteworthy:
        sheet.say("body", sentence)
    sheet.say("body", facts.words("statement", "words", "" if outcome or facts.noteworthy else "无。"))
    sheet.signs(f"立卷人 {facts.words('cover', 'filer', facts.mediator)}（签名）{SIGN}", DAY)
    sheet.story.append(PageBreak())
    _closing(sheet)
    return sheet.made()


def slip(facts: FileFacts, fonts: FontDirs) -> bytes:
    """Where paper is put in that lies in the file alone: `facts.items` has the one item."""
    item = facts.items[0]
    sheet = Sheet(facts, fonts, item.name)
    sheet.head()
    sheet.pair("纸质原件", item.enclosed)
    sheet.row([Cell("原件粘贴于此，或者附于本页之后", 1)], 170 * mm)
    return sheet.made()


def _closing(sheet: Sheet) -> None:
    facts = sheet.facts
    sheet.say("title", "结案报告表")
    sheet.fours(("卷号", facts.number), ("填表时间", _day(facts.words("cover", "filed_on"))))
    sheet.fours(("承办单位", facts.committee), ("承办人", facts.mediator))
    sheet.fours(("受案时间", facts.day(facts.reported_on)), ("结案时间", facts.day(facts.closed_on)))
    for person in facts.people:
        details = "，".join(part for part in (person.name, person.address, person.phone) if part)
        sheet.pair(person.capacity, details)
    sheet.fours(("案件来源", facts.source), ("调解结果", facts.result))
    sheet.pair("简要事实", facts.words("closing", "facts", facts.facts), 60 * mm)
    sheet.fours(("承办人签名", ""), ("负责人签名", ""))


def back(facts: FileFacts, fonts: FontDirs) -> bytes:
    """封底. Where paper comes to what is printed here, whoever binds the file counts its pages. Nobody checks (检查) the own file."""
    sheet = Sheet(facts, fonts, "封底")
    sheet.story.append(Spacer(0, 150 * mm))
    filer = facts.words("cover", "filer", facts.mediator)
    sheet.fours(("卷号", facts.number), ("本卷页数", f"共 {facts.pages} 页" if facts.pages else "共　　　　　页"))
    sheet.fours(("立卷人", filer), ("检查人", facts.archived_by if facts.archived_by not in {filer, facts.mediator} else ""))
    sheet.fours(("立卷日期", _day(facts.words("cover", "filed_on"))), ("归档日期", facts.day(facts.archived_on)))
    return sheet.made()


def _day(written: str) -> str:
    """2026-12-01 as 2026年12月1日; nothing as nothing."""
    if not written:
        return ""
    year, month, day = written.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


FORMS: dict[str, Callable[[FileFacts, FontDirs], bytes]] = {
    "cover": cover,
    "application": application,
    "rights": rights,
    "identity": identity,
    "authority": authority,
    "investigation": investigation,
    "receipts": receipts,
    "visits": visits,
    "statement": statement,
    "slip": slip,
    "back": back,
}


def print_form(name: str, facts: FileFacts, font_dirs: FontDirs) -> bytes:
    """Raises `FontsMissing`."""
    return FORMS[name](facts, font_dirs)
