"""The stand-alone verifier against honest bundles and more than thirty kinds of tampering."""

import io
import json
import random
import subprocess
import sys
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from agreements.authority import EmbeddedAuthority
from evidence import verifier
from evidence.bundle import write_bundle
from evidence.cms import sign_detached
from evidence.ledger import canonical_json
from evidence.manifest import signers_of
from evidence.timestamp import timestamp
from evidence.verifier import Member, central_record, check_pdf, end_record, local_header, safe_name, verify_file

from .conftest import NOW, anchors, sign_all
from .test_pdf_check import overlay, update

LATER = NOW + timedelta(hours=1)


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(members, sort=True):
    """Canonical but for what is asked otherwise; `members` may be a list of pairs, to repeat or reorder names."""
    pairs = list(members.items()) if isinstance(members, dict) else members
    if sort:
        pairs.sort(key=lambda pair: pair[0].encode())
    out, records = b"", []
    for name, data in pairs:
        records.append(Member(name, zlib.crc32(data), len(data), len(out)))
        out += local_header(records[-1]) + data
    return out + b"".join(map(central_record, records)) + end_record(records, len(out))


@pytest.fixture
def check(tmp_path):
    def run(data, anchor=None):
        path = tmp_path / "bundle.zip"
        path.write_bytes(data)
        report = verify_file(path, anchor)
        assert report.ok is not bool({item.code for item in report.checks if item.status == "fail"})
        assert verifier.words(report)
        return report

    return run


def failed(report):
    return {item.code for item in report.checks if item.status == "fail"}


def test_an_honest_bundle(finished):
    without, given = verify_file(finished.bundle), verify_file(finished.bundle, finished.anchor.upper())
    assert (without.ok, without.verdict, failed(without)) == (True, "内部一致，出处未核", set())
    assert (given.ok, given.verdict) == (True, "成立，出处已核")
    assert [item["field"] for item in given.signers] == ["Platform", "Party1", "Party2", "Mediator", "Seal"]
    assert [item.code for item in given.checks if item.status == "warn"] == []
    assert "ledger" in {item.code for item in given.checks}


