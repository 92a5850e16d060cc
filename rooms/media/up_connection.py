"""What a seat sends: its connection up, joined to the rules of forwarding, repair and feedback."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median_low

from rooms.media import rtcp, rtp
from rooms.media.bandwidth import CEILING, FLOOR, Budget
from rooms.media.connection import OUR_SSRC, Connection
from rooms.media.encoding import Encoding
from rooms.media.forwarding import Uplink
from rooms.media.transport_cc import Arrivals
from signaling.dtls import Certificate
from signaling.ice_lite import IcePort
from signaling.negotiation import Uplink as Negotiated
from signaling.negotiation import answer_up

FEEDBACK_EVERY = 0.08
"""Seconds between two transport-wide feedbacks to a sender."""


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
        if copies := self.media.receive(data, now):
            self.send(copies)

    def _rtcp(self, data: bytes) -> None:
        self._reported_at = now = self._clock()
        for report in rtcp.parse(data):
            if isinstance(report, rtcp.SenderReport) and (found := self.media.by_ssrc(report.ssrc)) is not None:
                track, encoding = found
                for leg, packet in encoding.sender_reports(report, now):
                    leg.send_rtcp(packet)
                if not track.muted and encoding is track.taped:
                    self.on_report(track.kind, report)
