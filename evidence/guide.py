"""What the guides of a bundle say is inside: both of them, the text and the printed page, are written of what is there. Pure.

The fingerprint of the root is in neither on purpose: who alters a bundle alters its guide as well.
"""

from __future__ import annotations

import msgspec

from evidence.verifier import WITHOUT_RECORDINGS


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """`profile`: for whom it is made. `agreement`: signed in the system or on paper; `paper`: what came back of one on paper; `oral`: the form of one by
    word of mouth; `voice`: what was told with the report; `photographs`: of the report and after it; `report_lacks`: some of that which the chain knows; `later_left_out`: photographs that were added after it; `recordings`: in this volume; `destroyed`: recordings were, as its chain says; `destruction_told`: by whom and why is enclosed."""

    profile: str = "full"
    agreement: bool = False
    oral: bool = False
    paper: bool = False
    record: bool = False
    voice: bool = False
    photographs: bool = False
    report_lacks: bool = False
    later_left_out: bool = False
    recordings: bool = False
    consents: bool = False
    draft: bool = False
    destroyed: bool = False
    destruction_told: bool = False
    volumes: bool = False
    damaged: bool = False
    sm3: bool = False


FOR_WHOM = {
    "full": ("全部存档", "the archive"),
    "court_success": ("供申请司法确认", "for the judicial confirmation"),
    "court_failure": ("调解不成，移交法院", "for the court after mediation failed"),
    "party": ("当事人副本", "a party's own copy"),
    "caucus": (
        "一次背对背谈话，经谈话的当事人同意单独录存",
        "one private talk, recorded apart with the consent of those inside",
    ),
}
FRAME = ("manifest.json", "anchors")
"""In every bundle, of no one's interest but the verifier's."""


def _parts(inside: Inside) -> list[tuple[str, str, str]]:
    """Of what there is: where it lies, its name, its English name."""
    there = [
        (inside.agreement, "agreement.pdf", "调解协议书", "the agreement"),
        (inside.paper, "paper", "纸质签名件", "the pages signed on paper"),
        (inside.oral, "oral", "口头协议登记表", "the form of the oral agreement"),
        (inside.record, "record", "笔录", "the written record"),
        (inside.voice or inside.photographs, "reported", *_reported(inside)),
        (inside.recordings, "recordings", "录音录像", "the recordings"),
        (inside.consents, "consents", "同意书", "the consents"),
        (inside.draft, "draft", "协议草稿的修改经过", "the log of the draft"),
        (True, "ledger.jsonl、payloads", "流程记录链", "the ledger"),
        (True, "manifest.json", "清单", "the signed list of all files"),
        (True, "anchors", "证书", "certificates"),
    ]
    return [(where, name, english) for is_there, where, name, english in there if is_there]


def _reported(inside: Inside) -> tuple[str, str]:
    if inside.voice and inside.photographs:
        return "申请时的口述录音和照片", "what was told with the report and photographs"
    return (
        ("申请时的口述录音", "what was told with the report")
        if inside.voice
        else ("申请人提交的照片", "photographs that came with the report")
    )


GONE = (
    "申请时的录音、照片有的已不在系统里，记录链上只留有散列",
    "some of what came with the report is gone, and the ledger has its hash alone",
)


def _absent(inside: Inside) -> list[tuple[str, str]]:
    """What somebody might look for and is not there, and why."""
    told = []
    if inside.profile == "court_failure":
        told.append(("协议和谈话内容不装入", "agreement and talk are left out"))
    elif inside.profile != "caucus" and not inside.agreement and not inside.oral:
        told.append(("没有生效的协议，不含协议书", "no agreement is in force, so there is none inside"))
    if inside.profile == "court_success":
        told.append(("谈话内容不装入", "the talk is left out"))
    if inside.destroyed:
        by_whom = "何时、由谁、因何销毁" if inside.destruction_told else "何时销毁"
        told.append((f"录音录像已依规定销毁，{by_whom}记在记录链上", "the recordings were destroyed, as the ledger says"))
    elif inside.profile in WITHOUT_RECORDINGS:
        told.append(("为这一用途制作的不装入录音录像", "recordings are left out for this purpose"))
    elif not inside.recordings:
        told.append(("本卷没有录音录像" if inside.volumes else "没有录音录像", "there are no recordings"))
    if inside.report_lacks:
        enclosed = inside.profile in ("full", "court_failure")
        told.append(GONE if enclosed else ("申请时的录音、照片不装入", "what came with the report is left out"))
    if inside.later_left_out:
        told.append(("申请以后补充的照片不装入", "photographs that were added after the report are left out"))
    if not inside.record and inside.profile in ("full", "party"):
        told.append(("没有笔录", "there is no written record"))
    return told


