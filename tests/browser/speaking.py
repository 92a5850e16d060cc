"""People of one demonstration who write markup into every free text that commands and requests take, over the protocol, as a browser's field would not stop it."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any, get_args, get_origin

import msgspec

from rehearsal.trying import COMMANDS, tag_of
from tests.serving import Client, Server, Visitor

TAG = "<img src=x onerror='ran=1'>"
REPORTER = "13800009901"
CHOSEN = frozenset(
    [
        "amount",
        "at",
        "capacity",
        "clause",
        "code",
        "creditor",
        "debtor",
        "digest",
        "dispute_type",
        "due",
        "expert",
        "files",
        "form",
        "hash",
        "id_number",
        "invitation",
        "leaf",
        "leaves",
        "lines",
        "names",
        "obligation",
        "on",
        "org",
        "org_name",
        "party",
        "phone",
        "receipt",
        "region",
        "region_name",
        "request",
        "same",
        "seat",
        "seats",
        "share",
        "start",
        "strokes",
        "talk",
        "ticket",
        "to",
        "visit",
    ]
)
"""Fields that are no free text: ids, hashes, days, numbers, and what is one of a list; whatever else stands in them is refused, or compared with what it has to be."""
COMPARED = frozenset({"sign.name", "begin_signing.name", "prepare_signature.name", "classify.seen", "write_down.was"})
"""Free text that has to be what is printed, or what stands there."""


def free_fields() -> set[str]:
    """`tag.field` of every free text of the protocol's commands."""
    found = {
        f"{tag_of(kind)}.{field.name}"
        for kind in COMMANDS
        for field in msgspec.structs.fields(kind)
        if field.name not in {"case", *CHOSEN} and _is_text(field.type)
    }
    return found - COMPARED


def _is_text(of: Any) -> bool:
    """`str`, or something with it inside, but for one of some words."""
    return of is str or any(
        _is_text(one) for one in get_args(of) if get_origin(of) is not None and one is not of and not isinstance(one, str)
    )


class Speaking:
    """`taken`: `tag.field` of what was taken with the tag in it. `case`: the one that gets it."""

    def __init__(self, server: Server, stack: AsyncExitStack) -> None:
        self.server, self._stack = server, stack
        self.taken: set[str] = set()
        self.case = ""
        self.visitors: dict[str, Visitor] = {}
        self.clients: dict[str, Client] = {}

    async def come(self, who: str, link: str = "") -> Client:
        """By a link, or with what a report has left in the browser."""
        visitor = self.visitors.setdefault(who, Visitor(self.server))
        if link:
            await visitor.open(link, take_over=True)
        self.clients[who] = await self._stack.enter_async_context(visitor.connect())
        return self.clients[who]

    async def do(self, who: str, tag: str, case: str = "", **fields: Any) -> dict[str, Any]:
        done = await self.clients[who].do({"t": tag, "case": case or self.case, **fields})
        self.taken |= {f"{tag}.{name}" for name, value in fields.items() if TAG in str(value)}
        return done

    async def report(self, who: str, voice: bytes = b"", **more: str) -> tuple[str, str]:
        said = {"title": f"屋檐{TAG}", "facts": f"滴水{TAG}", "place": f"东街{TAG}", "name": f"李某{TAG}", "address": f"东街{TAG}"}
        asked = {**said, "region": "139901001", "phone": REPORTER, "other_name": f"赵某{TAG}", "other_phone": "13800009902", **more}
        visitor = self.visitors[who] = Visitor(self.server)
        files = {"spoken": ("told", voice, "audio/webm")} if voice else None
        answer = await visitor.http.post(
            "/api/reports", data={"report": json.dumps(asked)}, files=files, headers={"Idempotency-Key": f"tagged-{who}"}
        )
        made = answer.json()
        visitor.handle = made["as"]
        await self.come(who)
        return str(made["case"]), str(made["code"])

    async def post(self, who: str, path: str, key: str = "", **body: Any) -> dict[str, Any]:
        visitor = self.visitors[who]
        answer = await visitor.http.post(path, params={"as": visitor.handle}, json=body, headers={"Idempotency-Key": key or "tagged-0001"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def get(self, who: str, path: str, **query: str) -> dict[str, Any]:
        visitor = self.visitors[who]
        answer = await visitor.http.get(path, params={"as": visitor.handle, **query})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
