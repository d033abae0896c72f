"""Liquid as text."""

import pytest
from hypothesis import given

from ingestd.archive.jekyll.liquid import escape_liquid, has_liquid, unescape_liquid
from tests.archive.examples import hostile_text
from tests.extract.helpers import assert_cpu_time_is_linear


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("{{ a }}", "&#123;{ a }}"),
        ("{{{ a", "&#123;&#123;{ a"),
        ("{%- a -%}", "&#123;%- a -%}"),
        ("{{% a", "&#123;&#123;% a"),
        ("{a} { { }}", "{a} { { }}"),
        ("&#123;{", "&#123;{"),
    ],
)
def test_escape_liquid(text, escaped):
    assert escape_liquid(text) == escaped
    assert not has_liquid(escaped)


@given(hostile_text)
def test_escaped_liquid_renders_as_text(text):
    escaped = escape_liquid(text)
    assert not has_liquid(escaped)
    assert escape_liquid(unescape_liquid(escaped)) == escaped
    if "&#123;" not in text:
        assert unescape_liquid(escaped) == text


@pytest.mark.parametrize("part", ["<", "<pre>", "<!--", "<script>", " ", "\n", " \n", "</p", "<p ", "{", "&#123;", "&"])
def test_time_is_linear_in_the_length(part):
    assert_cpu_time_is_linear(lambda count: unescape_liquid(escape_liquid(f"\n{part * count}x")), 50_000)
