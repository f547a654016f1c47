"""Names people type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.names import MAX_NAME_CHARS, clean_name


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("王芳", "王芳"),
        ("  张\t伟 \n ", "张 伟"),
        ("a\u202eb\u2066c", "abc"),
        ("\u0000\u0007\u200b", ""),
        ("\u200d\u200c", ""),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("e\u0301", "é"),
        ("x" * 100, "x" * 64),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u3000指挥部\u3000", "指挥部"),
    ],
)
def test_names(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


@given(st.text(max_size=300))
def test_a_clean_name_is_short_visible_and_stays_as_it_is(raw: str) -> None:
    name = clean_name(raw)
    assert len(name) <= MAX_NAME_CHARS
    assert name == name.strip()
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} for c in name)
    assert clean_name(name) == name
