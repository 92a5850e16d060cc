"""The invented county of the demonstration (观摩): 安和县 with two townships, its people, a pool of experts, twenty past cases, one whose agreement is being performed, and one live case.

Everything in it is synthetic and marked so: it never counts in a real county's numbers. Names, places and telephones are invented.
"""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from cases.actor import Actor
from cases.calendar import end_of_term, in_office
from cases.case import Case, Mediator, Numbering, Person, Step, open_case
from cases.commands.casework import Accept, AddParty, Classify, Dispatch, Report
from cases.vocabulary import ADMIN_ROLES, CaseStage, DispatchMode, DisputeKind, Role, SeatRole, Term
from rooms.commands import Invite, OpenSession
from storage.database import reads
from storage.dossier import Dossier
from storage.models.cases import CaseRow
from storage.models.people import Account, Organisation, Region
from storage.work import Outcome
from web.demonstration_experts import plant_experts
from web.demonstration_followed import followed_case
from web.house import House

COUNTY = "139901"
REGIONS = {COUNTY: "安和县", COUNTY + "001": "城关镇", COUNTY + "002": "柳林镇"}
ORGS = {
    "centre": ("安和县综治中心", "安和"),
    "committee": ("安和县人民调解委员会", "安和"),
    "liulin": ("柳林镇人民调解委员会", "柳林"),
}
PEOPLE: list[tuple[str, str, Role, str, str, str]] = [
    ("centre", "周主任", Role.CENTRE, "centre", COUNTY, ""),
    ("wang", "王调解员", Role.MEDIATOR, "committee", COUNTY, "邻里、物业"),
    ("chen", "陈调解员", Role.MEDIATOR, "liulin", COUNTY, "土地、合同"),
    ("grid1", "孙网格员", Role.GRID_WORKER, "committee", COUNTY + "001", ""),
    ("grid2", "何网格员", Role.GRID_WORKER, "liulin", COUNTY + "002", "土地、邻里"),
    ("liu", "刘律师", Role.EXPERT, "committee", COUNTY, "相邻关系"),
    ("zhang", "张心理咨询师", Role.EXPERT, "committee", COUNTY, "家庭"),
    ("system", "钱管理员", Role.SYSTEM_ADMIN, "", COUNTY, ""),
    ("security", "冯管理员", Role.SECURITY_ADMIN, "", COUNTY, ""),
    ("audit", "褚管理员", Role.AUDIT_ADMIN, "", COUNTY, ""),
]
PAST: list[tuple[str, str]] = [
    ("屋檐滴水淹了菜窖", "邻里"), ("宅基地界石移位", "房屋宅基地"), ("货款尾款拖欠", "合同"), ("装修噪声扰民", "邻里"), ("果树越界遮光", "邻里"),
    ("承包地租金未付", "山林土地"), ("停车位被占", "物业"), ("赡养费分担", "养老赡养/继承"), ("工资迟发两月", "拖欠农民工工资"), ("摩托车剐蹭赔偿", "道路交通事故"),
    ("借款到期未还", "合同"), ("楼上漏水泡坏家具", "损害赔偿"), ("网购种子不发芽", "消费"), ("排污沟堵塞", "环境污染"), ("羊群啃了麦苗", "损害赔偿"),
    ("婚约彩礼返还", "婚姻家庭"), ("水井共用起争执", "邻里"), ("房屋租赁押金", "合同"), ("合伙养鸡散伙分账", "生产经营"), ("路灯费摊派", "物业"),
]  # fmt: skip


async def plant(house: House) -> None:
    """Fill an empty installation with the county. Does nothing when it is there already."""
    if await Organisation.filter(id="centre").using_db(reads()).exists():
        return
    for code, name in REGIONS.items():
        await Region.create(code=code, name=name)
    for org, (name, short) in ORGS.items():
        await Organisation.create(id=org, name=name, short_name=short, region=COUNTY, phone=house.settings.office_phone)
    for login, name, role, org, region, speciality in PEOPLE:
        await Account.create(id=login, login=login, name=name, role=role, org=org, region=region, speciality=speciality)
    seed = random.Random(20260318)  # noqa: S311  (synthetic data, the same every time)
    now = house.clock.now()
    for number, (title, dispute_type) in enumerate(PAST):
        await house.store.create(_past_case(seed, title, dispute_type, now - timedelta(days=3 + number * 1.7, hours=seed.randrange(9))))
    await plant_experts(house, COUNTY)
    await house.store.create(followed_case(COUNTY + "001", REGIONS[COUNTY + "001"], ORGS["committee"][0]))
    await _live_case(house)


