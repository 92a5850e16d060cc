"""The stand-alone verifier against honest bundles and the catalogue of tamperings."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from evidence import verifier
from evidence.verifier import check_pdf, safe_name, verify_file

from .honest import HONEST
from .rebundling import members_of, zip_of
from .tamperings import TAMPERINGS

WARNINGS = {
    "clock_not_kept",
    "sm3_not_checked",
    "not_entered",
    "entered_but_absent",
    "anchor_not_given",
    "revocation_unknown",
    "expected_signers_unknown",
    "signed_on_paper",
}


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


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering(finished, check, tmp_path, name):
    code, make = TAMPERINGS[name]
    assert code in failed(check(make(finished, tmp_path), finished.anchor))


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_holds(finished, check, tmp_path, name):
    assert failed(check(HONEST[name](finished, tmp_path), finished.anchor)) == set()


def test_the_catalogue_is_large_and_asks_for_every_check():
    assert len(TAMPERINGS) > 150
    never_alone = {"readable", "size"}  # what is readable and how large it is only fails for files that no test should make
    assert {code for code, _ in TAMPERINGS.values()} >= set(verifier.WORDS) - never_alone - WARNINGS - {"pdf_times_in_order"}


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


def test_everything_made_again_without_an_anchor(finished, check, tmp_path):
    report = check(TAMPERINGS["another root of trust"].make(finished, tmp_path))
    assert (report.ok, report.verdict) == (True, "内部一致，出处未核")


def test_a_revoked_signer_alone_fails(finished, check, tmp_path):
    report = check(TAMPERINGS["a revoked signer"].make(finished, tmp_path), finished.anchor)
    assert failed(report) == {"pdf_signature", "expected_signers"}


def test_what_is_withheld_is_counted(finished, check, tmp_path):
    report = check(HONEST["payloads withheld, no agreement"](finished, tmp_path), finished.anchor)
    assert next(item for item in report.checks if item.code == "payloads").detail["withheld"] == 13


def test_what_the_chain_knows_and_the_bundle_lacks_is_told(finished, check, tmp_path):
    def absent(name):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        return next((item.detail["names"] for item in report.checks if item.code == "entered_but_absent"), [])

    assert absent("recordings that the chain knows left out") == ["recordings/late", "recordings/room"]
    assert absent("recordings destroyed, as the chain says") == []


def test_a_machine_without_sm3_says_so(finished, check, tmp_path, monkeypatch):
    def none(*given):
        raise UnsupportedAlgorithm("sm3")

    monkeypatch.setattr(verifier, "_sm3_of", none)
    for name in ("with SM3", "a bundle"):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        assert report.ok and ("sm3_not_checked" in {item.code for item in report.checks}) is (name == "with SM3")


def test_the_clock_is_told(finished, check, tmp_path):
    def told(name, code, key):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        return next((item.detail[key] for item in report.checks if item.code == code), None)

    assert told("a clock that was set back, as the chain says", "ledger_times", "jumps") == 1
    assert told("a clock that nobody keeps", "clock_not_kept", "times") == 1
    assert told("a bundle", "clock_not_kept", "times") is None


def test_what_cannot_be_compared_with_the_chain_is_told(finished, check, tmp_path):
    report = check(HONEST["payloads withheld, no agreement"](finished, tmp_path), finished.anchor)
    assert next(item.detail["names"] for item in report.checks if item.code == "not_entered") == ["record/record.json"]


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
