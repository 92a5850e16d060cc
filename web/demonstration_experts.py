"""The pool of experts of the invented county: a few of every kind, one who is away, and one who has the name of a party of the live case."""

from __future__ import annotations

from datetime import timedelta

from cases.actor import Actor
from cases.clock import COUNTY_TIME
from cases.experts import Entry, checked
from cases.vocabulary import Role
from web.house import House

OFFICE = [[9, 10, 11, 14, 15, 16, 17]] * 5 + [[], []]
EVER = [list(range(24))] * 7
EVENINGS = [[18, 19, 20]] * 5 + [[9, 10, 11]] * 2
AWAY_DAYS = 20
POOL: list[tuple[str, str, str, str, list[str], str, str, list[list[int]], str]] = [
    ("刘正平", "lawyer", "people", "", ["邻里", "房屋宅基地", "物业"], "", "安和县律师事务所", EVER, "13800000101"),
    ("张心宁", "psychologist", "people", "", ["婚姻家庭", "养老赡养/继承"], "", "安和县心理健康服务中心", EVENINGS, "13800000102"),
    ("周大工", "engineer", "administrative", "", ["邻里", "房屋宅基地", "环境污染"], "", "安和县自然资源和规划局", OFFICE, "13800000103"),
    ("孙桂兰", "grid_worker", "people", "001", ["邻里", "物业"], "冀鲁官话", "城关镇东街网格", EVER, "13800000104"),
    ("高明远", "retired_judge", "judicial", "", ["合同", "损害赔偿"], "", "原安和县人民法院", OFFICE, "13800000105"),
    ("何守义", "mediator", "people", "002", ["山林土地", "合同"], "冀鲁官话", "柳林镇人民调解委员会", OFFICE, "13800000106"),
    ("郭杏林", "doctor", "administrative", "", ["医疗", "损害赔偿"], "", "安和县人民医院", OFFICE, "13800000107"),
    ("赵某", "trade", "people", "001", ["邻里"], "", "城关镇建筑队", EVER, "13800000108"),
]
AWAY = "高明远"


async def plant_experts(house: House, county: str) -> None:
    centre = Actor("account", "centre", "周主任", Role.CENTRE, "centre", county)
    back = (house.clock.now().astimezone(COUNTY_TIME) + timedelta(days=AWAY_DAYS)).date().isoformat()
    for name, kind, mediation, township, specialities, spoken, employer, week, phone in POOL:
        entry = Entry(
            name=name,
            kind=kind,
            mediation=mediation,
            region=county + township,
            phone=phone,
            specialities=specialities,
            languages=["mandarin", *(["dialect"] if spoken else [])],
            spoken=spoken,
            employer=employer,
            week=week,
            away_until=back if name == AWAY else "",
        )
        await house.doors.experts.create(centre, checked(entry))
