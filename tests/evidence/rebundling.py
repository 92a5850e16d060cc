"""What a tampering is made with: a bundle taken apart and put together, listed and signed anew, with another chain or another agreement."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agreements.authority import EmbeddedAuthority
from evidence.bundle import write_bundle
from evidence.cms import sign_detached
from evidence.ledger import GENESIS, append, canonical_json
from evidence.manifest import Elsewhere, Recording, Segment, Volume
from evidence.timestamp import timestamp
from evidence.verifier import Cms, Member, central_record, end_record, local_header, read_pdf_signatures, unpad

from .conftest import NOW, RECORD, Finished, anchors, entered_of, make_ledger, sign_all
from .forgeries import LATER

Members = dict[str, bytes]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(members: Members | list[tuple[str, bytes]], sort: bool = True) -> bytes:
    """Canonical but for what is asked otherwise; `members` may be a list of pairs, to repeat or reorder names."""
    pairs = list(members.items()) if isinstance(members, dict) else members
    if sort:
        pairs.sort(key=lambda pair: pair[0].encode())
    out, records = b"", []
    for name, data in pairs:
        records.append(Member(name, zlib.crc32(data), len(data), len(out)))
        out += local_header(records[-1]) + data
    return out + b"".join(map(central_record, records)) + end_record(records, len(out))


def replaced(name: str, change: Callable[[bytes], bytes]) -> Callable[[Members], Members]:
    return lambda members: {**members, name: change(members[name])}


def without(name: str) -> Callable[[Members], Members]:
    return lambda members: {key: data for key, data in members.items() if key != name}


def added(name: str, data: bytes = b"x") -> Callable[[Members], Members]:
    return lambda members: {**members, name: data}


def renamed(old: str, new: str) -> Callable[[Members], Members]:
    return lambda members: {new if key == old else key: data for key, data in members.items()}


def exchanged(one: str, two: str) -> Callable[[Members], Members]:
    return lambda members: {**members, one: members[two], two: members[one]}


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    assert old != new

    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return change


def last_bit(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def rechained(data: bytes) -> bytes:
    """The ledger without its second entry, every hash made anew."""
    entries, previous = [json.loads(line) for line in data.splitlines()], GENESIS
    del entries[1]
    for seq, entry in enumerate(entries, 1):
        entry.update(seq=seq, prev_hash=previous)
        parts = [1, entry["chain"], seq, entry["at"], entry["kind"], entry["payload_hash"], previous]
        previous = entry["entry_hash"] = sha256(canonical_json(parts))
    return b"".join(canonical_json(entry) + b"\n" for entry in entries)


def with_comment(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"x"
    return out.getvalue()


def rezipped(data: bytes, method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return out.getvalue()


def one_compressed(data: bytes) -> bytes:
    """Canonical but for one member, which is compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for item in old.infolist():
            new.writestr(item, old.read(item), zipfile.ZIP_DEFLATED if item.filename == "verify.py" else zipfile.ZIP_STORED)
    return out.getvalue()


