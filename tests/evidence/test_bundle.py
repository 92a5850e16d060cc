"""What the writer refuses, and that equal contents give equal files."""

import hashlib
import json

import msgspec
import pytest

from evidence import bundle as module
from evidence.bundle import BundleError, write_bundle
from evidence.ledger import LedgerBroken
from evidence.manifest import CAUCUS

from .conftest import NOW
from .rebundling import members_of


def write(finished, tmp_path, **changes):
    contents = msgspec.structs.replace(finished.contents, **changes)
    return write_bundle(tmp_path / "b.zip", contents, finished.authority.platform(), finished.authority.timestamper(), NOW)


def refused(finished, tmp_path, **changes):
    with pytest.raises(BundleError) as error:
        write(finished, tmp_path, **changes)
    assert list(tmp_path.glob("*.zip*")) == []
    return error.value.code


def test_hash_and_contents(finished, tmp_path):
    digest = write(finished, tmp_path)
    assert digest == hashlib.sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
    one, two = members_of(tmp_path / "b.zip"), members_of(finished.bundle)
    changing = {"manifest.json", "manifest.p7s", "manifest.tsr"}
    assert {name: data for name, data in one.items() if name not in changing} == {
        name: data for name, data in two.items() if name not in changing
    }
    manifest = json.loads(one["manifest.json"])
    assert manifest["caucus"] == CAUCUS
    assert [signer["role"] for signer in manifest["signers"]] == ["platform", "party", "party", "mediator", "committee"]
    assert list(tmp_path.glob("*.part")) == []


def test_refusals(finished, tmp_path, monkeypatch):
    recording, path = finished.contents.recordings[0]
    assert refused(finished, tmp_path, consents={"../x": b""}) == "bad_name"
    assert refused(finished, tmp_path, recordings=[(msgspec.structs.replace(recording, path="x.webm"), path)]) == "bad_name"
    assert refused(finished, tmp_path, recordings=[(recording, tmp_path / "none")]) == "recording_missing"
    short = msgspec.structs.replace(recording, segments=recording.segments[:1])
    assert refused(finished, tmp_path, recordings=[(short, path)]) == "segments_differ"
    swapped = msgspec.structs.replace(recording, segments=recording.segments[::-1])
    assert refused(finished, tmp_path, recordings=[(swapped, path)]) == "segments_differ"
    monkeypatch.setattr(module, "MAX_BYTES", 400_000)
    assert refused(finished, tmp_path) == "too_large"
    monkeypatch.setattr(module, "MAX_FILES", 5)
    assert refused(finished, tmp_path) == "too_many_files"


def test_sm3_is_that_of_the_standard(finished, tmp_path):
    # GB/T 32905-2016, A.1
    hashing = module.Hashing(sm3=True)
    hashing.update(b"abc")
    assert hashing.described().sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    write(finished, tmp_path, sm3=True)
    manifest = json.loads(members_of(tmp_path / "b.zip")["manifest.json"])
    listed = [*manifest["files"], *(segment for item in manifest["recordings"] for segment in item["segments"])]
    assert manifest["hashes"] == ["sha256", "sm3"] and all(len(item["sm3"]) == 64 for item in listed)
    plain = json.loads(members_of(finished.bundle)["manifest.json"])
    assert "hashes" not in plain and "sm3" not in json.dumps(plain)


def test_a_payload_that_does_not_belong(finished, tmp_path):
    with pytest.raises(LedgerBroken):
        write(finished, tmp_path, payloads={1: ({"kind": "other"}, "00" * 16)})
    with pytest.raises(LedgerBroken):
        write(finished, tmp_path, entries=finished.contents.entries[1:], payloads={})
