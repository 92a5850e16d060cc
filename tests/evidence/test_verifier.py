"""The stand-alone verifier against honest bundles and the catalogue of tamperings."""

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from evidence import verifier
from evidence.verifier import check_pdf, safe_name, verify_file, words

from .conftest import Finished
from .honest import HONEST
from .rebundling import members_of, zip_of
from .tamperings import TAMPERINGS

WARNINGS = {
    "clock_not_kept",
    "sm3_not_checked",
    "not_entered",
    "entered_but_absent",
    "anchor_not_given",
    "anchor_not_checked",
    "revocation_unknown",
    "expected_signers_unknown",
    "signed_on_paper",
    "other_volumes",
    "recordings_damaged",
    "session_open",
    "draft_absent",
    "recordings_destroyed",
    "recordings_not_enclosed",
    "recording_not_counted",
    "citation_not_compared",
}

CITING = {"recording_cited", "recording_not_counted", "citation_not_compared"}


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


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.every) for seed in (2, 3))])
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


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.every) for seed in (2, 3))])
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
    assert next(item for item in report.checks if item.code == "payloads").detail["withheld"] == 15


def test_what_the_chain_knows_and_the_bundle_lacks_is_told(finished, check, tmp_path):
    def absent(name):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        return next((item.detail["names"] for item in report.checks if item.code == "entered_but_absent"), [])

    assert absent("recordings that the chain knows left out") == ["recordings/late", "recordings/room"]
    assert absent("recordings destroyed, as the chain says") == []


def test_what_was_destroyed_or_left_out_is_told_and_nothing_that_is_not_there_holds(finished, check, tmp_path):
    def told(name):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        return {item.code: item.detail for item in report.checks if item.code.startswith("recordings")}

    found = told("recordings destroyed, as the chain says")
    assert found.keys() == {"recordings_destroyed"}
    assert found["recordings_destroyed"] == {
        "at": "2026-11-23T08:16:00.000000Z", "segments": 2, "by": "user:u9", "why": "到期", "role": "", "name": "", "asked_role": "", "asked_name": "",
    }  # fmt: skip
    two = told("recordings destroyed by two people")["recordings_destroyed"]
    assert (two["role"], two["name"], two["asked_role"], two["asked_name"]) == ("centre", "周*任", "mediator", "王**员")
    broken = told("recordings that broke off")["recordings"]
    assert broken == {"wrong": [], "files": 2, "gaps": 2, "tracks": 2, "late": 1, "reasons": "connection withdrawn"}, "as people count"
    assert told("for a court, without recordings") == {"recordings_not_enclosed": {"profile": "court_success"}}
    court = told("for a court, after the recordings were destroyed")
    assert set(court["recordings_destroyed"].values()) == {court["recordings_destroyed"]["at"], 0, ""}, "the entry's kind alone tells it"
    assert told("recordings that the chain knows left out") == {
        "recordings": {"wrong": [], "files": 0, "gaps": 0, "tracks": 0, "late": 0, "reasons": ""}
    }


def test_what_the_agreement_cites_of_the_recording_is_told_by_as_much_as_is_enclosed(finished, check, tmp_path):
    def told(name):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        return {item.code: item.detail for item in report.checks if item.code in CITING}

    until = finished.contents.entries[7].at
    assert told("a bundle") == {"recording_cited": {"segments": 2, "until": until}}
    assert told("cited, for a court") == {"recording_cited": {"segments": 2, "until": until}, "recording_not_counted": {"segments": 2}}
    assert told("nothing was recorded, as cited") == {"recording_cited": {"segments": 0, "until": ""}}
    assert told("frozen by an earlier version, which cited nothing") == {}
    for alone in ("an agreement", "cited, and the chain does not say what"):
        assert told(alone) == {"citation_not_compared": {"segments": 2}}


def test_in_words_nobody_is_an_account_and_reasons_are_words(finished, check, tmp_path):
    said = words(check(HONEST["recordings destroyed by two people"](finished, tmp_path), finished.anchor))
    assert "by=综治中心 the centre 周*任" in said and "asked=调解员 the mediator 王**员" in said and "account:" not in said
    said = words(check(HONEST["recordings destroyed, as the chain says"](finished, tmp_path), finished.anchor))
    assert "by=工作人员 staff" in said and "user:u9" not in said
    said = words(check(HONEST["recordings that broke off"](finished, tmp_path), finished.anchor))
    assert "当事人撤回同意 consent withdrawn" in said


def test_what_is_missing_is_called_missing(finished, check, tmp_path):
    def told(*names):
        members = members_of(finished.bundle)
        for name in names:
            members.pop(name)
        report = check(zip_of({**members, "note.txt": b"x", "consents/p1.json": b"y"}), finished.anchor)
        return next(item.detail for item in report.checks if item.code == "files_match_manifest"), words(report)

    detail, said = told("record/record.json", "agreement.pdf")
    assert detail == {"missing": ["agreement.pdf", "record/record.json"], "unlisted": ["note.txt"], "differing": ["consents/p1.json"]}
    assert "缺少 missing：agreement.pdf、record/record.json，清单没有列 not on the list：note.txt" in said and "缺少协议书" in said


def test_where_there_is_no_agreement_nobody_is_sent_to_its_footer(finished, check, tmp_path):
    for name, printed in (("a bundle", True), ("payloads withheld, no agreement", False)):
        data = HONEST[name](finished, tmp_path)
        assert ("协议书页脚" in words(check(data))) is printed
        (tmp_path / "b.zip").write_bytes(data)
        assert ("协议书每页页脚" in members_of(tmp_path / "b.zip")["说明.txt"].decode()) is printed


