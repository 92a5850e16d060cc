"""The written record: completed, checked line by line, closed before the session ends."""

from __future__ import annotations

from rehearsal.play import Play
from rehearsal.seat import Seat


def _open(person: Seat) -> dict[str, int]:
    record = person.doc["record"]
    read = record.get("confirmed", {}).get(person.seat, {})
    lines = {str(int(key)): line["revision"] for key, line in record["lines"].items() if not line.get("struck")}
    return {number: revision for number, revision in lines.items() if read.get(number) != revision}


async def close(play: Play) -> str:
    mediator, one, two = (play.seats[seat] for seat in ("m", "s1", "s2"))
    await mediator.do("write_line", text="双方对屋檐伸出的长度没有争议", agreed=True)
    for person in (one, two):
        await person.client.until(lambda person=person: any(line["kind"] == "agreed" for line in person.doc["record"]["lines"].values()))
        await person.do("confirm_lines", lines=_open(person))
    await mediator.do("close_record")
    await two.client.until(lambda: "closed" in two.doc["record"])
    host = play.visitors[play.host]
    for visitor in (host, play.visitors["s1"]):
        answer = await visitor.http.get(f"/api/records/{play.case}/record.pdf", params={"as": visitor.handle})
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF-"), answer.text[:300]
    return f"{len(two.doc['record']['lines'])} lines, confirmed by both"