def pairs_of(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def central_name(data: bytes) -> bytes:
    at = data.rindex(b"verify.py")
    return data[:at] + b"verifx" + data[at + 6 :]


def other_checksum(data: bytes) -> bytes:
    """A member's checksum changed where both headers say it, so that they agree."""
    at, central = data.index(b"ledger.jsonl"), data.rindex(b"ledger.jsonl")
    changed = bytearray(data)
    changed[at - 16] ^= 1
    changed[central - 30] ^= 1
    return bytes(changed)


def signed(finished: Finished, members: Members) -> Members:
    """The manifest as it is, under a new signature and timestamp."""
    p7s = sign_detached(members["manifest.json"], finished.authority.platform(), LATER)
    return {**members, "manifest.p7s": p7s, "manifest.tsr": timestamp(p7s, finished.authority.timestamper(), LATER)}


def bundle_with(finished: Finished, folder: Path, **changes: Any) -> bytes:
    """A bundle that the project itself wrote, of other contents."""
    path = folder / "other.zip"
    contents = msgspec.structs.replace(finished.contents, **changes)
    write_bundle(path, contents, finished.authority.platform(), finished.authority.timestamper(), LATER)
    return path.read_bytes()


def of_another_case(finished: Finished, folder: Path) -> Members:
    bundle_with(finished, folder, case="另一件", consents={"p1.json": b'{"recording":false}'})
    return members_of(folder / "other.zip")


def exchanged_with_another_case(*names: str) -> Callable[[Finished, Path], bytes]:
    def make(finished: Finished, folder: Path) -> bytes:
        other = of_another_case(finished, folder)
        return zip_of({**members_of(finished.bundle), **{name: other[name] for name in names}})

    return make


Change = Callable[[dict[str, Any]], object]


def manifest_changed(change: Change, members: Callable[[Members], Members] = lambda found: found) -> Callable[[Finished, Path], bytes]:
    """Files changed, listed anew as they are, then the manifest changed and signed."""

    def make(finished: Finished, folder: Path) -> bytes:
        found = members(members_of(finished.bundle))
        manifest = json.loads(found["manifest.json"])
        for item in manifest["files"]:
            if item["path"] in found:
                data = found[item["path"]]
                item.update(sha256=sha256(data), size=len(data))
        manifest["files"] = [item for item in manifest["files"] if item["path"] in found]
        change(manifest)
        return zip_of(signed(finished, {**found, "manifest.json": canonical_json(manifest)}))

    return make


def with_sm3(change: Change, members: Callable[[Members], Members] = lambda found: found) -> Callable[[Finished, Path], bytes]:
    """A bundle that lists SM3 too, its files changed and listed anew by their SHA-256 alone, then the manifest changed and signed."""

    def make(finished: Finished, folder: Path) -> bytes:
        path = finished.bundle.with_name("sm3.zip")
        if not path.exists():
            path.write_bytes(bundle_with(finished, folder, sm3=True))
        return manifest_changed(change, members)(dataclasses.replace(finished, bundle=path), folder)

    return make


def sm3_dropped(everywhere: bool) -> Change:
    """Of all files and segments, or of the second of each."""

    def change(manifest: dict[str, Any]) -> None:
        for item in manifest["files"] if everywhere else manifest["files"][1:2]:
            del item["sm3"]
        for segment in (segment for item in manifest["recordings"] for segment in item["segments"] if everywhere):
            del segment["sm3"]

    return change


def sm3_exchanged(manifest: dict[str, Any]) -> None:
    one, two = manifest["files"][:2]
    one["sm3"], two["sm3"] = two["sm3"], one["sm3"]


def hashes_entered(entered: list[str] | None, sm3: bool) -> Callable[[Finished, Path], bytes]:
    """A chain that says of its export what the bundle lists, beside a bundle that lists SM3 or not."""

    def make(finished: Finished, folder: Path) -> bytes:
        told = {"by": "p1", "profile": "full"} | ({"hashes": entered} if entered is not None else {})
        entries, payloads = chain_noting(finished.pdf, RECORD, ("evidence.exported", told))
        return bundle_with(finished, folder, entries=entries, payloads=payloads, sm3=sm3)

    return make


def manifest_respelt(change: Callable[[bytes], bytes]) -> Callable[[Finished, Path], bytes]:
    def make(finished: Finished, folder: Path) -> bytes:
        found = members_of(finished.bundle)
        return zip_of(signed(finished, {**found, "manifest.json": change(found["manifest.json"])}))

    return make


def nothing(manifest: dict[str, Any]) -> None:
    """The manifest stays as it is."""


def other_names(manifest: dict[str, Any]) -> None:
    manifest["signers"][1]["name"], manifest["signers"][2]["name"] = "赵某", "李某"


def room(manifest: dict[str, Any]) -> dict[str, Any]:
    """The closed recording, in two segments."""
    found: dict[str, Any] = next(item for item in manifest["recordings"] if item["path"] == "recordings/room.webm")
    return found


def recording_left_out(manifest: dict[str, Any]) -> None:
    """The film is gone, and its time is said to have been a private talk."""
    room(manifest).update(segments=[], gaps=[{"from_ms": 0, "to_ms": 60_000, "reason": "caucus"}])


def reversed_segments(manifest: dict[str, Any]) -> None:
    room(manifest)["segments"].reverse()


def relisted(path: str, data: bytes) -> Change:
    """The recording in one segment, as it is now."""

    def change(manifest: dict[str, Any]) -> None:
        kept = [item for item in manifest["recordings"] if item["path"] != path]
        segment = {"number": 1, "size": len(data), "sha256": sha256(data)}
        manifest["recordings"] = [*kept, {"path": path, "track": "p1", "segments": [segment], "gaps": []}]
        manifest["files"] = [item for item in manifest["files"] if item["path"] != path]
        manifest["files"].append({"path": path, "size": len(data), "sha256": sha256(data)})

    return change


def other_recording(path: str, data: bytes) -> Callable[[Finished, Path], bytes]:
    return manifest_changed(relisted(path, data), added(path, data))


ROOM = bytes(range(256)) * 40


def volume_with(finished: Finished, folder: Path, digest: str) -> bytes:
    """The second of two volumes; the first has the room's recording, with this hash."""
    volume = Volume(2, 2, (Elsewhere("recordings/room.webm", digest, len(ROOM)),))
    return bundle_with(finished, folder, recordings=finished.contents.recordings[1:], volume=volume)


def chain_of(pdf: Callable[[Finished], bytes], record: bytes = RECORD) -> Callable[[Finished, Path], bytes]:
    """A chain that noted another agreement or another record than lies in the bundle."""

    def make(finished: Finished, folder: Path) -> bytes:
        entries, payloads = chain_noting(pdf(finished), record)
        return bundle_with(finished, folder, entries=entries, payloads=payloads)

    return make


def chain_at(**times: str) -> Callable[[Finished, Path], bytes]:
    """A chain with one entry more, of the kind and at the time that is named: `back` is an ordinary one, `clock_moved_back` explains itself."""

    def make(finished: Finished, folder: Path) -> bytes:
        entries, payloads = chain_noting(finished.pdf)
        for kind, at in times.items():
            payload, salt = {"ms": 60_000}, "00" * 16
            entries.append(append("case:c1", len(entries) + 1, at, kind.replace("clock_", "clock."), payload, salt, entries[-1].entry_hash))
            payloads[len(entries)] = (payload, salt)
        return bundle_with(finished, folder, entries=entries, payloads=payloads)

    return make


def chain_with(kind: str, payload: Any, recording: str = "") -> Callable[[Finished, Path], bytes]:
    """A chain with one entry more, and perhaps a recording of one byte that it speaks of."""

    def make(finished: Finished, folder: Path) -> bytes:
        entries, payloads = chain_noting(finished.pdf, RECORD, (kind, payload))
        more = list(finished.contents.recordings)
        if recording:
            (folder / "one").write_bytes(b"x")
            more.append((Recording(recording, "p1", (Segment(1, 1, sha256(b"x")),)), folder / "one"))
        return bundle_with(finished, folder, entries=entries, payloads=payloads, recordings=more)

    return make


def chain_noting(pdf: bytes, record: bytes = RECORD, *later: tuple[str, dict[str, Any]]) -> tuple[Any, Any]:
    data = bytes(range(256)) * 40
    return make_ledger(entered=[*entered_of(pdf, record, data, [data[:6000], data[6000:]]), *later])


def doubled_file(manifest: dict[str, Any]) -> None:
    manifest["files"].append(manifest["files"][-1])


def without_profile(manifest: dict[str, Any]) -> None:
    del manifest["profile"]


def payload_with(old: bytes, new: bytes) -> Callable[[Members], Members]:
    return replaced("payloads/000001.json", swap(old, new))


def the_first(key: str, **values: Any) -> Change:
    return lambda manifest: manifest[key][0].update(values)


def out_of_order(data: bytes) -> bytes:
    return json.dumps(dict(reversed(json.loads(data).items())), ensure_ascii=False, separators=(",", ":")).encode()


def signature_forged(forge: Callable[[Finished, bytes], tuple[bytes, bytes]]) -> Callable[[Finished, Path], bytes]:
    """`forge` gives the manifest's signature and timestamp."""

    def make(finished: Finished, folder: Path) -> bytes:
        members = members_of(finished.bundle)
        members["manifest.p7s"], members["manifest.tsr"] = forge(finished, members["manifest.json"])
        return zip_of(members)

    return make


def by_the_committee(finished: Finished, manifest: bytes) -> tuple[bytes, bytes]:
    p7s = sign_detached(manifest, finished.authority.seal(finished.facts.committee, NOW), LATER)
    return p7s, timestamp(p7s, finished.authority.timestamper(), LATER)


def agreement_changed(change: Callable[[Finished], bytes]) -> Callable[[Finished, Path], bytes]:
    """Another file in the agreement's place, with the signers of the true one, listed and signed."""

    def make(finished: Finished, folder: Path) -> bytes:
        found = {**members_of(finished.bundle), "agreement.pdf": change(finished)}
        listed = manifest_changed(lambda m: m["agreement"].update(sha256=sha256(found["agreement.pdf"])), lambda _: found)
        return listed(finished, folder)

    return make


def revoked(finished: Finished, folder: Path) -> bytes:
    """The first party's certificate stands on the list since before it was used."""
    certificate = Cms(unpad(read_pdf_signatures(finished.pdf)[1].contents)).certificate
    finished.authority.revoke(certificate.serial_number, NOW)
    try:
        return bundle_with(finished, folder, anchors=anchors(finished.authority, LATER))
    finally:
        (finished.authority.folder / "revoked.json").unlink()


def under_another_root(finished: Finished, folder: Path) -> bytes:
    """Everything made again by somebody with an authority of his own."""
    other = EmbeddedAuthority(folder / "ca", NOW)
    pdf = sign_all(other, finished.facts, finished.printed, finished.fonts)[-1]
    path = folder / "other.zip"
    entries, payloads = chain_noting(pdf)
    contents = msgspec.structs.replace(finished.contents, agreement=pdf, anchors=anchors(other), entries=entries, payloads=payloads)
    write_bundle(path, contents, other.platform(), other.timestamper(), LATER)
    return path.read_bytes()
