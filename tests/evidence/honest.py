"""Bundles and agreements that hold, whatever is left out of them: none may be taken for altered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography import x509

from agreements.standing import signing_request
from evidence.cms import Credential, sign_detached
from evidence.timestamp import timestamp

from .conftest import NOW, RECORD, Finished
from .forgeries import LATER
from .on_paper import HONEST_PAPER
from .rebundling import bundle_with, chain_at, chain_noting, hashes_entered, manifest_changed, signature_forged, without_profile


def recordings_destroyed(finished: Finished, folder: Path) -> bytes:
    entries, payloads = chain_noting(finished.pdf, RECORD, ("recording.destroyed", {"reason": "到期", "segments": 2}))
    return bundle_with(finished, folder, entries=entries, payloads=payloads, recordings=[])


def by_the_renewed_platform(finished: Finished, manifest: bytes) -> tuple[bytes, bytes]:
    own = finished.authority.platform()
    request = signing_request(own.key, x509.load_der_x509_certificate(own.certificate).subject)
    certificate, *above = finished.authority.issue(request, NOW, "platform")
    p7s = sign_detached(manifest, Credential(own.key, certificate, tuple(above)), LATER)
    return p7s, timestamp(p7s, finished.authority.timestamper(), LATER)


HONEST: dict[str, Callable[[Finished, Path], bytes]] = {
    "a bundle": lambda finished, folder: finished.bundle.read_bytes(),
    "an agreement": lambda finished, folder: finished.pdf,
    "payloads withheld, no agreement": lambda finished, folder: bundle_with(finished, folder, payloads={}, agreement=None, recordings=[]),
    "recordings destroyed, as the chain says": recordings_destroyed,
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
    "without revocation lists": lambda finished, folder: bundle_with(
        finished, folder, anchors={name: data for name, data in finished.contents.anchors.items() if name.endswith(".crt")}
    ),
}
