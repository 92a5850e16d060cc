"""Bundles and agreements that hold, whatever is left out of them: none may be taken for altered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography import x509

from agreements.standing import signing_request
from evidence.cms import Credential, sign_detached
from evidence.manifest import Damaged, Gap
from evidence.profiles import PARTY, takes
from evidence.timestamp import timestamp

from .cited import HONEST_CITED
from .conftest import NOW, RECORD, Finished
from .forgeries import LATER
from .on_paper import HONEST_PAPER
from .rebundling import (
    ROOM,
    bundle_with,
    chain_at,
    chain_noting,
    hashes_entered,
    manifest_changed,
    sha256,
    signature_forged,
    volume_with,
    without_profile,
)
from .renewed import bundle_of_renewed, renewed
from .told import HONEST_TOLD

DESTROYED = ("recording.destroyed", {"by": "user:u9", "reason": "到期", "segments": 2})

BY_TWO = (
    "recording.destroyed",
    {
        "by": "account:u9",
        "by_role": "centre",
        "by_name": "周*任",
        "asked_by": "account:u2",
        "asked_role": "mediator",
        "asked_name": "王**员",
    }
    | {"reason": "到期", "segments": 2},
)
GAPS = {
    "late": (Gap(0, 9000, "joined"), Gap(20_000, 50_000, "withdrawn")),
    "room": (Gap(20_100, 49_900, "withdrawn"), Gap(60_000, 61_000, "connection"), Gap(61_000, 62_000, "connection")),
}
"""Of two tracks: both stood still while a party had taken back its consent."""


def broken_off(finished: Finished, folder: Path) -> bytes:
    found = []
    for about, file in finished.contents.recordings:
        stem = Path(about.path).stem
        found.append((msgspec.structs.replace(about, track=stem, gaps=GAPS.get(stem, ())), file))
    return bundle_with(finished, folder, recordings=found)


def destroyed_by_two(finished: Finished, folder: Path) -> bytes:
    entries, payloads = chain_noting(finished.pdf, RECORD, BY_TWO)
    return bundle_with(finished, folder, entries=entries, payloads=payloads, recordings=[])


def recordings_destroyed(finished: Finished, folder: Path) -> bytes:
    entries, payloads = chain_noting(finished.pdf, RECORD, DESTROYED)
    return bundle_with(finished, folder, entries=entries, payloads=payloads, recordings=[])


def destroyed_for_a_court(finished: Finished, folder: Path) -> bytes:
    entries, payloads = chain_noting(finished.pdf, RECORD, DESTROYED)
    kept = {seq: payload for seq, payload in payloads.items() if not entries[seq - 1].kind.startswith("recording.")}
    return bundle_with(finished, folder, entries=entries, payloads=kept, recordings=[], profile="court_success")


def by_the_renewed_platform(finished: Finished, manifest: bytes) -> tuple[bytes, bytes]:
    own = finished.authority.platform()
    request = signing_request(own.key, x509.load_der_x509_certificate(own.certificate).subject)
    certificate, *above = finished.authority.issue(request, NOW, "platform")
    p7s = sign_detached(manifest, Credential(own.key, certificate, tuple(above)), LATER)
    return p7s, timestamp(p7s, finished.authority.timestamper(), LATER)


def own_copy(finished: Finished, folder: Path) -> bytes:
    entries, payloads = finished.contents.entries, finished.contents.payloads
    kept = {seq: payload for seq, payload in payloads.items() if takes(PARTY, entries[seq - 1].kind, payload[0], {"p1"})}
    return bundle_with(finished, folder, payloads=kept, recordings=[], profile="party")


def session_of(finished: Finished, folder: Path, *kinds: str) -> bytes:
    entries, payloads = chain_noting(finished.pdf, RECORD, *((kind, {"session": "c1-1"}) for kind in kinds))
    return bundle_with(finished, folder, entries=entries, payloads=payloads)


HONEST: dict[str, Callable[[Finished, Path], bytes]] = {
    "a bundle": lambda finished, folder: finished.bundle.read_bytes(),
    "an agreement": lambda finished, folder: finished.pdf,
    "an agreement whose timestamp was renewed": lambda finished, folder: renewed(finished),
    "an agreement whose timestamp was renewed twice": lambda finished, folder: renewed(finished, 2),
    "a renewed agreement, as the chain says": bundle_of_renewed,
    "of an earlier version, without a Merkle root": manifest_changed(lambda manifest: manifest.pop("merkle_root")),
    "of an earlier version, without its draft": lambda finished, folder: bundle_with(finished, folder, draft={}),
    "the second of two volumes": lambda finished, folder: volume_with(finished, folder, sha256(ROOM)),
    "exported during a session": lambda finished, folder: session_of(finished, folder, "session.opened"),
    "exported after a session": lambda finished, folder: session_of(finished, folder, "session.opened", "session.ended"),
    "with a damaged piece": lambda finished, folder: bundle_with(
        finished, folder, damaged=(Damaged("m", "m-0003", "2026-11-23T08:10:00Z"),)
    ),
    "payloads withheld, no agreement": lambda finished, folder: bundle_with(finished, folder, payloads={}, agreement=None, recordings=[]),
    "recordings destroyed, as the chain says": recordings_destroyed,
    "recordings destroyed by two people": destroyed_by_two,
    "recordings that broke off": broken_off,
    "a party's own copy": own_copy,
    "for a court, without recordings": lambda finished, folder: bundle_with(finished, folder, recordings=[], profile="court_success"),
    "for a court, after the recordings were destroyed": destroyed_for_a_court,
    "recordings that the chain knows left out": lambda finished, folder: bundle_with(finished, folder, recordings=[]),
    "a clock that was set back, as the chain says": chain_at(
        clock_moved_back="2026-11-23T07:59:00.000000Z", later="2026-11-23T07:59:01.000000Z"
    ),
    "a clock that nobody keeps": lambda finished, folder: bundle_with(
        finished,
        folder,
        **dict(zip(("entries", "payloads"), chain_noting(finished.pdf, RECORD, ("clock.checked", {"kept": False})), strict=True)),
    ),
    "of an earlier version, without a page that verifies": lambda finished, folder: bundle_with(finished, folder, page=None),
    "of an earlier version, without a profile": manifest_changed(without_profile),
    "with a recording of each kind": lambda finished, folder: bundle_with(
        finished,
        folder,
        recordings=[
            (msgspec.structs.replace(about, path=about.path.replace("late.webm", "late.mp4")), file)
            for about, file in finished.contents.recordings
        ],
    ),
    "with SM3": lambda finished, folder: bundle_with(finished, folder, sm3=True),
    "with SM3, as the chain says": hashes_entered(["sha256", "sm3"], sm3=True),
    "without SM3, as the chain says": hashes_entered(None, sm3=False),
    "signed by the platform's next certificate for the same key": signature_forged(by_the_renewed_platform),
    **HONEST_PAPER,
    **HONEST_TOLD,
    **HONEST_CITED,
    "without revocation lists": lambda finished, folder: bundle_with(
        finished, folder, anchors={name: data for name, data in finished.contents.anchors.items() if name.endswith(".crt")}
    ),
}
