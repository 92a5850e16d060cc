"""A house that is not the demonstration's, as a process to be killed: it offers wang an order, says so once that is acknowledged, and goes on.

Arguments: data folder, the gateway's address, the file with its token, and `offer` to offer one.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from cases.case import Numbering, open_case
from cases.commands.casework import Dispatch, Report
from storage.contacts import Contact, sealed
from storage.dossier import Dossier
from storage.models.people import Account, Organisation, Region
from storage.work import Outcome
from tests.web.post import CENTRE, PHONE
from web.composition import open_house
from web.settings import Settings

REGION = "139901001"


async def main(folder: str, gateway: str, token: str, offer: bool) -> None:
    ways = {"sms_url": gateway, "sms_token_file": token, "quiet_hours": "00:00-00:00"}
    async with open_house(Settings(data=folder, media_workers=1, log_level="error", **ways)) as (house, _):
        if offer:
            await Region.create(code=REGION, name="城关镇")
            await Organisation.create(id="committee", name="安和县人民调解委员会", short_name="安和", region="139901")
            await Account.create(
                id="wang",
                login="wang",
                name="王某",
                role="mediator",
                region="139901",
                org="committee",
                contact=sealed("wang", Contact(PHONE)),
            )

            def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
                asked = Report(title="楼上漏水", facts="协商未果", region=REGION, name="郑某", phone="13800005555")
                case, happened = open_case(asked, numbering, now, [], "城关镇", False)
                return Dossier(case), Outcome(happened, {"case": case.id})

            case_id = (await house.store.create(make))["case"]
            await house.desk.do(Dispatch(case_id, ["wang"]), CENTRE, "key-1")
        print("ready", flush=True)
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], sys.argv[4:] == ["offer"]))
