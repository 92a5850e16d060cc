"""A seat's two connections on the worker: encrypted peers joined to the rules of forwarding."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median_low

from rooms.media import congestion, rtcp, rtp
from rooms.media.bandwidth import CEILING, FLOOR, Budget, Line
from rooms.media.congestion import Congestion
from rooms.media.encoding import Encoding
from rooms.media.forwarding import Track, Uplink
from rooms.media.rewrite import OVERHEAD, PADDING, Leg
from rooms.media.slots import SlotTable
from rooms.media.transport_cc import Arrivals, Feedback
from signaling.dtls import Certificate, fingerprint_of
from signaling.ice_lite import IcePort
from signaling.negotiation import CLOCK_RATES, PAYLOAD_TYPES, RTX_TYPES, Server, Slot, answer_up, offer_down, read_answer_down
from signaling.negotiation import Uplink as Negotiated
from signaling.peer import Peer

OUR_SSRC = 1
"""The SSRC under which the server reports; it sends no media of its own."""
MAX_REPEATS = 1000
"""Packets repeated per viewer and second; a viewer that asks for more gets a keyframe instead."""
UNSAFE = 0.02
"""Loss of 1 above which a repair is sent twice, a tick apart: a second request would take another round trip, and the picture stands meanwhile."""
FEEDBACK_EVERY = 0.08
"""Seconds between two transport-wide feedbacks to a sender."""
MAX_PADDING = 40
"""Packets of padding per viewer and tick: 20 Mbit/s."""


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
        return Server(
            mine.ufrag, mine.password, fingerprint_of(self._certificate), tuple(self._port.candidates), self._port.tcp is not None
        )


class UpConnection(Connection):
    """What a seat sends. Packets are forwarded the moment they arrive; `on_report` hears of (kind, sender report) of what is taped."""

    def __init__(self, port: IcePort, certificate: Certificate, clock: Callable[[], float]) -> None:
        super().__init__(port, certificate)
        self._clock = clock
        self._remote: tuple[str, tuple[tuple[str, str], ...]] = ("", ())
        self._octets = 0
        self._budget = Budget()
        self._transport_cc = 0
        """The header extension's id, 0 without."""
        self._arrivals = Arrivals()
        self._fed_back_at = 0.0
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
        self._transport_cc = next((t.transport_cc_id for t in negotiated.tracks if t.transport_cc_id), 0)
        self.media.renegotiate(negotiated.tracks)
        self.peer.start(negotiated.fingerprints)
        return negotiated

    def restart(self, offer: str) -> Negotiated:
        """Answer an offer with new ICE credentials by new ones of ours. Raises `SdpError`, then nothing has changed."""
        answer_up(offer, self.server())
        self.peer.ice.restart()
        return self.negotiate(offer)

    @property
    def _encodings(self) -> list[Encoding]:
        return [encoding for track in self.media.tracks.values() for encoding in track.encodings]

    def ask(self, now: float) -> None:
        """Ask for what is missing and for keyframes, tell what arrived; called every 20 ms."""
        for track in self.media.tracks.values():
            track.look(now)
            for encoding in track.encodings:
                reception = encoding.reception
                if reception.missing and (due := reception.due_nacks(now, self.round_trip)):
                    self.peer.send_rtcp(rtcp.nack(OUR_SSRC, reception.ssrc, due))
                if track.video and encoding.keyframe_due(now, muted=track.muted):
                    self.peer.send_rtcp(rtcp.picture_loss(OUR_SSRC, reception.ssrc))
        if self._transport_cc and now - self._fed_back_at >= FEEDBACK_EVERY:
            self._fed_back_at = now
            # Browsers take it only where it names a stream of theirs.
            media = next((e.reception.ssrc for e in self._encodings if e.reception.highest >= 0), 0)
            if media and (feedback := self._arrivals.feedback(OUR_SSRC, media)) is not None:
                self.peer.send_rtcp(feedback)

    def report(self, now: float, viewers: list[int]) -> None:
        """Tell the sender what arrived and how fast it may send; called every second. `viewers`: what each viewer's line leaves for a track
        that has no layers to choose from, bit/s."""
        active = [e.reception for e in self._encodings if e.reception.highest >= 0]
        if not active:
            return
        blocks = [reception.report(now) for reception in active]
        self.loss = max(block.fraction_lost for block in blocks) / 256
        octets = sum(reception.octets for reception in active)
        bitrate = self._budget.update(self.loss, max(0, octets - self._octets) * 8, viewers)
        self._octets = octets
        packet = rtcp.receiver_report(OUR_SSRC, blocks)
        single = [e.reception.ssrc for t in self.media.tracks.values() if t.video and not t.layered for e in t.encodings]
        if self._transport_cc:
            # The sender estimates its own way up; only what viewers cannot take has to be told it.
            bitrate = max(FLOOR, median_low(viewers)) if viewers else CEILING
        if single or not self._transport_cc:
            packet += rtcp.bandwidth(OUR_SSRC, bitrate, [r.ssrc for r in active if r.ssrc in single])
        self.peer.send_rtcp(packet)

    def _rtp(self, data: bytes) -> None:
        now = self._clock()
        if self._transport_cc and (value := rtp.extension(data, self._transport_cc)) is not None and len(value) == 2:
            self._arrivals.note(value[0] << 8 | value[1], now)
        for leg, packet in self.media.receive(data, now):
            leg.send(packet)

    def _rtcp(self, data: bytes) -> None:
        self._reported_at = now = self._clock()
        for report in rtcp.parse(data):
            if isinstance(report, rtcp.SenderReport) and (found := self.media.by_ssrc(report.ssrc)) is not None:
                track, encoding = found
                for leg, packet in encoding.sender_reports(report, now):
                    leg.send_rtcp(packet)
                if not track.muted and encoding is track.taped:
                    self.on_report(track.kind, report)


