"""What a seat receives: its connection down, with its slots and legs, its line's budget, and repair."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from rooms.media import congestion, rtcp
from rooms.media.bandwidth import CEILING, Line
from rooms.media.congestion import Congestion
from rooms.media.connection import Connection
from rooms.media.forwarding import Track
from rooms.media.rewrite import OVERHEAD, PADDING, Leg
from rooms.media.slots import PlayedSlots, SlotTable
from rooms.media.transport_cc import Feedback
from signaling.dtls import Certificate
from signaling.ice_lite import IcePort
from signaling.negotiation import CLOCK_RATES, PAYLOAD_TYPES, RTX_TYPES, Slot, offer_down, read_answer_down
from signaling.playback import MAX_SECTIONS, answer_player

MAX_REPEATS = 1000
"""Packets repeated per viewer and second; a viewer that asks for more gets a keyframe instead."""
MAX_PADDING = 40
"""Packets of padding per viewer and tick: 20 Mbit/s."""


class DownConnection(Connection):
    """What a seat receives. `fed` maps each slot's SSRC to its leg and the track that feeds it now."""

    def __init__(self, port: IcePort, certificate: Certificate, clock: Callable[[], float]) -> None:
        super().__init__(port, certificate)
        self._clock = clock
        self._repeats = 0
        self._again: list[tuple[Leg, Track, tuple[int, ...]]] = []
        self._transport_cc = False
        self.table: SlotTable | PlayedSlots = SlotTable()
        self._numbers: dict[str, dict[str, int]] = {}
        """A player's own payload types: by section and codec."""
        self.legs: dict[int, Leg] = {}
        self.fed: dict[int, Track] = {}
        self.congestion = Congestion()
        self.estimated = CEILING
        """What REMB says that this viewer's line takes, bit/s; for one without transport-wide feedback."""
        self._line = Line()
        self._estimate = 0
        self._octets = 0
        self.peer.on_rtcp = self._rtcp

    @property
    def measured(self) -> bool:
        """Whether the line is judged by transport-wide feedback: from the first packet on, so that nobody's line is flooded to find out."""
        return self._transport_cc and self.congestion.answers(self._clock())

    @property
    def budget(self) -> int:
        """bit/s for pictures."""
        if self.measured:
            return self.congestion.room(self._clock())
        # REMB bounds nothing as long as the line is not full.
        return self.estimated if self.estimated < CEILING else congestion.CEILING

    @property
    def limit(self) -> int:
        """What a source with a single layer should send at most for this viewer, all its videos together, bit/s."""
        if self.measured:
            return self.congestion.budget if self.congestion.narrow(self._clock()) else CEILING
        return self.estimated

    def offer(self, *, always: bool) -> tuple[int, str] | None:
        """(revision, description) of an offer that is due; with `always`, of one in any case."""
        due = self.table.renew() if always else self.table.next_offer()
        return None if due is None else (due[0], offer_down(due[1], self.server(), due[0]))

    def play(self, offer: str) -> str:
        """Take a player's offer, which is its only one, and answer it. Raises `SdpError`, then nothing has changed."""
        playback = answer_player(offer, self.server(), [secrets.randbelow(0xFFFFFFFF) + 1 for _ in range(MAX_SECTIONS)])
        self.table = PlayedSlots(playback.sections)
        self._numbers = {str(place): section.codecs for place, section in enumerate(playback.sections)}
        self.peer.start(playback.fingerprints)
        return playback.answer

    @property
    def plays(self) -> bool:
        return isinstance(self.table, PlayedSlots)

    def answered(self, revision: int, answer: str) -> None:
        """Take the client's answer. Raises `SdpError` or `StaleAnswer`, then nothing has changed."""
        read = read_answer_down(answer, self.table.check(revision))
        self.table.answered(read)
        self._transport_cc = read.transport_cc
        self.peer.start(read.fingerprints)

    def feed(self, wanted: dict[int, tuple[Slot, Track]], now: float) -> bool:
        """Make exactly these slots (by SSRC) be fed by these tracks; whether that changed anything."""
        changed = False
        for ssrc, track in list(self.fed.items()):
            if ssrc not in wanted or wanted[ssrc][1] is not track:
                track.detach(self.legs[ssrc], now)
                del self.fed[ssrc]
                changed = True
        known = {slot.ssrc for slot in self.table.slots}
        self.legs = {ssrc: leg for ssrc, leg in self.legs.items() if ssrc in known}
        for ssrc, (slot, track) in wanted.items():
            if ssrc not in self.fed:
                self.fed[ssrc] = track
                track.attach(self._leg(slot, track))
                changed = True
        return changed

    def _leg(self, slot: Slot, track: Track) -> Leg:
        """The leg of a slot, made when it is first fed."""
        leg = self.legs.get(slot.ssrc)
        if leg is None:
            leg = Leg(slot.ssrc, 0, CLOCK_RATES[track.codec], slot.mid, self.peer.way, self.peer.send_rtcp)
            self.legs[slot.ssrc] = leg
        leg.payload_type = self._numbers.get(slot.mid, PAYLOAD_TYPES)[track.codec]
        if track.video and slot.mid in self.table.repaired:
            leg.rtx_ssrc, leg.rtx_type = slot.rtx_ssrc, RTX_TYPES[track.codec]
            # A packet repeated byte by byte would carry one number twice, so numbers need streams for retransmissions.
            leg.line = self.congestion.sent if self._transport_cc else None
        return leg

    def tick(self) -> None:
        """Once a second."""
        self._repeats = 0
        active = [leg for ssrc, leg in self.legs.items() if ssrc in self.fed]
        self.loss = max((leg.loss for leg in active), default=0.0)
        self.round_trip = max((leg.round_trip for leg in active), default=0.0)
        octets = sum(leg.octets for leg in self.legs.values())
        self.estimated = self._line.update(self._estimate, max(0, octets - self._octets) * 8, self.loss)
        self._octets = octets

    def pad(self, now: float) -> None:
        """Every tick: repairs once more where they may be lost as well, and the padding of a probe, on any leg with a stream for it."""
        again, self._again = self._again, []
        for leg, track, lost in again:
            if self.fed.get(leg.ssrc) is track and self.congestion.relieved(now):
                self.send_to(leg, track.repeat(leg, lost, now))
        self.congestion.look(now)
        owed = self.congestion.owed(now)
        if owed <= 0 or not self.peer.connected:
            return
        # Not a leg whose section is being freed: the viewer may know its streams no more, and would tell nothing of them.
        watched = (self.legs.get(slot.ssrc) for slot, _ in self.table.ready())
        carrier = next((leg for leg in watched if leg is not None and leg.rtx_ssrc and leg.line is not None), None)
        if carrier is None:
            return
        self.send_to(carrier, [carrier.padding(now) for _ in range(min(MAX_PADDING, -(-owed // (PADDING + OVERHEAD))))])

    def _rtcp(self, data: bytes) -> None:
        self._reported_at = now = self._clock()
        for report in rtcp.parse(data):
            if isinstance(report, Feedback):
                self._replace(self.congestion.told(report, now), now)
                continue
            if isinstance(report, rtcp.Bandwidth):
                self._estimate = report.bitrate
                continue
            leg, track = self.legs.get(report.ssrc), self.fed.get(report.ssrc)
            if leg is None or track is None:
                continue
            if isinstance(report, rtcp.Reception):
                leg.reported(report.fraction_lost, report.lsr, report.delay, now)
            elif isinstance(report, rtcp.KeyframeRequest):
                track.want_keyframe(leg)
            elif isinstance(report, rtcp.Nack):
                self._repeat(leg, track, report.lost, now)

    def _replace(self, missing: list[tuple[int, int]], now: float) -> None:
        """Repeat what a line that loses much has lost, by its (SSRC, number), before the viewer asks: its request may be lost as well."""
        by_leg: dict[int, list[int]] = {}
        for ssrc, number in missing:
            by_leg.setdefault(ssrc, []).append(number)
        for ssrc, numbers in by_leg.items():
            leg, track = self.legs.get(ssrc), self.fed.get(ssrc)
            if leg is not None and track is not None:
                self._repeat(leg, track, tuple(numbers), now)

    def _repeat(self, leg: Leg, track: Track, lost: tuple[int, ...], now: float) -> None:
        if not self.congestion.relieved(now):
            return
        lost = leg.worth_repeating(lost, now)
        self._repeats += len(lost)
        if self._repeats > MAX_REPEATS:
            track.want_keyframe(leg)
            return
        self.send_to(leg, track.repeat(leg, lost, now))
        if leg.rtx_ssrc and self.congestion.loss > congestion.UNSAFE:
            self._again.append((leg, track, lost))
