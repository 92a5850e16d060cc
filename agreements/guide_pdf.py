"""One page that tells a clerk how to check an evidence bundle, with a QR code that leads to the committee's own page.

The fingerprint of the root is not printed here on purpose: who alters a bundle alters its guide as well. Top-level `print_guide` takes and returns
plain data: a process pool can run it.
"""

from __future__ import annotations

import msgspec
from reportlab.platypus import Flowable, Spacer

from agreements.fonts import FontDirs
from agreements.layout import Block
from agreements.printing import Foot, Prose, Style, build
from agreements.record_pdf import printable
from evidence.guide import Inside, contents_told, places_told, published

TITLE = "存证包核验说明"
STYLES = {
    "title": Style("serif-bold", 22, 34, align="centre", after=6),
    "number": Style("serif", 11, 18, align="right", after=6),
    "heading": Style("serif-bold", 13, 22, before=4, after=1),
    "line": Style("serif", 10.5, 16),
}


class GuideFacts(msgspec.Struct, frozen=True):
    """`inside`: what the bundle holds; `page` the address of the committee's page for checking; `embedded`: whether anything in it was made by the services of
    this system itself."""

    number: str
    committee: str
    inside: Inside
    page: str
    embedded: bool = True


def print_guide(facts: GuideFacts, font_dirs: FontDirs) -> bytes:
    """The PDF, one page. Raises `FontsMissing`."""
    story: list[Flowable] = []
    for block in _outline(facts):
        style = STYLES[block.style]
        clean = Block(block.style, printable(block.text, font_dirs), printable(block.lead, font_dirs))
        story += [Spacer(0, style.before), Prose(clean, style, font_dirs), Spacer(0, style.after)]
    foot = Foot(["扫码打开调委会的证据核验页（需要联网）；不联网的办法见上文"], facts.page)
    pdf, pages = build(story, foot, font_dirs, f"{TITLE} {facts.number}", facts.committee, TITLE)
    assert pages == 1, "it has to fit one page"
    return pdf


def _outline(facts: GuideFacts) -> list[Block]:
    return [
        Block("title", TITLE),
        Block("number", facts.number),
        Block("heading", "这是什么"),
        Block(
            "line",
            f"{facts.committee}一次在线调解的存证包：{contents_told(facts.inside)}包内每个文件的散列都在清单里，清单有平台签名和时间戳；清单没有列的，不属于本包。",
        ),
        Block("heading", "在包里的位置"),
        Block("line", places_told(facts.inside)),
        Block("heading", "怎么核验（不需要联网，文件不离开本机）"),
        Block("line", "从包里取出 verify.html，双击用浏览器打开（Chrome、Edge、Firefox、Safari 均可）。", "1.　"),
        Block("line", "把整个存证包（.zip）拖进页面，不要解压。", "2.　"),
        Block("line", f"填入根证书指纹。{published(facts.inside)}", "3.　"),
        Block(
            "line",
            "看结论。“成立，出处已核”：内容没有改动，出自该调委会。“内部一致，出处未核”：没有填指纹，只说明包内各项相互吻合。“不成立”：页面逐项列出哪里不符。",
            "4.　",
        ),
        Block(
            "line",
            "装有 Python 3.9 以上和 cryptography 组件的电脑，也可以用包里的 verify.py，用法见说明.txt。两个程序规则相同，结论相同。",
            "5.　",
        ),
        Block("heading", "对核验程序有疑问的"),
        Block("line", f"请不用包内的，另从 {facts.page} 下载；扫下方的二维码也能打开这个页面。"),
        Block("heading", "没有核验的"),
        Block(
            "line",
            "签名的是不是本人、写下的内容是否妥当，不属于核验范围。"
            + ("录音录像只核对每一个字节，没有播放。" if facts.inside.recordings else "")
            + ("" if facts.inside.profile == "caucus" else "背对背谈话不入主录。")
            + ("内置的证书和时间戳服务不是第三方机构，证书上均注明“非第三方CA”。" if facts.embedded else ""),
        ),
        Block("heading", "保管"),
        Block(
            "line",
            "转交、归档要原样交付这一个 .zip 文件。不要解压后重新打包：内容一字未改，也会核验为“不成立”；要看里面的文件，请在另存的一份上解压。"
            "本包含个人信息，请依法保管，不得公开，不得用于调解以外的目的。",
        ),
    ]
