"""What reports say whatever they are about (套话): that people could not agree, that they ask to be helped, the headings of a form. Where such words stand, two reports have
nothing in common by them. Words of a matter itself, such as 漏水 or 工资, have no place here. Pure.

`BREAKS` is where one clause ends and the next begins; stock phrases are taken out of clauses, the longest first, and leave a break behind.
"""

from __future__ import annotations

import re

PHRASES = """
多次找对方协商 多次与对方协商 经多次协商 多次协商无果 多次协商未果 多次协商不成 双方协商未果 双方协商不成 经协商未果 自行协商未果 协商未果 协商无果 协商不成 协商不一致 未能达成一致
未达成一致 达不成一致 双方未达成一致意见 双方各执一词 双方互不相让 双方争执不下 双方意见分歧较大 争执不下 沟通未果 沟通无果 多次沟通未果 多次沟通无果 多次讨要未果 多次催要未果
多次索要未果 一直没有解决 一直未解决 至今未解决 至今没有解决 至今未果 始终没有结果 问题没有解决 双方发生纠纷 双方产生纠纷 双方发生争议 因此发生纠纷 因此产生纠纷 发生纠纷 产生纠纷
发生争议 产生矛盾 引发矛盾 引起纠纷 要求赔偿损失 要求赔偿 要求对方赔偿 要求对方赔偿损失 要求给个说法 对方拒绝赔偿 对方不予理睬 对方置之不理 对方态度恶劣 对方不同意 对方不认可
请求人民调解委员会调解 请求调解委员会调解 请人民调解委员会调解 申请人民调解委员会调解 向人民调解委员会申请调解 请求调委会调解 请调委会帮助调解 请调委会调解 请求调委会帮助调解 希望调委会调解
希望调委会帮助调解 现申请调解 特申请调解 特此申请调解 特此申请 申请调解 请求调解 希望调解 请求帮助调解 请帮助调解 请帮忙调解 请予调解 请予以调解 请求予以调解 请求依法调解 请依法调解
愿意调解 愿意在线调解 愿意接受调解 请有关部门处理 请有关部门帮助解决 希望有关部门处理 请求解决 请尽快处理 望尽快处理 希望尽快处理 希望尽快解决 请帮助解决 请求帮助 希望得到帮助
维护合法权益 维护我的合法权益 维护本人合法权益 以维护合法权益 情况属实 以上情况属实 谢谢 感谢 事实与理由 事实和理由 纠纷简要情况 简要情况 调解请求 当事人申请事项 申请事项 主要诉求
被申请人 申请人
"""
BREAKS = re.compile(r"[^\w]+|_+")
_STOCK = re.compile("|".join(sorted(map(re.escape, dict.fromkeys(PHRASES.split())), key=lambda phrase: (-len(phrase), phrase))))


def clauses_of(text: str) -> list[str]:
    """What a text says of its own matter, clause by clause."""
    return [rest for clause in BREAKS.split(text.lower()) for rest in _STOCK.sub("\n", clause).split("\n") if rest]
