"""What somebody asks about the personal data in the file of a case (个人信息保护法 44–47): the data. Its rules are those of `cases.data_rights`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Wish(StrEnum):
    ACCESS = "access"  # 查阅、复制, 个人信息保护法 45
    CORRECTION = "correction"  # 更正、补充, 46
    DELETION = "deletion"  # 删除, 47
    OBJECTION = "objection"  # 限制或拒绝处理, 44


class Ground(StrEnum):
    """Why a wish is refused, in law."""

    FILE_KEPT = "file_kept"  # a law has the file kept, and its period is not over (个人信息保护法 47 II; 人民调解法 27, 31)
    DUTY = "duty"  # needed for a duty or a competence by law (个人信息保护法 13 I 3)
    OTHERS = "others"  # it would harm the rights of others
    NOT_WRONG = "not_wrong"  # it was looked at, and is right
    NOT_THEIRS = "not_theirs"  # it is no personal data of who asks


class DataAnswer(msgspec.Struct, omit_defaults=True):
    """`ground` is empty where the wish was granted; `by`: a name of staff."""

    granted: bool
    reason: str
    by: str
    at: datetime
    ground: Ground | None = None


class DataRequest(msgspec.Struct, omit_defaults=True):
    """`by`: the party; `due`: the end of the day by which it is to be answered."""

    id: str
    by: str
    wish: Wish
    words: str
    at: datetime
    due: datetime
    answer: DataAnswer | None = None
