"""A seat's two connections on the worker: encrypted peers joined to the rules of forwarding."""

from __future__ import annotations

from collections.abc import Callable

from rooms.media import rtcp
from rooms.media.bandwidth import CEILING, Budget, Line
from rooms.media.forwarding import Track, Uplink
from rooms.media.rewrite import Leg
from rooms.media.slots import SlotTable
from signaling.dtls import Certificate, fingerprint_of
from signaling.ice_lite import IcePort
from signaling.negotiation import CLOCK_RATES, PAYLOAD_TYPES, Server, Slot, answer_up, offer_down, read_answer_down
from signaling.negotiation import Uplink as Negotiated
from signaling.peer import Peer

OUR_SSRC = 1
"""The SSRC under which the server reports; it sends no media of its own."""
MAX_REPEATS = 1000
"""Packets repeated per viewer and second; a viewer that asks for more gets a keyframe instead."""


class Connection:
    """What both directions share."""

    def __init__(self, port: IcePort, certificate: Certificate) -> None:
        self._port = port
        self._certificate = certificate
        self.peer = Peer(port, certificate)
        self.loss = 0.0
        self.round_trip = 0.0
        self._reported_at = 0.0

    @property
    def heard_at(self) -> float:
        """When the peer last gave a sign of life: a check or a report."""
        return max(self.peer.ice.heard_at, self._reported_at)

    def server(self) -> Server:
        """This side, as descriptions tell it."""
        mine = self.peer.ice.credentials
        return Server(mine.ufrag, mine.password, fingerprint_of(self._certificate), tuple(self._port.candidates))


class UpConnection(Connection):
    """What a seat sends. Packets are forwarded the moment they arrive; `on_report` hears of (kind, sender report)."""

    def __init__(self, port: IcePort, certificate: Certificate, clock: Callable[[], float]) -> None:
        super().__init__(port, certificate)
        self._clock = clock
        self._remote: tuple[str, tuple[tuple[str, str], ...]] = ("", ())
        self._octets = 0
        self._budget = Budget()
        self.media = Uplink(())
        self.on_report: Callable[[str, rtcp.SenderReport], None] = lambda kind, report: None
        self.peer.on_rtp = self._rtp
        self.peer.on_rtcp = self._rtcp

    def continues(self, offer: str) -> bool:
        """Whether this offer is of the connection we have, rather than of a new one. Raises `SdpError`."""
        negotiated = answer_up(offer, self.server())
        return not self.peer.closed and self._remote == (negotiated.ufrag, negotiated.fingerprints)

    def negotiate(self, offer: str) -> Negotiated:
        """Answer an offer and take its tracks. Raises `SdpError`, then nothing has changed."""
        negotiated = answer_up(offer, self.server())
        self._remote = (negotiated.ufrag, negotiated.fingerprints)
        self.media.renegotiate(negotiated.tracks)
        self.peer.start(negotiated.fingerprints)
        return negotiated

    def restart(self, offer: str) -> Negotiated:
        """Answer an offer with new ICE credentials by new ones of ours. Raises `SdpError`, then nothing has changed."""
        answer_up(offer, self.server())
        self.peer.ice.restart()
        return self.negotiate(offer)

    def ask(self, now: float) -> None:
        """Ask for what is missing and for keyframes; called every 20 ms."""
        for track in self.media.tracks.values():
            reception = track.reception
            if reception.missing and (due := reception.due_nacks(now, self.round_trip)):
                self.peer.send_rtcp(rtcp.nack(OUR_SSRC, reception.ssrc, due))
            if track.video and track.keyframe_due(now):
                self.peer.send_rtcp(rtcp.picture_loss(OUR_SSRC, reception.ssrc))

    def report(self, now: float, viewers: list[int]) -> None:
        """Tell the sender what arrived and how fast it may send; called every second. `viewers`: share of each viewer's REMB, bit/s."""
        active = [t.reception for t in self.media.tracks.values() if t.reception.highest >= 0]
        if not active:
            return
        blocks = [reception.report(now) for reception in active]
        self.loss = max(block.fraction_lost for block in blocks) / 256
        octets = sum(reception.octets for reception in active)
        bitrate = self._budget.update(self.loss, max(0, octets - self._octets) * 8, viewers)
        self._octets = octets
        remb = rtcp.bandwidth(OUR_SSRC, bitrate, [r.ssrc for r in active if r.repair])
        self.peer.send_rtcp(rtcp.receiver_report(OUR_SSRC, blocks) + remb)

    def _rtp(self, data: bytes) -> None:
        for leg, packet in self.media.receive(data, self._clock()):
            leg.send(packet)

    def _rtcp(self, data: bytes) -> None:
        self._reported_at = now = self._clock()
        for report in rtcp.parse(data):
            if isinstance(report, rtcp.SenderReport) and (track := self.media.by_ssrc(report.ssrc)) is not None:
                for leg, packet in track.sender_reports(report, now):
                    leg.send_rtcp(packet)
                if not track.muted:
                    self.on_report(track.kind, report)


