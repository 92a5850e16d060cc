"""What somebody may do to a bundle or an agreement, and the check that has to find it.

One catalogue for both verifiers: `verify.py` (test_verifier.py) and `verify.html` in a real browser (tests/browser/test_offline_verifier.py).
Outsiders have the file alone; insiders have the platform's key and the timestamp service as well.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from evidence.manifest import Elsewhere, Volume

from .cited import CITED_CHANGES
from .conftest import RECORD, Finished
from .containers import CONTAINERS
from .forgeries import FORGED_SIGNATURES
from .on_paper import PAPER_CHANGES
from .pdf_tamperings import PDF_CHANGES
from .rebundling import (
    Members,
    added,
    agreement_changed,
    bundle_with,
    by_the_committee,
    central_name,
    chain_at,
    chain_of,
    chain_with,
    doubled_file,
    exchanged,
    exchanged_with_another_case,
    hashes_entered,
    last_bit,
    manifest_changed,
    manifest_respelt,
    members_of,
    nothing,
    one_compressed,
    other_checksum,
    other_names,
    other_recording,
    out_of_order,
    pairs_of,
    payload_with,
    rechained,
    recording_left_out,
    renamed,
    replaced,
    reversed_segments,
    revoked,
    rezipped,
    room,
    sha256,
    signature_forged,
    sm3_dropped,
    sm3_exchanged,
    swap,
    the_first,
    under_another_root,
    volume_with,
    with_comment,
    with_sm3,
    without,
    zip_of,
)
from .renewed import bundle_of_renewed
from .told import TOLD_CHANGES

LOG = "draft/log.jsonl"


class Tampering(NamedTuple):
    """`make` gives the file; `code` is the check that must fail. The folder is the tampering's own."""

    code: str
    make: Callable[[Finished, Path], bytes]


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
    "a signed float": (manifest_respelt(swap(b'"entries":15', b'"entries":15.0')), "manifest_form"),
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
    "a day that is none": (chain_at(back="2027-02-30T08:00:00.000000Z"), "ledger"),
    "an hour that is none": (chain_at(back="2026-11-24T24:00:00.000000Z"), "ledger"),
    "a year that is none": (chain_at(back="0000-01-01T00:00:00.000000Z"), "ledger"),
    **{
        f"a payload of another shape: {name}": (chain_with(kind, payload), "as_entered")
        for name, kind, payload in (
            ("a size in quotes", "recording.segment", {"segment": "late", "chunks": [{"i": 2, "sha256": "0" * 64, "bytes": "100"}]}),
            ("a number in quotes", "recording.segment", {"segment": "late", "chunks": [{"i": "2", "sha256": "0" * 64, "bytes": 100}]}),
            ("a chunk without a hash", "recording.segment", {"segment": "room", "chunks": [{"i": 2, "bytes": 100}]}),
            ("a size that no browser can hold", "recording.segment", {"segment": "x", "chunks": [{"i": 0, "sha256": "", "bytes": 2**53}]}),
            ("less than nothing", "recording.segment", {"segment": "x", "chunks": [{"i": -1, "sha256": "", "bytes": 1}]}),
            ("no segment", "recording.segment", {"chunks": []}),
            ("no chunks", "recording.segment", {"segment": "x"}),
            ("closed as nothing", "recording.segment", {"segment": "room", "chunks": [], "closed": None}),
            ("a file that is a number", "case.agreed", {"file": 1}),
            ("destroyed as a list", "recording.destroyed", []),
        )
    },
    "a cluster that was not entered": (
        chain_with(
            "recording.segment", {"segment": "more", "chunks": [{"i": 1, "sha256": sha256(b"x"), "bytes": 1}]}, "recordings/more.webm"
        ),
        "as_entered",
    ),
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
    "another recording in the other volume": (lambda finished, folder: volume_with(finished, folder, "0" * 64), "as_entered"),
    "a recording of no such name in the other volume": (
        lambda finished, folder: bundle_with(finished, folder, volume=Volume(1, 2, (Elsewhere("recordings/none.webm", "0" * 64, 1),))),
        "as_entered",
    ),
    "the third of two volumes": (manifest_changed(lambda m: m.update(volume={"number": 3, "of": 2}, elsewhere=[])), "manifest_form"),
    "a volume that says nothing of the others": (manifest_changed(lambda m: m.update(volume={"number": 1, "of": 2})), "manifest_form"),
    "others without a volume": (manifest_changed(lambda m: m.update(elsewhere=[])), "manifest_form"),
    "a volume that is true": (manifest_changed(lambda m: m.update(volume={"number": True, "of": 2}, elsewhere=[])), "manifest_form"),
    "others that are no recordings": (
        manifest_changed(lambda m: m.update(volume={"number": 1, "of": 2}, elsewhere=[{"path": "x", "sha256": "", "size": 1}])),
        "manifest_form",
    ),
    "a damaged piece of another shape": (
        manifest_changed(lambda m: m.update(damaged=[{"track": "m", "segment": 1, "at": ""}])),
        "manifest_form",
    ),
    "for a court that confirms, without an agreement": (
        lambda finished, folder: bundle_with(finished, folder, recordings=[], agreement=None, profile="court_success"),
        "agreement_enclosed",
    ),
    "another Merkle root": (manifest_changed(lambda m: m.update(merkle_root="0" * 64)), "merkle_root"),
    "a Merkle root that is none": (manifest_changed(lambda m: m.update(merkle_root=None)), "merkle_root"),
    "somebody else's change of the draft": (manifest_changed(nothing, replaced(LOG, swap(b'"author":"m"', b'"author":"x"'))), "draft_log"),
    "a change of the draft made another": (
        manifest_changed(nothing, replaced(LOG, swap(b"written".hex().encode(), b"altered".hex().encode()))),
        "draft_log",
    ),
    "the draft's last change left out": (manifest_changed(nothing, replaced(LOG, lambda data: data.splitlines(True)[0])), "draft_log"),
    "the draft's first change left out": (manifest_changed(nothing, replaced(LOG, lambda data: data.splitlines(True)[1])), "draft_log"),
    "a change of the draft in capitals": (
        manifest_changed(nothing, replaced(LOG, swap(b"7772697474656e", b"7772697474656E"))),
        "draft_log",
    ),
    "a ledger of nothing but line ends": (manifest_changed(nothing, replaced("ledger.jsonl", lambda data: b"\n" * 500_000)), "ledger"),
    "an empty log of the draft": (manifest_changed(nothing, replaced(LOG, lambda data: b"")), "draft_log"),
    "another agreement renewed than was agreed": (lambda finished, folder: bundle_of_renewed(finished, folder, b"another"), "as_entered"),
    "another agreement than the chain noted": (chain_of(lambda finished: finished.revisions[-2]), "as_entered"),
    "another record than the chain noted": (chain_of(lambda finished: finished.pdf, RECORD + b" "), "as_entered"),
    "gaps of another shape": (
        manifest_changed(lambda m: room(m).update(gaps=[{"reason": "left", "from_ms": -1, "to_ms": 9}])),
        "recordings",
    ),
    "gaps without a reason": (manifest_changed(lambda m: room(m).update(gaps=[{"from_ms": 1, "to_ms": 9}])), "recordings"),
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

