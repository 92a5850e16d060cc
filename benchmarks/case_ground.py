"""A county that has worked for three years, in an empty database: python -m benchmarks.case_ground URL CASES FOLDER

Cases are as real ones are: two to four people, some words, a course of steps; most that were mediated have a room with its lines and its written
record. They are written in bulk, the tables that lists, search and statistics read among them.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from cases.case import Case, Mediator, Person, Step
from cases.figures import NEVER_ACCEPTED
from cases.rating import Rating
from cases.risk_report import RiskReport, RiskSync
from cases.vocabulary import DISPUTE_TYPES, CaseStage, DisputeKind, RiskLevel, RiskReason, RiskState, Role, SeatRole, SeatState, Term
from realtime import audience
from rooms.room import Line, Room, Seat
from rooms.written_record import Kind, RecordLine
from storage import counting, search, sql
from storage.case_keys import keys
from storage.database import close_database, open_database, writes
from storage.dossier import Dossier, columns
from storage.models.people import Account, Region
from web.keys import load_key

COUNTY = "139901"
TOWNSHIPS = {f"{COUNTY}{n:03}": name for n, name in enumerate(
    ["城关镇", "柳林镇", "河东街道", "河西街道", "桥头镇", "东岭镇", "清水镇", "北塬乡", "石坪乡", "青山乡", "麦地乡", "南川乡"], 1)}  # fmt: skip
MEDIATORS = 33
YEARS = 3
AT_ONCE = 300
PLACES = ["东街", "西街", "南关", "北关", "河沿", "柳树巷", "老粮站", "供销社", "砖厂", "学校", "集市", "桥头"]
MATTERS = [
    "屋檐雨水",
    "院墙界址",
    "拖欠货款",
    "工钱未付",
    "噪声扰民",
    "宠物伤人",
    "租房押金",
    "楼上漏水",
    "彩礼返还",
    "承包地界",
    "停车占道",
    "订金退还",
]
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华文辉"
WORDS = [
    "双方",
    "多次",
    "协商",
    "没有",
    "结果",
    "请求",
    "调解",
    "影响",
    "生活",
    "造成",
    "损失",
    "希望",
    "尽快",
    "解决",
    "对方",
    "不认",
    "当时",
    "约定",
    "口头",
    "邻居",
    "作证",
    "照片",
    "为凭",
    "修补",
    "费用",
    "分担",
]


async def plant(url: str, cases: int, folder: Path) -> list[str]:
    """Write them, sealed for the installation of this data folder; returns ids of a few, spread evenly."""
    await open_database(url, load_key(folder, "links"))
    seed, now = random.Random(20260318), datetime.now(UTC).replace(microsecond=0)
    try:
        for code, name in TOWNSHIPS.items():
            await Region.get_or_create(code=code, defaults={"name": name}, using_db=writes())
        for number in range(MEDIATORS):
            known = {"login": f"m{number:02}", "name": _name(seed), "role": Role.MEDIATOR, "org": "committee", "region": COUNTY}
            await Account.get_or_create(id=f"m{number:02}", defaults=known, using_db=writes())
        ids: list[str] = []
        made = _dossiers(seed, now, cases)
        while part := list(islice(made, AT_ONCE)):
            await _write(part)
            ids += [dossier.case.id for dossier in part]
        # As a database that has run for three years has it.
        await writes().execute_script("ANALYZE")
        return ids[:: max(1, cases // 500)]
    finally:
        await close_database()


async def _write(part: list[Dossier]) -> None:
    connection = writes()
    rows = [{"id": one.case.id, "seq": 9, **columns(one, keys().fresh(one.case.id))} for one in part]
    await sql.insert(connection, "case_file", list(rows[0]), [list(row.values()) for row in rows])
    await counting.enter(connection, [counting.row_of(9, one) for one in part])
    await search.enter(connection, [(one.case.id, search.found_by_words(one.case)) for one in part])
    streams = [
        [name, secrets.token_hex(4), 9] for one in part for name in audience.fragments(one) if one.case.id in name or one.case.code in name
    ]
    await sql.insert(connection, "stream", ["name", "epoch", "head"], streams, "ON CONFLICT (name) DO NOTHING")


def _dossiers(seed: random.Random, now: datetime, count: int) -> Iterator[Dossier]:
    rooms = [_room(seed, now) for _ in range(40)]
    for number in range(count):
        # The oldest first, as they would have come.
        yield _dossier(seed, number, now - timedelta(days=365 * YEARS * (1 - (number + seed.random()) / count)), now, rooms)


def _dossier(seed: random.Random, number: int, reported: datetime, now: datetime, rooms: list[str]) -> Dossier:
    old = now - reported > timedelta(days=45)
    stage = seed.choices(list(CaseStage), [0, 0, 0, 0, 4, 8, 80, 6, 2] if old else [6, 4, 14, 30, 14, 4, 22, 4, 2])[0]
    region, mediator = seed.choice(list(TOWNSHIPS)), f"m{int(seed.triangular(0, MEDIATORS, 8)):02}"
    case = Case(
        id=f"{number:016x}",
        code=f"HY-{secrets.token_hex(2).upper()}-{secrets.token_hex(2).upper()}-{number:06}",
        kind=DisputeKind.DISPUTE,
        stage=stage,
        title=f"{seed.choice(PLACES)}{seed.choice(MATTERS)}",
        facts="".join(seed.choices(WORDS, k=seed.randrange(20, 60))) + "。",
        region=region,
        region_name=TOWNSHIPS[region],
        place=seed.choice(PLACES),
        source="当事人申请",
        reported_at=reported,
        dispute_type=seed.choice(sorted(DISPUTE_TYPES)),
        parties=[
            Person(f"p{n + 1}", _name(seed), "respondent" if n else "applicant", f"138{seed.randrange(10**8):08}")
            for n in range(seed.randrange(2, 5))
        ],
        synthetic=True,
    )
    at = reported
    for step in _course(stage):
        case.history.append(Step(step, at, "综治中心"))
        at = min(at + timedelta(minutes=seed.randrange(20, 4000)), now)
    if stage not in NEVER_ACCEPTED:
        case.mediator = Mediator(mediator, "某调解员", "committee", "安和县人民调解委员会")
        case.number = f"安和人调字〔{reported.year}〕第{number:06}号"
        case.due_term, case.due, case.due_reminded = Term.MEDIATION, reported + timedelta(days=31), True
        # Nothing is left to be done by the clock.
        case.overdue_at = case.due if case.due < now else None
    if stage in {CaseStage.CLOSED, CaseStage.AGREED} and seed.random() < 0.9:
        case.agreed_at = at
    if stage is CaseStage.CLOSED:
        case.ratings = [Rating(p.id, seed.choice([5, 5, 5, 4, 4, 3, 1]), at) for p in case.parties if seed.random() < 0.4]
    if stage in {CaseStage.ACCEPTED, CaseStage.MEDIATING} and seed.random() < 0.02:
        level = seed.choice(list(RiskLevel))
        case.risk = RiskReport(
            level, RiskReason.THREAT, "双方言语过激", "某调解员", at, 1, RiskSync(RiskState.ACKNOWLEDGED, at, acknowledged=1)
        )
    room = None
    if case.number and stage is not CaseStage.ACCEPTED and seed.random() < 0.6:
        room = msgspec.json.decode(seed.choice(rooms).replace("CASE", case.id), type=Room)
        room.ended_at = None if stage is CaseStage.MEDIATING else at
    return Dossier(case, room)


def _course(stage: CaseStage) -> list[CaseStage]:
    way = [CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING, CaseStage.AGREED, CaseStage.CLOSED]
    if stage in {CaseStage.FAILED, CaseStage.WITHDRAWN, CaseStage.DECLINED}:
        return [*way[: 4 if stage is CaseStage.FAILED else 1], stage]
    return way[: way.index(stage) + 1]


def _room(seed: random.Random, now: datetime) -> str:
    """A session as it is kept, with CASE where the id of its case goes."""
    seats = {"m": Seat("m", SeatRole.MEDIATOR, "某调解员", SeatState.ADMITTED, known=True)}
    for n in range(2):
        seats[f"s{n}"] = Seat(
            f"s{n}",
            SeatRole.PARTY,
            _name(seed),
            SeatState.LEFT,
            party=f"p{n + 1}",
            consents={"online": True, "recording": True},
            notice=True,
            verified=True,
        )

    def said() -> str:
        return "".join(seed.choices(WORDS, k=seed.randrange(4, 16)))

    room = Room("CASE-0001", "CASE", now, seats=seats, was_recorded=True)
    room.lines = [Line(n, f"s{n % 2}", said(), now) for n in range(25)]
    room.record.lines = [RecordLine(n, Kind.WRITTEN, said(), now, f"s{n % 2}") for n in range(20)]
    return msgspec.json.encode(room).decode()


def _name(seed: random.Random) -> str:
    return seed.choice(SURNAMES) + "".join(seed.choices(GIVEN, k=seed.randrange(1, 3)))


if __name__ == "__main__":
    planted: Any = asyncio.run(plant(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
    print("\n".join(planted))