def test_an_honest_agreement(finished, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(finished.pdf)
    assert verify_file(path, finished.anchor).verdict == "成立，出处已核"
    assert failed(verify_file(path, "00" * 32)) == {"anchor"}


def test_bundle_equals_its_canonical_rebuild(finished):
    assert zip_of(members_of(finished.bundle)) == finished.bundle.read_bytes()


def test_the_command_stands_alone(finished, tmp_path):
    members = members_of(finished.bundle)
    script = tmp_path / "verify.py"
    script.write_bytes(members["verify.py"])
    run = [sys.executable, "-I", str(script), str(finished.bundle), "--json"]
    result = subprocess.run([*run, "--anchor", finished.anchor], capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0
    assert json.loads(result.stdout)["verdict"] == "成立，出处已核"
    result = subprocess.run([*run[:-1], "--anchor", "00" * 32], capture_output=True, text=True, cwd=tmp_path)
    assert (result.returncode, "不成立" in result.stdout) == (1, True)
    assert subprocess.run([*run[:3], "nothing.zip"], capture_output=True, cwd=tmp_path).returncode == 1


# --- whoever has the file alone


def replaced(name, change):
    return lambda members: {**members, name: change(members[name])}


def without(name):
    return lambda members: {key: data for key, data in members.items() if key != name}


def renamed(old, new):
    return lambda members: {new if key == old else key: data for key, data in members.items()}


def swap(old, new):
    assert old != new
    return lambda data: data.replace(old, new, 1)


OUTSIDER = {
    "drop a payload": (without("payloads/000002.json"), "files_match_manifest"),
    "drop the ledger": (without("ledger.jsonl"), "files_required"),
    "drop the signature": (without("manifest.p7s"), "files_required"),
    "drop a recording": (without("recordings/room.webm"), "recordings"),
    "drop the agreement": (without("agreement.pdf"), "agreement_is_final"),
    "rename a consent": (renamed("consents/p1.json", "consents/p2.json"), "files_match_manifest"),
    "add a file": (lambda members: {**members, "note.txt": b"x"}, "files_match_manifest"),
    "climb out of the folder": (lambda members: {**members, "../x": b"x"}, "zip_canonical"),
    "absolute name": (lambda members: {**members, "/etc/x": b"x"}, "zip_canonical"),
    "name for two files on Windows": (lambda members: {**members, "VERIFY.py": b"x"}, "zip_canonical"),
    "change the agreement": (replaced("agreement.pdf", swap(b"/Type", b"/Tyqe")), "agreement_is_final"),
    "append to the agreement": (replaced("agreement.pdf", lambda data: data + b"\n"), "agreement_is_final"),
    "change a consent": (replaced("consents/p1.json", swap(b"true", b"fals")), "files_match_manifest"),
    "change a ledger entry": (replaced("ledger.jsonl", swap(b"consent", b"refusal")), "ledger"),
    "cut the ledger": (replaced("ledger.jsonl", lambda data: data[: data.rindex(b"{")]), "ledger"),
    "reorder the ledger": (replaced("ledger.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[::-1])), "ledger"),
    "change a payload": (replaced("payloads/000001.json", swap(b"p1", b"p2")), "payloads"),
    "change a salt": (replaced("payloads/000001.json", swap(b"0001", b"0009")), "payloads"),
    "exchange two payloads": (renamed("payloads/000001.json", "payloads/000009.json"), "payloads"),
    "change the recording": (replaced("recordings/room.webm", lambda data: data[:-1] + b"x"), "recordings"),
    "cut the recording": (replaced("recordings/room.webm", lambda data: data[:6000]), "recordings"),
    "change the manifest": (replaced("manifest.json", swap(b"00001", b"00002")), "manifest_signature"),
    "hide a gap": (replaced("manifest.json", swap(b'"to_ms":5000', b'"to_ms":1001')), "manifest_signature"),
    "respell the manifest": (replaced("manifest.json", lambda data: data + b" "), "manifest_form"),
    "a float in the manifest": (replaced("manifest.json", swap(b'"size":', b'"size":1.0,"size":')), "manifest_form"),
    "a signature of something else": (replaced("manifest.p7s", lambda data: data[:-1] + bytes([data[-1] ^ 1])), "manifest_signature"),
    "no timestamp": (replaced("manifest.tsr", lambda data: b""), "manifest_signature"),
    "another verifier": (replaced("verify.py", lambda data: data + b"\n"), "files_match_manifest"),
    "another root": (replaced("anchors/root.crt", lambda data: data[:-1] + bytes([data[-1] ^ 1])), "files_match_manifest"),
}


@pytest.mark.parametrize("name", OUTSIDER)
def test_tampering_with_the_files(finished, check, name):
    change, code = OUTSIDER[name]
    assert code in failed(check(zip_of(change(members_of(finished.bundle))), finished.anchor))


def with_comment(data):
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"x"
    return out.getvalue()


def rezipped(data, method):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return out.getvalue()


CONTAINER = {
    "bytes after": lambda data: data + b"\x00",
    "bytes before": lambda data: b"\x00" + data,
    "PK before": lambda data: b"PK" + data,
    "cut at the end": lambda data: data[:-1],
    "cut in the middle": lambda data: data[: len(data) // 2],
    "comment": with_comment,
    "other times": lambda data: rezipped(data, zipfile.ZIP_STORED),
    "compressed": lambda data: rezipped(data, zipfile.ZIP_DEFLATED),
    "reordered": lambda data: zip_of(list(verifier_members(data))[::-1], sort=False),
    "doubled": lambda data: zip_of([*verifier_members(data), ("verify.py", b"x")]),
    "empty": lambda data: zip_of({}),
    "nothing": lambda data: b"",
    "too many": lambda data: data[:-22] + b"PK\x05\x06" + b"\x00" * 4 + b"\xff\xff\xff\xff" + data[-10:],
    "a central name differs": lambda data: data[: data.rindex(b"verify.py")] + b"verifx" + data[data.rindex(b"verify.py") + 6 :],
}


def verifier_members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


@pytest.mark.parametrize("name", CONTAINER)
def test_tampering_with_the_container(finished, check, name):
    report = check(CONTAINER[name](finished.bundle.read_bytes()), finished.anchor)
    assert failed(report) & {"zip_canonical", "known_format", "files_required"}


@pytest.mark.parametrize("seed", range(4))
def test_one_flipped_byte_anywhere_in_the_bundle(finished, check, seed):
    data, dice = finished.bundle.read_bytes(), random.Random(seed)
    offsets = [dice.randrange(len(data)) for _ in range(18)] + [len(data) - 1 - dice.randrange(1200) for _ in range(12)]
    for offset in offsets:
        changed = bytearray(data)
        changed[offset] ^= 1 << dice.randrange(8)
        assert not check(bytes(changed)).ok, offset


def pdf_report(pdf):
    report = verifier.Report("agreement")
    check_pdf(pdf, None, verifier.Trusted(), report)
    return report


@pytest.mark.parametrize("seed", range(4))
def test_one_flipped_byte_anywhere_in_the_agreement(finished, seed):
    data, dice = finished.pdf, random.Random(seed)
    last = data.rindex(b"/Contents <")
    offsets = [dice.randrange(len(data)) for _ in range(25)] + [last + dice.randrange(len(data) - last) for _ in range(75)]
    for offset in offsets:
        changed = bytearray(data)
        changed[offset] ^= 1 << dice.randrange(8)
        assert not pdf_report(bytes(changed)).ok, (offset, data[offset - 20 : offset + 20])


# --- whoever has the platform's key as well


def insider(finished, tmp_path, authority=None, at=LATER, **changes):
    authority = authority or finished.authority
    path = tmp_path / "forged.zip"
    write_bundle(path, msgspec.structs.replace(finished.contents, **changes), authority.platform(), authority.timestamper(), at)
    return path


def test_an_earlier_revision_signed_into_a_new_manifest(finished, tmp_path):
    path = insider(finished, tmp_path, agreement=finished.revisions[3])
    assert {"pdf_all_fields_signed", "pdf_signing_order"} <= failed(verify_file(path, finished.anchor))


def test_an_overlay_signed_into_a_new_manifest(finished, tmp_path):
    path = insider(finished, tmp_path, agreement=update(finished.pdf, overlay))
    assert "pdf_covers_everything" in failed(verify_file(path, finished.anchor))


def test_other_signers_in_a_new_manifest(finished, check):
    members = members_of(finished.bundle)
    manifest = json.loads(members["manifest.json"])
    manifest["signers"][1]["name"], manifest["signers"][2]["name"] = "赵某", "李某"
    members["manifest.json"] = canonical_json(manifest)
    members["manifest.p7s"] = sign_detached(members["manifest.json"], finished.authority.platform(), LATER)
    members["manifest.tsr"] = timestamp(members["manifest.p7s"], finished.authority.timestamper(), LATER)
    assert failed(check(zip_of(members), finished.anchor)) == {"expected_signers"}


def test_a_manifest_signed_by_somebody_else_of_the_same_authority(finished, check):
    members = members_of(finished.bundle)
    members["manifest.p7s"] = sign_detached(members["manifest.json"], finished.authority.seal(finished.facts.committee, NOW), LATER)
    members["manifest.tsr"] = timestamp(members["manifest.p7s"], finished.authority.timestamper(), LATER)
    assert failed(check(zip_of(members), finished.anchor)) == {"manifest_by_platform"}


def test_everything_made_again_under_another_authority(finished, tmp_path):
    other = EmbeddedAuthority(tmp_path / "ca", NOW)
    pdf = sign_all(other, finished.facts, finished.printed, finished.fonts)[-1]
    path = insider(finished, tmp_path, authority=other, agreement=pdf, anchors=anchors(other))
    assert verify_file(path).verdict == "内部一致，出处未核"
    assert failed(verify_file(path, finished.anchor)) == {"anchor"}


def test_a_revoked_signer(finished, tmp_path):
    party = next(signer for signer in signers_of(finished.pdf) if signer.field == "Party1")
    authority = EmbeddedAuthority(finished.authority.folder, NOW)
    signature = verifier.read_pdf_signatures(finished.pdf)[1]
    certificate = verifier.Cms(verifier.unpad(signature.contents)).certificate
    assert verifier.fingerprint(certificate) == party.certificate
    authority.revoke(certificate.serial_number, NOW)
    lists = anchors(authority, LATER)
    (authority.folder / "revoked.json").unlink()
    path = insider(finished, tmp_path, anchors=lists)
    assert failed(verify_file(path, finished.anchor)) == {"pdf_signature", "expected_signers"}


def test_withheld_payloads_and_no_agreement_are_allowed(finished, tmp_path):
    path = insider(finished, tmp_path, payloads={}, agreement=None, recordings=[])
    report = verify_file(path, finished.anchor)
    assert report.ok
    assert next(check for check in report.checks if check.code == "payloads").detail["withheld"] == 5


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "../a", "a/../b", "a\\b", "c:a", "a\x00", "e\u0301", "a.", " a", "字" * 70])
def test_unsafe_names(name):
    assert not safe_name(name)
    assert safe_name("payloads/000001.json")


def test_every_code_has_words():
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    used = {piece.split('"')[1] for piece in source.split("report.add(")[1:]} | {
        piece.split('"')[1] for piece in source.split(".warn(")[1:]
    }
    assert used - {"code"} <= verifier.WORDS.keys()
