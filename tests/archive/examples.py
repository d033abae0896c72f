"""Posts and files that the tests of this room share."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from ingestd.model.article import BodyOrigin
from ingestd.model.post import DateOrigin, Post

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

POST = Post(
    from_url="https://news.example/realtime/story20210418-1140271",
    title="中国期待领导人气候峰会",
    date=datetime(2021, 4, 18, 1, 45, 12, 653000, tzinfo=UTC),
    author="联合早报",
    tags=("联合早报",),
    categories=("联合早报",),
    content="<p>中国期待周四（22日）起的峰会。</p><p>Second paragraph.</p>",
    text="中国期待周四（22日）起的峰会。\nSecond paragraph.",
    published_ms=1618759080000,
    fetched_at=NOW,
    date_origin=DateOrigin.FEED,
    body_origin=BodyOrigin.FEED,
)

# The same post in the archive format.
FILE = """\
---
layout: post
title: "中国期待领导人气候峰会"
date: 2021-04-18T01:45:12.653Z
author: 联合早报
from: https://news.example/realtime/story20210418-1140271
tags: [ 联合早报 ]
categories: [ 联合早报 ]
---
<!--1618759080000-->
[中国期待领导人气候峰会](https://news.example/realtime/story20210418-1140271)
------

<div>
<p>中国期待周四（22日）起的峰会。</p><p>Second paragraph.</p>
</div>
"""

_HOSTILE_PARTS = st.sampled_from(
    [
        *[
            '"',
            "\\",
            "---",
            "\n---\n",
            ": ",
            " #",
            "#",
            "%",
            "\n",
            "\r\n",
            "\t",
            "\0",
            "\x07",
            "\x85",
            "\u2028",
            "\ufeff",
        ],
        *["\uffff", "\ud800", "\u202e", "\u2066", "😀", "👨‍👩‍👧", "e\u0301", "é", "中文", " ", "...", "{::comment}"],
        *[
            "{{ site }}",
            "{% raw %}",
            "{%",
            "{{",
            "{",
            "%}",
            "<!--",
            "-->",
            "</div>",
            "<script>",
            "](",
            ")",
            "[",
            "'",
            "- ",
        ],
        *["? ", "&a", "*a", "!!str ", "|", ">", "@", "`", "null", "true", "12", "2020-01-01", "[a, b]", "{a: b}"],
    ]
)
#: Texts as a hostile feed has them.
hostile_text = st.lists(_HOSTILE_PARTS | st.text(max_size=5), max_size=12).map("".join)
hostile_names = st.lists(hostile_text, max_size=3).map(tuple)
dates = st.integers(-(2 * 10**12), 4 * 10**12).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
posts = st.builds(
    lambda **values: replace(POST, **values),
    title=hostile_text,
    author=hostile_text,
    tags=hostile_names,
    categories=hostile_names,
    content=hostile_text,
    date=dates,
    published_ms=st.none() | st.integers(-(10**12), 10**13),
    comments=st.none() | st.booleans(),
    link_title=st.none() | hostile_text,
)


def post(**values: Any) -> Post:
    """POST with some other values."""
    return replace(POST, **values)


def file(*changes: tuple[str, str]) -> bytes:
    """FILE with some texts replaced, each of which must stand in it."""
    text = FILE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def with_replaced_surrogates(text: str) -> str:
    """A text as files hold it: U+FFFD for each lone surrogate."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