def _past_case(seed: random.Random, title: str, dispute_type: str, when: datetime) -> Any:
    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        township = seed.choice([COUNTY + "001", COUNTY + "002"])
        mediator = seed.choice([("wang", "王调解员", "committee"), ("chen", "陈调解员", "liulin")])
        stage = seed.choices(
            [CaseStage.CLOSED, CaseStage.AGREED, CaseStage.FAILED, CaseStage.ACCEPTED, CaseStage.REPORTED], [8, 4, 1, 5, 2]
        )[0]
        found = seed.random() < 0.3
        case = Case(
            id=numbering.new_id,
            code=numbering.code,
            kind=DisputeKind.DISPUTE,
            stage=stage,
            title=title,
            facts=f"{title}，双方协商未果，请求调解。",
            region=township,
            region_name=REGIONS[township],
            place="",
            source="网格员排查" if found else "当事人申请",
            entered_by=("grid1" if township.endswith("1") else "grid2") if found else "",
            reported_at=in_office(when),
            dispute_type=dispute_type,
            parties=[
                Person("p1", seed.choice("郑冯许何吕施") + "某", "applicant", f"1380000{seed.randrange(10_000):04}"),
                Person("p2", seed.choice("孔曹严华金魏") + "某", "respondent"),
            ],
            synthetic=True,
        )
        last = in_office(now)
        if last > now:
            last = in_office(now - timedelta(days=1))
        moment = when
        for step in _path(stage):
            case.history.append(Step(step, min(in_office(moment), last), mediator[1] if step is not CaseStage.REPORTED else ""))
            moment += timedelta(hours=seed.randrange(2, 30))
        if stage is not CaseStage.REPORTED:
            case.mode = DispatchMode.ASSIGN
            case.mediator = Mediator(mediator[0], mediator[1], mediator[2], ORGS[mediator[2]][0])
            case.number = f"安和人调字〔{when.year}〕示范第{seed.randrange(100, 999):05d}号"
            case.due_term, case.due = Term.MEDIATION, end_of_term(Term.MEDIATION, when)
        if stage in {CaseStage.CLOSED, CaseStage.AGREED}:
            case.agreed_at = next(step.at for step in case.history if step.stage is CaseStage.AGREED)
        return Dossier(case), Outcome([])

    return make


def _path(stage: CaseStage) -> list[CaseStage]:
    way = [CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING, CaseStage.AGREED, CaseStage.CLOSED]
    if stage is CaseStage.FAILED:
        return [*way[:4], CaseStage.FAILED]
    return way[: way.index(stage) + 1]


LIVE = Report(
    title="屋檐雨水流向邻家院墙",
    facts="李某家西侧屋檐雨水流向赵某院墙，墙面受潮剥落。双方对排水改造和修补费有争议，愿意在线调解。",
    region=COUNTY + "001",
    name="李某",
    phone="13800001234",
    place="城关镇东街",
    address="安和县城关镇东街",
)


async def _live_case(house: House) -> None:
    """One case that is ready for its session: reported, dispatched, accepted, the room open."""

    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        case, happened = open_case(LIVE, numbering, now, [], REGIONS[LIVE.region], True)
        return Dossier(case), Outcome(happened, {"case": case.id})

    case_id = (await house.store.create(make))["case"]
    centre = Actor("account", "centre", "周主任", Role.CENTRE, "centre", COUNTY)
    wang = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", COUNTY)
    await house.desk.do(Classify(case_id, "邻里"), centre, "")
    await house.desk.do(Dispatch(case_id, ["wang"], DispatchMode.ASSIGN, "请三日内联系双方"), centre, "")
    await house.desk.do(Accept(case_id), wang, "")
    await house.desk.do(AddParty(case_id, "赵某", "respondent", "13900005678", "", "安和县城关镇东街"), wang, "")
    await house.desk.do(OpenSession(case_id), wang, "")


async def links(house: House) -> dict[str, str]:
    """A fresh link for every role."""
    base, month = house.settings.base_url, timedelta(days=30)
    out = {"resident": f"{base}/report"}
    for role, account in (("centre", "centre"), ("grid worker", "grid1"), ("mediator", "wang"), ("second mediator", "chen")):
        out[role] = f"{base}/j#{await house.doors.links.issue('account', month, account=account)}"
    live = (
        await CaseRow.filter(stage=CaseStage.MEDIATING, synthetic=True, mediator="wang").using_db(reads()).order_by("-reported_at").first()
    )
    if live is not None:
        wang = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", COUNTY)
        for party, label in (("p1", "party 1"), ("p2", "party 2")):
            out[label] = (await house.desk.do(Invite(live.id, SeatRole.PARTY, party=party), wang, ""))["url"]
        dossier = await house.reader.dossier(live.id)
        room = dossier.room
        expert = next((s for s in room.seats.values() if s.role is SeatRole.EXPERT and not s.revoked), None) if room else None
        if room and expert:
            token = await house.doors.links.issue("seat", timedelta(days=1), case_id=live.id, session_id=room.id, seat=expert.id)
            out["expert"] = f"{base}/j#{token}"
        else:
            out["expert"] = (await house.desk.do(Invite(live.id, SeatRole.EXPERT, name="刘律师", speciality="相邻关系"), wang, ""))["url"]
        out["public code"] = f"{base}/c/{live.code}"
    # A county that was planted by an earlier version has none.
    for admin in await Account.filter(role__in=ADMIN_ROLES, region=COUNTY).using_db(reads()).order_by("-role"):
        out[f"{admin.login} administrator"] = f"{base}/j#{await house.doors.links.issue('account', month, account=admin.id)}"
    out["wall"] = f"{base}/j#{await house.doors.links.issue('wall', timedelta(days=365), account=COUNTY, seat='')}"
    return out


async def announce(house: House, as_json: bool = False) -> None:
    """Plant the county and print its links, as a table or as one JSON object on a line of its own."""
    await plant(house)
    await house.refresh()
    found = await links(house)
    if as_json:
        print(json.dumps({"url": house.settings.base_url, "links": found}), flush=True)
        return
    table = Table(title="和议 Heyi · 安和县(虚构) / an invented county", show_header=True)
    table.add_column("role 角色", style="bold", no_wrap=True)
    table.add_column("link 链接", no_wrap=True)
    for role, link in found.items():
        table.add_row(role, link)
    # Wider than any terminal: a link that is broken over two lines cannot be clicked.
    console = Console(soft_wrap=True, width=200)
    console.print(table)
    console.print("Ctrl-C ends the server. Open several links in one browser if you like: each tab keeps its own session.")