def contents_told(inside: Inside) -> str:
    """One sentence each: for whom it is made, what is there, what is not."""
    held = "、".join(name for where, name, _ in _parts(inside) if where not in FRAME)
    absent = "；".join(chinese for chinese, _ in _absent(inside))
    return f"{FOR_WHOM[inside.profile][0]}。装有{held}。" + (f"{absent}。" if absent else "")


def places_told(inside: Inside) -> str:
    return "；".join(f"{where} {name}" for where, name, _ in _parts(inside)) + "。"


def contents_in_english(inside: Inside) -> str:
    held = ", ".join(english for where, _, english in _parts(inside) if where not in FRAME)
    absent = "; ".join(english for _, english in _absent(inside))
    return f"This package is {FOR_WHOM[inside.profile][1]}. Inside: {held}." + (f" Not inside: {absent}." if absent else "")


def published(inside: Inside) -> str:
    """Where the fingerprint of the root is found outside the bundle."""
    if inside.agreement:
        return "根证书指纹印在协议书每页页脚，也公示于调委会页面，请从这两处取得，不要从本包取得。"
    return "根证书指纹公示于调委会页面，请从那里取得，不要从本包取得。"


def guide_text(inside: Inside) -> str:
    """说明.txt."""
    more = [
        "未装入的记录内容仍在链上留有时间和散列，验证时列为“未附”。",
        "清单列明每个文件和每段录制的 SHA-256" + ("，另列有 SM3，两个程序一并核对。" if inside.sm3 else "。"),
    ]
    if inside.agreement or inside.oral:
        more.insert(
            0, "协议书（登记表）上的“存证摘要”，是 ledger.jsonl 中一行的 entry_hash，该行及以前的 recording.segment 即当时已录存的各段。"
        )
    if inside.recordings:
        more.insert(0, "清单 manifest.json 的 recordings 一项列明各段录制与缺口。")
    if inside.damaged:
        more.insert(0, "录制有片段已损坏，列在清单的 damaged 一项。")
    if inside.volumes:
        more.insert(0, "录制过长，分卷制作：清单的 volume、elsewhere 两项列明各卷。")
    if inside.profile != "caucus":
        more.insert(0, "背对背谈话不入主录。")
    lines = "\n".join(f"    {line}" for line in more)
    found = (
        "the fingerprint is printed on every page of the agreement and published on the committee's page"
        if inside.agreement
        else "the fingerprint is published on the committee's page"
    )
    return f"""和议存证包说明

一、本包为一次在线调解的存证：{contents_told(inside)}
    在包里的位置：{places_told(inside)}
二、验证方法（无需联网，文件不离开本机），任选其一：
    1. 双击包内的 verify.html（请先解压出这一个文件），用浏览器打开后，把整个存证包（.zip）拖进去，填入根证书指纹。
    2. 电脑装有 Python 3.9 以上版本的，先运行 pip install cryptography，再运行
        python3 verify.py 存证包文件名.zip --anchor 根证书指纹
    两个程序规则相同，结论相同。{published(inside)}
    对本包来源有疑问的，核验程序也请从调委会网站（证据核验页）另行下载，不用包内的。
三、未给出指纹时，结论为“内部一致，出处未核”，仅说明包内各项相互吻合。
四、怎样读清单和记录链：
{lines}
五、内置证书服务为非第三方CA，由它签发的证书均注明；没有注明的，由证书上的机构签发。
六、本包含个人信息，请依法保管，不得公开。

{contents_in_english(inside)}
To check it, take verify.html out of this package, open it with a double click and drop the package in, or run
`python3 verify.py BUNDLE.zip --anchor FINGERPRINT`; {found}.
Whoever doubts the package takes the program from the committee's site, too.
"""
