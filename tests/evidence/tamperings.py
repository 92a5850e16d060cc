"""What somebody may do to a bundle or an agreement, and the check that has to find it.

One catalogue for both verifiers: `verify.py` (test_verifier.py) and `verify.html` in a real browser (tests/browser/test_offline_verifier.py).
Outsiders have the file alone; insiders have the platform's key and the timestamp service as well.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from agreements.authority import EmbeddedAuthority
from evidence.bundle import write_bundle
from evidence.cms import sign_detached
from evidence.ledger import GENESIS, append, canonical_json
from evidence.timestamp import timestamp
from evidence.verifier import Cms, Member, central_record, end_record, local_header, read_pdf_signatures, unpad

from .conftest import NOW, RECORD, Finished, anchors, entered_of, make_ledger, sign_all
from .forgeries import FORGED_SIGNATURES, LATER
from .pdf_tamperings import PDF_CHANGES

Members = dict[str, bytes]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Tampering(NamedTuple):
    """`make` gives the file; `code` is the check that must fail. The folder is the tampering's own."""

    code: str
    make: Callable[[Finished, Path], bytes]


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


# --- whoever has the file alone: members


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


OUTSIDER: dict[str, tuple[Callable[[Members], Members], str]] = {
    "drop a payload": (without("payloads/000002.json"), "files_match_manifest"),
    "drop the ledger": (without("ledger.jsonl"), "files_required"),
    "drop the signature": (without("manifest.p7s"), "files_required"),
    "drop the timestamp": (without("manifest.tsr"), "files_required"),
    "drop the guide": (without("说明.txt"), "files_required"),
    "drop the page that verifies": (without("verify.html"), "files_match_manifest"),
    "drop a recording": (without("recordings/room.webm"), "recordings"),
    "drop the agreement": (without("agreement.pdf"), "agreement_is_final"),
    "drop the revocation list": (without("anchors/list-1.crl"), "files_match_manifest"),
    "rename a consent": (renamed("consents/p1.json", "consents/p2.json"), "files_match_manifest"),
    "add a file": (added("note.txt"), "files_match_manifest"),
    "add a recording": (added("recordings/other.webm"), "recordings"),
    "add a payload": (added("payloads/000099.json", b'{"payload":1,"salt":""}'), "payloads"),
    "climb out of the folder": (added("../x"), "zip_canonical"),
    "absolute name": (added("/etc/x"), "zip_canonical"),
    "name for two files on Windows": (added("VERIFY.py"), "zip_canonical"),
    "name that turns around": (added("consents/\u202egnp.json"), "zip_canonical"),
    "name in two spellings": (added("consents/e\u0301.json"), "zip_canonical"),
    "change the agreement": (replaced("agreement.pdf", swap(b"/Type", b"/Tyqe")), "agreement_is_final"),
    "append to the agreement": (replaced("agreement.pdf", lambda data: data + b"\n"), "agreement_is_final"),
    "change a consent": (replaced("consents/p1.json", swap(b"true", b"fals")), "files_match_manifest"),
    "change a ledger entry": (replaced("ledger.jsonl", swap(b"consent", b"refusal")), "ledger"),
    "cut the ledger": (replaced("ledger.jsonl", lambda data: data[: data.rindex(b"{")]), "ledger"),
    "reorder the ledger": (replaced("ledger.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[::-1])), "ledger"),
    "drop a ledger entry and chain anew": (replaced("ledger.jsonl", rechained), "ledger"),
    "empty line in the ledger": (replaced("ledger.jsonl", lambda data: data + b"\n"), "ledger"),
    "other line ends in the ledger": (replaced("ledger.jsonl", lambda data: data.replace(b"\n", b"\r\n")), "files_match_manifest"),
    "change a payload": (replaced("payloads/000001.json", swap(b"p1", b"p2")), "payloads"),
    "change a salt": (replaced("payloads/000001.json", swap(b"0001", b"0009")), "payloads"),
    "respell a salt": (replaced("payloads/000001.json", swap(b'"salt":"', b'"salt":" ')), "files_match_manifest"),
    "respell a payload": (replaced("payloads/000001.json", swap(b":", b": ")), "ledger"),
    "exchange two payloads": (exchanged("payloads/000001.json", "payloads/000002.json"), "payloads"),
    "a payload of no entry": (renamed("payloads/000001.json", "payloads/000099.json"), "payloads"),
    "change the recording": (replaced("recordings/room.webm", last_bit), "recordings"),
    "cut the recording": (replaced("recordings/room.webm", lambda data: data[:6000]), "recordings"),
    "append to the recording": (replaced("recordings/room.webm", lambda data: data + b"x"), "recordings"),
    "change the manifest": (replaced("manifest.json", swap(b"00001", b"00002")), "manifest_signature"),
    "hide a gap": (replaced("manifest.json", swap(b'"to_ms":5000', b'"to_ms":1001')), "manifest_signature"),
    "respell the manifest": (replaced("manifest.json", lambda data: data + b" "), "manifest_form"),
    "mark the manifest's order of bytes": (replaced("manifest.json", lambda data: b"\xef\xbb\xbf" + data), "manifest_form"),
    "a float in the manifest": (replaced("manifest.json", swap(b'"size":', b'"size":1.0,"size":')), "manifest_form"),
    "a key twice in the manifest": (replaced("manifest.json", swap(b'"profile":', b'"profile":"full","profile":')), "manifest_form"),
    "half a character in the manifest": (replaced("manifest.json", swap(b'"profile":"full"', b'"profile":"\\ud800"')), "manifest_form"),
    "no manifest": (replaced("manifest.json", lambda data: b""), "manifest_form"),
    "a signature of something else": (replaced("manifest.p7s", last_bit), "manifest_signature"),
    "no signature": (replaced("manifest.p7s", lambda data: b""), "manifest_signature"),
    "no timestamp": (replaced("manifest.tsr", lambda data: b""), "manifest_signature"),
    "another timestamp's bits": (replaced("manifest.tsr", last_bit), "manifest_signature"),
    "exchange signature and timestamp": (exchanged("manifest.p7s", "manifest.tsr"), "manifest_signature"),
    "another verifier": (replaced("verify.py", lambda data: data + b"\n"), "files_match_manifest"),
    "another page that verifies": (replaced("verify.html", lambda data: data + b"\n"), "files_match_manifest"),
    "another root": (replaced("anchors/root.crt", last_bit), "files_match_manifest"),
    "a root that is none": (replaced("anchors/root.crt", lambda data: b"\x30\x00"), "anchors"),
    "a certificate in another spelling": (replaced("anchors/root.crt", lambda data: data + b"\x00"), "anchors"),
    "an emptied revocation list": (replaced("anchors/list-1.crl", lambda data: b""), "anchors"),
}

# --- whoever has the file alone: its container


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


CONTAINER: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "bytes after": (lambda data: data + b"\x00", "zip_canonical"),
    "bytes before": (lambda data: b"\x00" + data, "known_format"),
    "PK before": (lambda data: b"PK" + data, "zip_canonical"),
    "cut at the end": (lambda data: data[:-1], "zip_canonical"),
    "cut in the middle": (lambda data: data[: len(data) // 2], "zip_canonical"),
    "comment": (with_comment, "zip_canonical"),
    "other times": (lambda data: rezipped(data, zipfile.ZIP_STORED), "zip_canonical"),
    "compressed": (lambda data: rezipped(data, zipfile.ZIP_DEFLATED), "zip_canonical"),
    "one compressed member": (one_compressed, "zip_canonical"),
    "reordered": (lambda data: zip_of(pairs_of(data)[::-1], sort=False), "zip_canonical"),
    "doubled": (lambda data: zip_of([*pairs_of(data), ("verify.py", b"x")]), "zip_canonical"),
    "empty": (lambda data: zip_of({}), "files_required"),
    "nothing": (lambda data: b"", "known_format"),
    "too many": (lambda data: data[:-22] + b"PK\x05\x06" + b"\x00" * 4 + b"\xff\xff\xff\xff" + data[-10:], "zip_canonical"),
    "a central name differs": (central_name, "zip_canonical"),
    "another checksum": (other_checksum, "zip_checksums"),
    "another kind of file": (lambda data: b"GIF89a" + data, "known_format"),
}

# --- whoever has the platform's key as well


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


MANIFEST: dict[str, tuple[Callable[[Finished, Path], bytes], str]] = {
    "other signers": (manifest_changed(other_names), "expected_signers"),
    "one signer fewer": (manifest_changed(lambda m: m["signers"].pop()), "expected_signers"),
    "nobody signed": (manifest_changed(lambda m: m["signers"].clear()), "manifest_by_platform"),
    "another role": (manifest_changed(the_first("signers", role="mediator")), "manifest_form"),
    "a profile that is none": (manifest_changed(lambda m: m.update(profile="public")), "manifest_form"),
    "no profile where there is none": (manifest_changed(lambda m: m.update(profile=None)), "manifest_form"),
    "another format": (manifest_changed(lambda m: m.update(format="heyi-evidence/2")), "manifest_form"),
    "one key more": (manifest_changed(lambda m: m.update(note="x")), "manifest_form"),
    "one key fewer": (manifest_changed(lambda m: m.pop("caucus")), "manifest_form"),
    "a hash in capitals": (manifest_changed(the_first("files", sha256="A" * 64)), "manifest_form"),
    "a file with a note": (manifest_changed(the_first("files", note="x")), "manifest_form"),
    "a list that is none": (manifest_changed(lambda m: m.update(recordings={})), "manifest_form"),
    "a file listed twice": (manifest_changed(doubled_file), "files_match_manifest"),
    "another size": (manifest_changed(the_first("files", size=1)), "files_match_manifest"),
    "a huge size": (manifest_changed(the_first("files", size=10**30)), "files_match_manifest"),
    "the manifest with blanks": (manifest_respelt(lambda data: json.dumps(json.loads(data), ensure_ascii=False).encode()), "manifest_form"),
    "the manifest in ASCII": (
        manifest_respelt(lambda data: json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode()),
        "manifest_form",
    ),
    "the manifest out of order": (manifest_respelt(out_of_order), "manifest_form"),
    "a signed float": (manifest_respelt(swap(b'"entries":10', b'"entries":10.0')), "manifest_form"),
    "another agreement's hash": (manifest_changed(lambda m: m["agreement"].update(sha256="0" * 64)), "agreement_is_final"),
    "an agreement that is elsewhere": (manifest_changed(lambda m: m["agreement"].update(path="x.pdf")), "agreement_is_final"),
    "another head": (manifest_changed(lambda m: m["ledger"].update(head="0" * 64)), "ledger"),
    "another chain": (manifest_changed(lambda m: m["ledger"].update(chain="case:c2")), "ledger"),
    "fewer entries": (manifest_changed(lambda m: m["ledger"].update(entries=4)), "ledger"),
    "a ledger that is elsewhere": (manifest_changed(lambda m: m["ledger"].update(path="x")), "ledger"),
    "entry dropped, chained anew, listed": (
        manifest_changed(nothing, replaced("ledger.jsonl", rechained)),
        "ledger",
    ),
    "payloads exchanged and listed": (manifest_changed(nothing, exchanged("payloads/000001.json", "payloads/000002.json")), "payloads"),
    "an entry before its time": (chain_at(back="2026-11-23T07:59:00.000000Z"), "ledger_times"),
    "a time that is none": (chain_at(back="2026-11-23 08:59"), "ledger"),
    "a float in a payload": (manifest_changed(nothing, payload_with(b'"by":"p1"', b'"by":1.5')), "ledger"),
    "a payload with a note": (manifest_changed(nothing, payload_with(b'{"payload"', b'{"note":1,"payload"')), "payloads"),
    "a payload without salt": (manifest_changed(nothing, payload_with(b'"salt"', b'"tlas"')), "ledger"),
    "a salt that is no number": (manifest_changed(nothing, payload_with(b'"salt":"00', b'"salt":"0x')), "ledger"),
    "a recording left out as a private talk": (manifest_changed(recording_left_out, without("recordings/room.webm")), "recordings"),
    "another recording, listed": (other_recording("recordings/room.webm", b"x" * 10_240), "as_entered"),
    "another recording of the same length, never closed": (other_recording("recordings/late.webm", b"x" * 10_240), "as_entered"),
    "a recording never closed, cut": (other_recording("recordings/late.webm", bytes(range(256)) * 30), "as_entered"),
    "a recording never closed, longer": (other_recording("recordings/late.webm", bytes(range(256)) * 41), "as_entered"),
    "a recording that the chain does not know": (other_recording("recordings/more.webm", b"x"), "as_entered"),
    "a second recording under a name that the chain knows": (other_recording("recordings/room.mp4", b"x"), "as_entered"),
    "another written record, listed": (manifest_changed(nothing, replaced("record/record.json", swap(b"[]", b"{}"))), "as_entered"),
    "another agreement than the chain noted": (chain_of(lambda finished: finished.revisions[-2]), "as_entered"),
    "another record than the chain noted": (chain_of(lambda finished: finished.pdf, RECORD + b" "), "as_entered"),
    "segments in another order": (manifest_changed(reversed_segments), "recordings"),
    "a segment left out": (manifest_changed(lambda m: room(m)["segments"].pop()), "recordings"),
    "a segment of less than nothing": (manifest_changed(lambda m: room(m)["segments"][0].update(size=-1)), "recordings"),
    "a segment beyond the end": (manifest_changed(lambda m: room(m)["segments"][1].update(size=2**40)), "recordings"),
    "a recording that nobody knows": (manifest_changed(lambda m: m["recordings"].clear()), "recordings"),
    "the revocation list emptied and listed": (manifest_changed(nothing, replaced("anchors/list-1.crl", lambda data: b"")), "anchors"),
    "a root with a byte more, listed": (manifest_changed(nothing, replaced("anchors/root.crt", lambda data: data + b"\0")), "anchors"),
    "the manifest of another case": (
        exchanged_with_another_case("manifest.json", "manifest.p7s", "manifest.tsr"),
        "files_match_manifest",
    ),
    "the timestamp of another case": (exchanged_with_another_case("manifest.tsr"), "manifest_signature"),
    "signature and timestamp of another case": (exchanged_with_another_case("manifest.p7s", "manifest.tsr"), "manifest_signature"),
}


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


TAMPERINGS: dict[str, Tampering] = {
    **{name: Tampering(code, lambda f, _, c=change: zip_of(c(members_of(f.bundle)))) for name, (change, code) in OUTSIDER.items()},
    **{
        f"container: {name}": Tampering(code, lambda f, _, c=change: c(f.bundle.read_bytes())) for name, (change, code) in CONTAINER.items()
    },
    **{f"manifest: {name}": Tampering(code, make) for name, (make, code) in MANIFEST.items()},
    **{f"signature: {name}": Tampering("manifest_signature", signature_forged(forge)) for name, forge in FORGED_SIGNATURES.items()},
    "signature: by the committee": Tampering(
        "manifest_by_platform",
        signature_forged(by_the_committee),
    ),
    **{f"agreement: {name}": Tampering(code, agreement_changed(change)) for name, (change, code) in PDF_CHANGES.items()},
    **{f"agreement alone: {name}": Tampering(code, lambda f, _, c=change: c(f)) for name, (change, code) in PDF_CHANGES.items()},
    "a revoked signer": Tampering("pdf_signature", revoked),
    "another root of trust": Tampering("anchor", under_another_root),
}