def test_a_machine_without_sm3_says_so(finished, check, tmp_path, monkeypatch):
    def none(*given):
        raise UnsupportedAlgorithm("sm3")

    monkeypatch.setattr(verifier, "_sm3_of", none)
    for name in ("with SM3", "a bundle"):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        assert report.ok and ("sm3_not_checked" in {item.code for item in report.checks}) is (name == "with SM3")


def test_other_volumes_and_damaged_pieces_are_told(finished, check, tmp_path):
    def told(name, code):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        return next((item.detail for item in report.checks if item.code == code), None), report

    found, report = told("the second of two volumes", "other_volumes")
    assert found == {"number": 2, "of": 2, "names": ["recordings/room.webm"]}
    assert "entered_but_absent" not in {item.code for item in report.checks}, "it lies in the other one"
    assert told("with a damaged piece", "recordings_damaged")[0] == {"names": ["m-0003"]}


@pytest.mark.parametrize("count", range(9))
def test_the_merkle_root_is_that_of_rfc_6962(count):
    """By its own definition: split at the largest power of two below the number of leaves."""

    def tree(leaves):
        if not leaves:
            return hashlib.sha256(b"").digest()
        if len(leaves) == 1:
            return hashlib.sha256(b"\0" + leaves[0]).digest()
        half = 1 << (len(leaves) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + tree(leaves[:half]) + tree(leaves[half:])).digest()

    files = [{"path": str(n)} for n in range(count)]
    assert verifier.merkle_root(files) == tree([verifier.canonical_json(item) for item in files]).hex()


def test_a_draft_that_is_not_enclosed_is_told(finished, check, tmp_path):
    for name, told in (("of an earlier version, without its draft", True), ("a bundle", False)):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        assert ("draft_absent" in {item.code for item in report.checks}) is told


def test_lines_are_those_of_splitlines_and_cost_nothing_in_advance():
    for data in (b"", b"a", b"a\n", b"a\r\nb\rc\n\nd", b"\n\n", b"\r"):
        assert list(verifier.lines_of(data)) == data.splitlines()


def test_a_session_that_had_not_ended_is_told(finished, check, tmp_path):
    for name, told in (("exported during a session", True), ("exported after a session", False)):
        report = check(HONEST[name](finished, tmp_path), finished.anchor)
        assert ("session_open" in {item.code for item in report.checks}) is told


def test_a_fingerprint_that_is_none_is_no_forgery(finished, capsys):
    for wrong in ("zz", finished.anchor[:-1], finished.anchor + ",x"):
        assert verifier.main([str(finished.bundle), "--anchor", wrong]) == 2
        assert "64" in capsys.readouterr().err
    assert verifier.main([str(finished.bundle), "--anchor", finished.anchor.upper()]) == 0


def test_a_download_that_broke_off_is_called_that_and_its_fingerprint_neither_right_nor_wrong(finished, tmp_path, capsys):
    path = tmp_path / "cut.zip"
    path.write_bytes(finished.bundle.read_bytes()[:-100])
    for anchor in (finished.anchor, None):
        report = verify_file(path, anchor)
        assert [(item.code, item.status) for item in report.checks] == [("zip_canonical", "fail"), ("anchor_not_checked", "warn")]
    assert verifier.main([str(path), "--anchor", finished.anchor]) == 1
    told = capsys.readouterr().out
    assert "请重新下载" in told and "zip_end" not in told and "与所给一致" not in told


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


def test_in_a_partys_own_copy_every_file_is_compared_with_the_chain(finished, check, tmp_path):
    report = check(HONEST["a party's own copy"](finished, tmp_path), finished.anchor)
    assert {item.code for item in report.checks if item.status == "warn"} == {"recordings_not_enclosed", "recording_not_counted"}
    assert next(item.detail["compared"] for item in report.checks if item.code == "as_entered") == 2


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


@pytest.mark.parametrize(
    ("name", "matches", "absent"),
    [
        ("with what came with the report", {"voices": 1, "photographs": 2}, []),
        ("with what came with the report, of which a photograph is gone", {"voices": 1, "photographs": 1}, ["reported/photo-bb02"]),
        ("with photographs of a report of an earlier version, which noted none", {"voices": 0, "photographs": 1}, []),
        ("with what came with the report, what the chain says withheld", {"voices": 0, "photographs": 1}, []),
        ("for the court after it failed, with the report", {"voices": 1, "photographs": 1}, []),
        ("for the court after it failed, the voice gone", {"voices": 0, "photographs": 1}, ["reported/voice-aa01"]),
        ("of an earlier version, which enclosed nothing of a report", None, []),
    ],
)
def test_only_what_was_compared_is_said_to_match(
    finished: Finished, tmp_path: Path, check: Any, name: str, matches: dict[str, int] | None, absent: list[str]
) -> None:
    report = check(HONEST[name](finished, tmp_path), finished.anchor)
    said = next((one.detail for one in report.checks if one.code == "reported"), None)
    assert (said is None) == (matches is None) and all((said or {})[key] == count for key, count in (matches or {}).items())
    missing = [path for one in report.checks if one.code == "entered_but_absent" for path in one.detail["names"]]
    assert [path for path in missing if path.startswith("reported/")] == absent