class DownConnection(Connection):
    """What a seat receives. `fed` maps each slot's SSRC to its leg and the track that feeds it now."""

    def __init__(self, port: IcePort, certificate: Certificate, clock: Callable[[], float]) -> None:
        super().__init__(port, certificate)
        self._clock = clock
        self._repeats = 0
        self.table = SlotTable()
        self.legs: dict[int, Leg] = {}
        self.fed: dict[int, Track] = {}
        self.limit = CEILING
        """What this viewer's line bounds everything it is sent to, bit/s."""
        self._line = Line()
        self._estimate = 0
        self._octets = 0
        self.peer.on_rtcp = self._rtcp

    def offer(self, *, always: bool) -> tuple[int, str] | None:
        """(revision, description) of an offer that is due; with `always`, of one in any case."""
        due = self.table.renew() if always else self.table.next_offer()
        return None if due is None else (due[0], offer_down(due[1], self.server(), due[0]))

    def answered(self, revision: int, answer: str) -> None:
        """Take the client's answer. Raises `SdpError` or `StaleAnswer`, then nothing has changed."""
        read = read_answer_down(answer, self.table.check(revision))
        self.table.answered(read)
        self.peer.start(read.fingerprints)

    def feed(self, wanted: dict[int, tuple[Slot, Track]], now: float) -> None:
        """Make exactly these slots (by SSRC) be fed by these tracks."""
        for ssrc, track in list(self.fed.items()):
            if ssrc not in wanted or wanted[ssrc][1] is not track:
                track.detach(self.legs[ssrc], now)
                del self.fed[ssrc]
        known = {slot.ssrc for slot in self.table.slots}
        self.legs = {ssrc: leg for ssrc, leg in self.legs.items() if ssrc in known}
        for ssrc, (slot, track) in wanted.items():
            if ssrc in self.fed:
                continue
            payload_type, clock_rate = PAYLOAD_TYPES[track.codec], CLOCK_RATES[track.codec]
            leg = self.legs.get(ssrc)
            if leg is None:
                leg = self.legs[ssrc] = Leg(ssrc, payload_type, clock_rate, slot.mid, self.peer.send_rtp, self.peer.send_rtcp)
            leg.payload_type = payload_type
            self.fed[ssrc] = track
            track.attach(leg)

    def tick(self) -> None:
        """Once a second."""
        self._repeats = 0
        active = [leg for ssrc, leg in self.legs.items() if ssrc in self.fed]
        self.loss = max((leg.loss for leg in active), default=0.0)
        self.round_trip = max((leg.round_trip for leg in active), default=0.0)
        octets = sum(leg.octets for leg in self.legs.values())
        self.limit = self._line.update(self._estimate, max(0, octets - self._octets) * 8, self.loss)
        self._octets = octets

    def _rtcp(self, data: bytes) -> None:
        self._reported_at = now = self._clock()
        for report in rtcp.parse(data):
            if isinstance(report, rtcp.Bandwidth):
                self._estimate = report.bitrate
                continue
            leg, track = self.legs.get(report.ssrc), self.fed.get(report.ssrc)
            if leg is None or track is None:
                continue
            if isinstance(report, rtcp.Reception):
                leg.reported(report.fraction_lost, report.lsr, report.delay, now)
            elif isinstance(report, rtcp.KeyframeRequest):
                track.want_keyframe()
            elif isinstance(report, rtcp.Nack):
                self._repeat(leg, track, report.lost)

    def _repeat(self, leg: Leg, track: Track, lost: tuple[int, ...]) -> None:
        self._repeats += len(lost)
        if self._repeats > MAX_REPEATS:
            track.want_keyframe()
            return
        for packet in track.repeat(leg, lost):
            leg.send(packet)
