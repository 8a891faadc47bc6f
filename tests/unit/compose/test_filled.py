"""Lines of a mail: as `textwrap` breaks them, whatever the words."""

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from gateway.wording.page import filled

_WORDS = st.text(st.sampled_from("ab-é.,\t\n\u00a0\u2028"), max_size=90)


@given(
    st.lists(_WORDS | st.sampled_from(["a" * 72, "b" * 73, "c" * 200, "", "-"]), max_size=30),
    st.sampled_from(["", "   "]),
)
def test_lines_are_broken_as_textwrap_breaks_them(words: list[str], indent: str):
    text = " ".join(words)
    assert filled(text, indent) == textwrap.fill(
        text, 72, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
