"""The counts of connections, as `stats` tells them. Times in ms where a name says so, else in s; rates in bit/s."""

from __future__ import annotations

from typing import Any

from rooms.media.down_connection import DownConnection
from rooms.media.encoding import Encoding
from rooms.media.forwarding import Track


def received(track: Track) -> dict[str, Any]:
    """Of one track that comes from a seat: the sum of its layers, and each by itself where there are several."""
    receptions = [e.reception for e in track.encodings]
    counts = {
        "codec": track.codec,
        "packets": sum(r.packets for r in receptions),
        "octets": sum(r.octets for r in receptions),
        "lost": sum(r.lost for r in receptions),
        "recovered": sum(r.recovered for r in receptions),
        "jitter_ms": max(round(1000 * r.jitter / r.clock_rate, 1) for r in receptions),
        "legs": len(track.legs),
    }
    return {**counts, "layers": [_layer(e) for e in track.encodings]} if track.layered else counts


def _layer(encoding: Encoding) -> dict[str, Any]:
    return {"packets": encoding.reception.packets, "rate": encoding.rate, "legs": len(encoding.legs)}


def sent(down: DownConnection) -> dict[str, Any]:
    """Of everything that goes to a viewer, by source and kind."""
    out: dict[str, Any] = {}
    for slot in down.table.slots:
        if (leg := down.legs.get(slot.ssrc)) is not None:
            counts = {"packets": leg.packets, "octets": leg.octets, "repeated": leg.repeated, "loss": leg.loss, "rtt": leg.round_trip}
            track = down.fed.get(slot.ssrc)
            out[f"{slot.seat}:{slot.kind}"] = {
                **counts,
                "fed": track is not None,
                "layer": track.target(leg) if track is not None else None,
            }
    return out
