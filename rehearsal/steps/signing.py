"""From the final text to the seal."""

from __future__ import annotations

import time

from rehearsal.device_key import DeviceKey, demand_seen
from rehearsal.hand import scribble
from rehearsal.play import Play


async def freeze(play: Play) -> str:
    mediator = play.seats["m"]
    began = time.perf_counter()
    frozen = await mediator.do("freeze")
    play.measured("rehearsal.freeze_to_pdf", time.perf_counter() - began)
    play.hash = frozen["hash"]
    for seat in ("s1", "s2"):
        own = play.seats[seat]
        await own.client.until(lambda own=own: own.doc.get("agreement", {}).get("hash") == play.hash)
    page = await play.visitors["s1"].http.get(f"/api/agreements/{play.case}/pages/0.png", params={"as": play.visitors["s1"].handle})
    assert page.status_code == 200 and page.content[:4] == b"\x89PNG"
    return f"SHA-256 {play.hash[:16]}…"


async def confirm(play: Play) -> str:
    mediator = play.seats["m"]
    clauses = [c["id"] for c in mediator.doc["agreement"]["clauses"]]
    for seat in ("s1", "s2"):
        for clause in clauses:
            await play.seats[seat].do("confirm_clause", clause=clause, hash=play.hash)
        await play.seats[seat].do("consent", point="signature", given=True)
    await mediator.client.until(lambda: mediator.doc["next"]["missing"] == [])
    await mediator.do("move_stage", to="signing")
    return f"{len(clauses)} clauses by two parties"


async def answer_code(play: Play, seat: str) -> None:
    """The party asks for a code, the mediator reads it out from the desk."""
    await play.seats[seat].do("ask_code", hash=play.hash)
    desk = play.visitors[play.host]
    shown = await desk.http.get(f"/api/sessions/{play.session}/codes", params={"as": desk.handle})
    await play.seats[seat].do("answer_code", hash=play.hash, code=shown.json()["codes"][seat])


async def sign(play: Play) -> str:
    mediator = play.seats["m"]
    for seat in ("s2", "s1", "m"):
        if seat != "m":
            await answer_code(play, seat)
        name = mediator.doc["agreement"]["signers"][seat]
        began = time.perf_counter()
        if seat == "m":
            await mediator.do("sign", hash=play.hash, strokes=scribble(), name=name, intent=True)
        else:
            await _by_own_key(play, seat, name)
        play.measured("rehearsal.one_signature", time.perf_counter() - began)
    return "赵某, 李某 by keys of their own, mediator: PAdES B-LT"


async def _by_own_key(play: Play, seat: str, name: str) -> None:
    """As a browser with WebCrypto does it; the mediator's signature goes the way of one that has none."""
    own, key, visitor = play.seats[seat], DeviceKey(), play.visitors[seat]
    saying = {"hash": play.hash, "name": name, "intent": True, "key": key.public}
    asked = await own.do("begin_signing", **saying)
    told = await own.do("prepare_signature", **saying, strokes=scribble(), proof=key.sign(asked["request"]))
    base = await visitor.http.get(f"/api/agreements/{play.case}/agreement.pdf", params={"as": visitor.handle})
    demand_seen(told, base.content, own.doc["agreement"]["frozen"])
    await own.do("complete_signature", ticket=told["ticket"], signature=key.sign(told["attributes"]))


async def seal(play: Play) -> str:
    mediator = play.seats["m"]
    began = time.perf_counter()
    await mediator.do("seal", hash=play.hash)
    play.measured("rehearsal.seal", time.perf_counter() - began)
    await mediator.client.until(lambda: mediator.doc["agreement"]["stage"] == "effective")
    return "in effect"