class DownConnection(Connection):
    """What a seat receives. `fed` maps each slot's SSRC to its leg and the track that feeds it now."""

    def __init__(self, port: IcePort, certificate: Certificate, clock: Callable[[], float]) -> None:
        super().__init__(port, certificate)
        self._clock = clock
        self._repeats = 0
        self._again: list[tuple[Leg, Track, tuple[int, ...]]] = []
        self._transport_cc = False
        self.table = SlotTable()
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
        """Whether the line is judged by transport-wide feedback."""
        return self.congestion.used

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
            leg = Leg(slot.ssrc, 0, CLOCK_RATES[track.codec], slot.mid, self.peer.send_rtp, self.peer.send_rtcp)
            self.legs[slot.ssrc] = leg
        leg.payload_type = PAYLOAD_TYPES[track.codec]
        if track.video and slot.mid in self.table.repaired:
            leg.rtx_ssrc, leg.rtx_type = slot.rtx_ssrc, RTX_TYPES[track.codec]
            # A packet repeated byte by byte would carry one number twice, so numbers need streams for retransmissions.
            leg.line = self.congestion if self._transport_cc else None
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
                for packet in track.repeat(leg, lost, now):
                    leg.send(packet)
        self.congestion.look(now)
        owed = self.congestion.owed(now)
        if owed <= 0 or not self.peer.connected:
            return
        carrier = next((leg for leg in self.legs.values() if leg.rtx_ssrc and leg.line is not None), None)
        if carrier is None:
            return
        for _ in range(min(MAX_PADDING, -(-owed // (PADDING + OVERHEAD)))):
            carrier.send(carrier.padding(now))

    def _rtcp(self, data: bytes) -> None:
        self._reported_at = now = self._clock()
        for report in rtcp.parse(data):
            if isinstance(report, Feedback):
                self.congestion.told(report, now)
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

    def _repeat(self, leg: Leg, track: Track, lost: tuple[int, ...], now: float) -> None:
        if not self.congestion.relieved(now):
            return
        lost = leg.worth_repeating(lost, now)
        self._repeats += len(lost)
        if self._repeats > MAX_REPEATS:
            track.want_keyframe(leg)
            return
        for packet in track.repeat(leg, lost, now):
            leg.send(packet)
        if leg.rtx_ssrc and self.congestion.loss > UNSAFE:
            self._again.append((leg, track, lost))
