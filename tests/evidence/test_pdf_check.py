"""Our own validator: what holds, and every kind of tampering that others let pass."""

import random
from datetime import timedelta

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name

from agreements.authority import EmbeddedAuthority, one_time_credential
from agreements.seal_image import draw_seal
from agreements.signing import revision_hash, seal, sign
from agreements.strokes import draw_strokes
from evidence.manifest import signers_of
from evidence.pdf_check import check_agreement
from tests.agreements.conftest import handwriting

from .conftest import NOW, sign_all
from .pdf_tamperings import empty_validation_data, overlay, update


def failed(finished, pdf, **options):
    options.setdefault("expected", signers_of(finished.pdf))
    checks, ok = check_agreement(pdf, roots=[finished.authority.trust(NOW).root], **options)
    codes = {check.code for check in checks if check.status == "fail"}
    assert ok is not bool(codes)
    return codes


def hidden_annotation(writer):
    page, _ = writer.find_page_for_modification(0)
    note = generic.DictionaryObject({pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Subtype"): pdf_name("/Text")})
    note[pdf_name("/Rect")] = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 50, 50)])
    leaf = page.get_object()
    leaf[pdf_name("/Annots")] = generic.ArrayObject([*leaf.get("/Annots", []), writer.add_object(note)])
    writer.mark_update(page)


def script(writer):
    action = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")})
    writer.root[pdf_name("/OpenAction")] = writer.add_object(action)
    writer.update_root()


def delete_page(writer):
    pages = writer.root["/Pages"]
    pages[pdf_name("/Kids")] = generic.ArrayObject([pages["/Kids"].raw_get(0)])
    pages[pdf_name("/Count")] = generic.NumberObject(1)
    writer.mark_update(writer.root.raw_get("/Pages"))


def test_the_finished_agreement_holds(finished):
    assert failed(finished, finished.pdf, final_hash=revision_hash(finished.pdf)) == set()


def test_the_wrong_root_or_hash(finished, tmp_path):
    other = EmbeddedAuthority(tmp_path / "ca", NOW)
    checks, ok = check_agreement(finished.pdf, roots=[other.trust(NOW).root])
    assert not ok
    assert [check.code for check in checks if check.status == "fail"] == ["trusted_root"]
    assert failed(finished, finished.pdf, final_hash="0" * 64) == {"final_hash"}


@pytest.mark.parametrize("change", [overlay, hidden_annotation, script, delete_page, empty_validation_data])
def test_incremental_updates_after_the_end(finished, change):
    assert "pdf_covers_everything" in failed(finished, update(finished.pdf, change))


@pytest.mark.parametrize("change", [overlay, hidden_annotation, script, delete_page])
def test_updates_between_two_signatures(finished, change):
    authority, trust, service = finished.authority, finished.authority.trust(NOW), finished.authority.timestamper()
    pdf = update(finished.revisions[3], change)
    when = NOW + timedelta(minutes=40)
    mediator = one_time_credential(authority, finished.facts.mediator, "人民调解员", when)
    pdf = sign(pdf, "Mediator", draw_strokes(handwriting()), mediator, trust, service, when, finished.fonts)
    stamp = draw_seal(finished.facts.committee, finished.fonts)
    pdf = seal(pdf, stamp, authority.seal(finished.facts.committee, when), trust, service, when, finished.fonts)
    found = failed(finished, pdf, expected=None)
    assert "changes_permitted" in found
    assert ("nothing_active" in found) is (change is script)


@pytest.mark.parametrize("revision", [0, 1, 2, 3, 4])
def test_cut_back_to_an_earlier_revision(finished, revision):
    found = failed(finished, finished.revisions[revision])
    assert found & {"pdf_all_fields_signed", "pdf_signed"}
    assert revision == 0 or "expected_signers" in found


def test_bytes_after_the_end(finished):
    for extra in (b"\n", b" ", b"%note", b"\n%%EOF\n"):
        assert failed(finished, finished.pdf + extra) & {"pdf_covers_everything", "pdf_readable"}


def test_padding(finished):
    at = finished.pdf.rindex(b"0000>\n/ByteRange")
    changed = finished.pdf[:at] + b"4D4D" + finished.pdf[at + 4 :]
    assert "pdf_signature" in failed(finished, changed)


def test_another_signer(finished):
    expected = signers_of(finished.pdf)
    assert "expected_signers" in failed(finished, finished.pdf, expected=expected[:-1])
    swapped = [expected[0], expected[2], expected[1], *expected[3:]]
    assert failed(finished, finished.pdf, expected=swapped) == set()


def test_everything_signed_again_by_another_authority(finished, tmp_path):
    other = EmbeddedAuthority(tmp_path / "ca", NOW)
    forged = sign_all(other, finished.facts, finished.printed, finished.fonts)[-1]
    assert failed(finished, forged) == {"expected_signers", "trusted_root"}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\x00" * 100])
def test_noise(finished, data):
    assert failed(finished, data)


@pytest.mark.parametrize("seed", range(3))
def test_damage_is_reported_and_never_raised(finished, seed):
    dice = random.Random(seed)
    for _ in range(8):
        at = dice.randrange(len(finished.pdf))
        cut = finished.pdf[:at] + finished.pdf[at + dice.randrange(1, 2000) :]
        noise = finished.pdf[:at] + dice.randbytes(20) + finished.pdf[at + 20 :]
        assert failed(finished, cut)
        assert failed(finished, noise)
