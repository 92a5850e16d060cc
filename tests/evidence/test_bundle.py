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


def test_a_payload_that_does_not_belong(finished, tmp_path):
    with pytest.raises(LedgerBroken):
        write(finished, tmp_path, payloads={1: ({"kind": "other"}, "00" * 16)})
    with pytest.raises(LedgerBroken):
        write(finished, tmp_path, entries=finished.contents.entries[1:], payloads={})