SM3: dict[str, tuple[Callable[[Finished, Path], bytes], str]] = {
    "another SM3 of a file": (with_sm3(the_first("files", sm3="0" * 64)), "sm3"),
    "another SM3 of a segment": (with_sm3(lambda m: room(m)["segments"][1].update(sm3="0" * 64)), "sm3"),
    "another SM3 of the only segment": (with_sm3(lambda m: m["recordings"][0]["segments"][0].update(sm3="0" * 64)), "sm3"),
    "a number for the SM3 of a segment": (with_sm3(lambda m: room(m)["segments"][0].update(sm3=0)), "sm3"),
    "the SM3 of two files exchanged": (with_sm3(sm3_exchanged), "sm3"),
    "a file changed and listed by its SHA-256 alone": (with_sm3(nothing, replaced("consents/p1.json", swap(b"true", b"fals"))), "sm3"),
    "the SM3 of one file left out": (with_sm3(sm3_dropped(everywhere=False)), "manifest_form"),
    "the SM3 of one segment left out": (with_sm3(lambda m: room(m)["segments"][0].pop("sm3")), "sm3"),
    "SM3 left out of all, and said to be there": (with_sm3(sm3_dropped(everywhere=True)), "manifest_form"),
    "SM3 there and not said": (with_sm3(lambda m: m.pop("hashes")), "manifest_form"),
    "SM3 said of a bundle without": (manifest_changed(lambda m: m.update(hashes=["sha256", "sm3"])), "manifest_form"),
    "an SM3 in capitals": (with_sm3(the_first("files", sm3="A" * 64)), "manifest_form"),
    "an SM3 that is a number": (with_sm3(the_first("files", sm3=1)), "manifest_form"),
    **{
        f"hashes that are {name}": (with_sm3(lambda m, found=found: m.update(hashes=found)), "manifest_form")
        for name, found in (("none", None), ("SM3 alone", ["sm3"]), ("three", ["sha256", "sm3", "md5"]), ("no list", "sm3"))
    },
    "SHA-256 alone, said so": (manifest_changed(lambda m: m.update(hashes=["sha256"])), "manifest_form"),
    "no SM3 though the chain says so": (hashes_entered(["sha256", "sm3"], sm3=False), "as_entered"),
    "SM3 though the chain says nothing of it": (hashes_entered(None, sm3=True), "as_entered"),
    "hashes in the chain that are none": (hashes_entered([1], sm3=True), "as_entered"),  # type: ignore[list-item]
}

TAMPERINGS: dict[str, Tampering] = {
    **{name: Tampering(code, lambda f, _, c=change: zip_of(c(members_of(f.bundle)))) for name, (change, code) in OUTSIDER.items()},
    **{
        f"container: {name}": Tampering(code, lambda f, _, c=change: c(f.bundle.read_bytes())) for name, (change, code) in CONTAINER.items()
    },
    **{f"container: {name}": Tampering(code, make) for name, (make, code) in CONTAINERS.items()},
    **{f"manifest: {name}": Tampering(code, make) for name, (make, code) in MANIFEST.items()},
    **{f"SM3: {name}": Tampering(code, make) for name, (make, code) in SM3.items()},
    **{f"signature: {name}": Tampering("manifest_signature", signature_forged(forge)) for name, forge in FORGED_SIGNATURES.items()},
    "signature: by the committee": Tampering(
        "manifest_by_platform",
        signature_forged(by_the_committee),
    ),
    **{f"agreement: {name}": Tampering(code, agreement_changed(change)) for name, (change, code) in PDF_CHANGES.items()},
    **{f"agreement alone: {name}": Tampering(code, lambda f, _, c=change: c(f)) for name, (change, code) in PDF_CHANGES.items()},
    **{f"on paper: {name}": Tampering(code, make) for name, (make, code) in PAPER_CHANGES.items()},
    **{f"cited: {name}": Tampering("recording_cited", make) for name, make in CITED_CHANGES.items()},
    **{f"with the report: {name}": Tampering(code, make) for name, (make, code) in TOLD_CHANGES.items()},
    "a revoked signer": Tampering("pdf_signature", revoked),
    "another root of trust": Tampering("anchor", under_another_root),
}
