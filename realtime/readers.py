"""Who is connected: by sign-in, account and address, with the limits of each. Pure.

A person with many tabs must not crowd out another, nor an address a county; but a village's phones may all come from one address, and a
county's desks from another. Whoever is over a limit is told so at the handshake, or closed with a code that says when to come back.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from cases.actor import Actor
from realtime.bucket import Bucket

CONNECTIONS_PER_LOGIN = 12
CONNECTIONS_PER_ACCOUNT = 40
CONNECTIONS_PER_ADDRESS = 2_000
CONNECTIONS_PER_NODE = 30_000
TOPICS_PER_CONNECTION = 32
TOPICS_PER_ACCOUNT = 400
TOPICS_PER_ADDRESS = 20_000


class Admission(NamedTuple):
    """What the door says of a request: who it is, under which sign-in, and until when."""

    actor: Actor
    login: str = ""
    ends: datetime | None = None


class Seated(Hashable, Protocol):
    """What the registry needs to know of a connection."""

    login: str
    address: str

    @property
    def account(self) -> str: ...


class Readers:
    """The connections of one node."""

    def __init__(
        self,
        per_login: int = CONNECTIONS_PER_LOGIN,
        per_account: int = CONNECTIONS_PER_ACCOUNT,
        per_address: int = CONNECTIONS_PER_ADDRESS,
        per_node: int = CONNECTIONS_PER_NODE,
        topics_per_account: int = TOPICS_PER_ACCOUNT,
        topics_per_address: int = TOPICS_PER_ADDRESS,
    ) -> None:
        self._topic_limits = (topics_per_account, topics_per_address)
        self._limits = (per_node, per_login, per_account, per_address)
        self.all: set[Seated] = set()
        self._by_login: dict[str, set[Seated]] = {}
        self._by_account: dict[str, set[Seated]] = {}
        self._addresses: dict[str, int] = {}
        self._topics: dict[str, int] = {}
        self._ends: list[tuple[datetime, str]] = []
        self._end_of: dict[str, datetime] = {}

    def __contains__(self, reader: object) -> bool:
        return reader in self.all

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Seated]:
        return iter(self.all)

    def over(self, login: str, account: str, address: str) -> str:
        """Which limit one more connection would pass: node, login, account or address. Empty: none."""
        node, per_login, per_account, per_address = self._limits
        if len(self.all) >= node:
            return "node"
        if login and len(self._by_login.get(login, ())) >= per_login:
            return "login"
        if account and len(self._by_account.get(account, ())) >= per_account:
            return "account"
        return "address" if self._addresses.get(address, 0) >= per_address else ""

    def add(self, reader: Seated, ends: datetime | None = None) -> None:
        """`ends`: when its sign-in expires."""
        self.all.add(reader)
        if reader.login:
            self._by_login.setdefault(reader.login, set()).add(reader)
        if reader.account:
            self._by_account.setdefault(reader.account, set()).add(reader)
        self._addresses[reader.address] = self._addresses.get(reader.address, 0) + 1
        if ends is not None and self._end_of.get(reader.login) != ends:
            self._end_of[reader.login] = ends
            heapq.heappush(self._ends, (ends, reader.login))
            if len(self._ends) > 2 * len(self._end_of) + 1_000:
                # Whoever reconnects again and again leaves an entry each time.
                self._ends = [(moment, login) for login, moment in self._end_of.items()]
                heapq.heapify(self._ends)

    def remove(self, reader: Seated) -> bool:
        """Whether it was there."""
        if reader not in self.all:
            return False
        self.all.discard(reader)
        for index, key in ((self._by_login, reader.login), (self._by_account, reader.account)):
            mates = index.get(key)
            if mates is not None:
                mates.discard(reader)
                if not mates:
                    del index[key]
        if reader.login not in self._by_login:
            self._end_of.pop(reader.login, None)
        self._addresses[reader.address] -= 1
        if not self._addresses[reader.address]:
            del self._addresses[reader.address]
        return True

    def over_topics(self, reader: Seated, held: int) -> bool:
        """Whether one more topic would be too many for this connection, which holds `held`, for its account or for its address."""
        of_account = self._topics.get("a" + reader.account, 0) if reader.account else 0
        of_address = self._topics.get("@" + reader.address, 0)
        per_account, per_address = self._topic_limits
        return held >= TOPICS_PER_CONNECTION or of_account >= per_account or of_address >= per_address

    def count_topic(self, reader: Seated, change: int) -> None:
        """A topic more (1) or less (-1) is followed."""
        for key in ("@" + reader.address, *(["a" + reader.account] if reader.account else [])):
            count = self._topics.get(key, 0) + change
            if count:
                self._topics[key] = count
            else:
                self._topics.pop(key, None)

    def of_login(self, login: str) -> list[Seated]:
        return list(self._by_login.get(login, ()))

    def of_account(self, account: str) -> list[Seated]:
        return list(self._by_account.get(account, ()))

    def logins(self) -> list[str]:
        return list(self._by_login)

    def ended(self, now: datetime) -> list[str]:
        """Sign-ins that have expired by `now`, each told once."""
        out = []
        while self._ends and self._ends[0][0] <= now:
            ends, login = heapq.heappop(self._ends)
            if self._end_of.get(login) == ends:
                del self._end_of[login]
                out.append(login)
        return out


MESSAGES_PER_ACCOUNT = (80.0, 400.0)
MESSAGES_PER_ADDRESS = (1_000.0, 5_000.0)
"""(a second on average, at once). A long message counts for several: see `realtime.session.cost`."""
QUOTAS_KEPT = 20_000


class Quotas:
    """What accounts and addresses may send through all their connections together."""

    def __init__(self, account: tuple[float, float] = MESSAGES_PER_ACCOUNT, address: tuple[float, float] = MESSAGES_PER_ADDRESS) -> None:
        self._account, self._address = account, address
        self._buckets: dict[str, Bucket] = {}

    def spend(self, account: str, address: str, cost: float, now: float) -> str:
        """Take `cost` of both. Returns which is overdrawn: account or address; empty: neither."""
        if account and not self._bucket("a" + account, self._account, now).spend(cost, now):
            return "account"
        return "" if self._bucket("@" + address, self._address, now).spend(cost, now) else "address"

    def _bucket(self, key: str, limit: tuple[float, float], now: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= QUOTAS_KEPT:
                # A full bucket says nothing that a new one would not.
                self._buckets = {k: b for k, b in self._buckets.items() if not b.full(now)}
                for oldest in list(self._buckets)[: max(0, len(self._buckets) - QUOTAS_KEPT // 2)]:
                    del self._buckets[oldest]
            bucket = self._buckets[key] = Bucket(*limit, now)
        return bucket
