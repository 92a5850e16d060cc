"""What is cited of a recording: the newest entry that tells of it, and each segment once."""

from hypothesis import given
from hypothesis import strategies as st

from evidence.citation import Citation, cite
from evidence.verifier import CITED

TOLD = st.lists(
    st.tuples(st.text("0123456789abcdef", min_size=64, max_size=64), st.just("2026-11-23T08:06:00.000000Z"), st.sampled_from("abcdef"))
)


@given(TOLD, st.integers(0, 2**53 - 1))
def test_the_newest_entry_and_each_segment_once(told, through):
    cited = cite(through, told)
    assert cited.segments == len({name for _, _, name in told})
    assert (cited.hash, cited.until) == (told[-1][:2] if told else ("", ""))
    assert cited.through == through
    (found,) = CITED.findall(f"/Keywords ({cited.keyword})".encode())
    assert [one.decode() for one in found] == [str(cited.segments), cited.hash or "-", cited.until or "-"]


def test_nothing_recorded():
    assert cite(4, []) == Citation(4, 0)
    assert Citation(4, 0).keyword == "heyi-recording/1 0 - -"
