"""One post, one file: what is imported leaves as it came, and what a feed says is read back as it was."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.archive.jekyll import post_file
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import ArchiveError
from ingestd.model.feed import ZoneOrigin
from ingestd.model.post import DateOrigin
from tests.archive.examples import FILE, NOW, POST, file, post, posts

NAME = "2021-04-18-中国期待领导人气候峰会.md"


def read(data: bytes, name: str = NAME):
    return post_file.read_post(data, name, now=NOW)


def round_trip(data: bytes) -> bytes:
    return post_file.render(read(data))


def front_matter(data: bytes) -> Any:
    return yaml.safe_load(data.decode().split("\n---\n")[0].removeprefix("---\n"))


def old_file(
    title: str, *, author: str = "作者", url: str = "https://a.example/1", comment: str = "1618759080000"
) -> bytes:
    """A file as the old script wrote it: double quotes escaped, the first "..." dropped, nothing else looked at."""
    quoted = title.replace("...", "", 1).replace('"', '\\"')
    return (
        f'---\nlayout: post\ntitle: "{quoted}"\ndate: 2021-04-18T01:45:12.653Z\nauthor: {author}\nfrom: {url}\n'
        f"tags: [ 源 ]\ncategories: [ 源 ]\n---\n<!--{comment}-->\n[{title.strip()}]({url})\n"
        "------\n\n<div>\n<p>正文</p>\n</div>\n"
    ).encode()


def test_post_of_a_feed_is_rendered_in_the_archive_format():
    assert post_file.render(POST).decode() == FILE


def test_file_is_parsed_into_its_values():
    result = read(FILE.encode())
    expected = replace(
        POST,
        date_origin=DateOrigin.ARCHIVE,
        body_origin=BodyOrigin.ARCHIVE,
        zone_origin=ZoneOrigin.STATED,
        date_clamped=True,
        file_name=NAME,
    )
    assert result == expected


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("categories:", "comments: True\ncategories:")],
        [("categories:", "comments: False\ncategories:")],
        [("1618759080000", "NaN")],
        [("1618759080000", "0")],
        [("1618759080000", "-62135596800000")],
        # The front matter's title cleaned afterwards, or its "..." dropped.
        [('"中国期待', '"中国 期待'), ("[中国期待", "[中国\u00a0期待")],
        [('峰会"', '等等"'), ("峰会](", "等等...](")],
        [('"中国期待领导人气候峰会"', '"他说\\"好\\""'), ("[中国期待领导人气候峰会]", '[他说"好"]')],
        [('"中国期待领导人气候峰会"', '""'), ("[中国期待领导人气候峰会]", "[]")],
        [('"中国期待领导人气候峰会"', '" 两端 "'), ("[中国期待领导人气候峰会]", "[两端]")],
        [("峰会", "峰会 --- a](b)[c")],
        [("story20210418", "a---b](x)/q?a={{x}}")],
        # YAML that is not what we would write.
        [("author: 联合早报", "author: 007")],
        [("author: 联合早报", 'author: "quoted"')],
        [("author: 联合早报", "author: ")],
        [("author: 联合早报", "author: 编辑 #1")],
        [("tags: [ 联合早报 ]", "tags: [  ]")],
        [("tags: [ 联合早报 ]", "tags: [联合早报,b]")],
        [('"中国期待领导人气候峰会"', "'单引号'")],
        [('"中国期待领导人气候峰会"', r'"C:\new"'), ("[中国期待领导人气候峰会]", r"[C:\new]")],
        [('"中国期待领导人气候峰会"', r'"a\\b"'), ("[中国期待领导人气候峰会]", r"[a\\b]")],
        [("categories:", "image: https://a.example/i.png\ncategories:")],
        # Link lines that say more, or other things, than the front matter.
        [("](https://news.example/", "](http://other.example/")],
        [("[中国期待", "[<b>中国</b> {% x %} 期待")],
        [('"中国期待', '"{{ x }} 中国'), ("[中国期待", "[{{ x }} 中国")],
        # Bodies that are not what we would write.
        [("<p>Second", "\n\n<p>Second\n---\n")],
        [("<p>Second", "{{ site.title }}{% include x %}<p>Second")],
        [("<p>Second", "&#123;&#123; escaped }}<p>Second")],
        [("<p>Second", "&#123;{ one }} {{ two }}<p>Second")],
        [("<p>Second", "</div><!-- <p>Second")],
        [("<p>Second", "\0<p>Second")],
        [("<p>Second", "\r\n<p>Second")],
        [("<p>中国期待周四（22日）起的峰会。</p><p>Second paragraph.</p>", "")],
        [("paragraph.</p>", "paragraph.</p>\n</div>\n\n</div>")],
    ],
    ids=lambda changes: changes[-1][1][:30] if changes else "as it is",
)
def test_file_of_the_format_is_rendered_unchanged(changes):
    data = file(*changes)
    assert round_trip(data) == data
    # Nothing that a database cannot hold.
    assert "\0" not in read(data).content


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.characters(
            exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\\\x85\ufeff\ufffe\uffff"
        )
    )
)
def test_file_of_the_old_script_is_rendered_unchanged(title):
    data = old_file(title)
    assert round_trip(data) == data


@pytest.mark.parametrize(
    ("title", "author"),
    [
        (r"正则 \d", "作者"),
        (r"It\'s", "作者"),
        ("末尾 \\", "作者"),
        ('引 \\" 号', "作者"),
        ("标题", "编辑: 王"),
        ("标题", "@某人"),
    ],
)
def test_invalid_yaml_is_normalised_once(title, author):
    once = round_trip(old_file(title, author=author))
    values = front_matter(once)
    assert (values["title"], values["author"]) == (title, author)
    assert round_trip(once) == once
    result = read(old_file(title, author=author))
    assert (result.title, result.author) == (title, author)


RAW = """\
---
layout: post
title: "集体监听"
date: 2014-11-07T00:30:13+01:00
author: 长平
from: https://a.example/article/257
tags: [ 泡泡 ]
categories: [ 泡泡 ]
---

<article id="content">
 <p>
  第一段 one
  two
 </p>
 <pre>
a
  b
</pre>
 {{ x }}
</article>

"""


@pytest.mark.parametrize(
    ("date", "expected", "published"),
    [
        ("2014-11-07T00:30:13+01:00", "2014-11-06T23:30:13.000Z", "1415316613000"),
        ("2014-11-07 00:30:13 +0100", "2014-11-06T23:30:13.000Z", "1415316613000"),
        ("2018-11-19T00:44:22+00:00", "2018-11-19T00:44:22.000Z", "1542588262000"),
        ("2020-07-16", "2020-07-16T00:00:00.000Z", "NaN"),
        ("yesterday", "2014-11-07T00:00:00.000Z", "NaN"),
    ],
)
def test_a_raw_file_is_normalised_once(date, expected, published):
    once = post_file.render(read(RAW.replace("2014-11-07T00:30:13+01:00", date).encode(), "2014-11-07-集体监听.md"))
    text = once.decode()
    assert f"\ndate: {expected}\n" in text
    assert (
        f"\n---\n<!--{published}-->\n[集体监听](https://a.example/article/257)\n------\n\n<div>\n"
        '<article id="content"><p>第一段 one two</p><pre>&#10;a&#10;  b&#10;</pre> &#123;{ x }}</article>\n</div>\n'
    ) in text
    assert round_trip(once) == once


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + FILE.encode(),
        FILE.replace("\n", "\r\n").encode(),
        FILE.encode() + b"\n\n",
        FILE.encode()[:-1],
        file((".653Z", "Z")),
        file(("T01:45:12.653Z", " 01:45:12.653 +0000")),
        file(("2021-04-18T01:45:12.653Z", "not a date")),
        file(("2021-04-18T01:45:12.653Z", "2021-13-45T99:45:12.653Z")),
        file(("from: https://news.example/realtime/story20210418-1140271\n", "")),
        file(("<!--1618759080000-->\n", "")),
        file(("<div>\n", "")),
    ],
)
def test_a_file_near_the_format_is_normalised_once(data):
    once = round_trip(data)
    assert once != data
    assert round_trip(once) == once
    before, after = read(data), read(once)
    assert (before.title, before.date, before.from_url, before.content) == (
        after.title,
        after.date,
        after.from_url,
        after.content,
    )


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(posts)
def test_any_values_of_a_feed_round_trip(some):
    data = post_file.render(some)
    values = front_matter(data)

    def stored(text: str) -> str:
        return re.sub("[\ud800-\udfff]", "\ufffd", text)

    assert (values["title"], values["author"]) == (stored(some.title), stored(some.author))
    assert values["tags"] == [stored(tag) for tag in some.tags]
    assert values["categories"] == [stored(item) for item in some.categories]
    assert values["date"] == some.date
    result = read(data)
    assert result.title == stored(some.title).replace("\0", "")
    assert (result.date, result.published_ms, result.comments) == (some.date, some.published_ms, some.comments)
    assert post_file.render(result) == data
    # Nothing for Jekyll to run, and a body on one line.
    below = data.decode().split("\n---\n", 1)[1]
    assert "{{" not in below
    assert "{%" not in below
    assert not post_file.has_live_liquid(some)
    assert len(re.split("\n", below)) == 8


def test_liquid_of_an_imported_body_is_kept_until_a_feed_revises_it():
    imported = read(file(("<p>Second", "{{ x }}<p>Second")))
    assert post_file.has_live_liquid(imported)
    revised = replace(imported, content="{{ y }}", body_origin=BodyOrigin.FEED)
    assert not post_file.has_live_liquid(revised)
    assert b"<div>\n&#123;{ y }}\n</div>" in post_file.render(revised)


def test_revised_title_replaces_that_of_the_file():
    imported = read(file(('"中国期待领导人气候峰会"', "'旧'"), ("[中国期待领导人气候峰会]", "[<b>旧</b>]")))
    text = post_file.render(replace(imported, title="新", link_title=None)).decode()
    assert '\ntitle: "新"\n' in text
    assert "\n[新](https://news" in text


def test_cleaning_changes_the_stored_content_only():
    data = file(("<p>Second", "<script>alert(1)</script>{{ x }}<p>Second"))

    def clean(markup: str) -> str:
        return markup.replace("<script>alert(1)</script>", "")

    result = post_file.read_post(data, NAME, now=NOW, clean=clean)
    assert "script" not in result.content
    assert result.text == "中国期待周四（22日）起的峰会。\n{{ x }}\nSecond paragraph."
    assert post_file.render(result) == data
    # A text that was changed in the database itself counts, and not the file's.
    assert b"<div>\n<p>changed</p>\n</div>" in post_file.render(replace(result, content="<p>changed</p>"))
    raw = RAW.replace("{{ x }}", "<script>alert(1)</script>{{ x }}").encode()
    once = post_file.render(post_file.read_post(raw, NAME, now=NOW, clean=clean))
    assert post_file.render(post_file.read_post(once, NAME, now=NOW, clean=clean)) == once
    # Where nothing had to be cleaned nothing is kept twice.
    assert post_file.read_post(FILE.encode(), NAME, now=NOW, clean=clean).extra == ()


def test_unknown_or_missing_source_name_is_accepted():
    assert post_file.read_post(FILE.encode(), None, now=NOW).file_name is None
    assert post_file.read_post(FILE.encode(), "a/b/x.md", now=NOW).file_name == "x.md"
    assert post_file.read_post(FILE.encode(), "bad\udcff.md", now=NOW).file_name is None


def test_posts_without_a_date():
    data = file(("2021-04-18T01:45:12.653Z", "soon"))
    assert read(data).date == datetime(2021, 4, 18, 15, 18, tzinfo=UTC)
    assert read(data).date_origin is DateOrigin.FEED
    nothing = RAW.replace("2014-11-07T00:30:13+01:00", "soon").encode()
    assert post_file.read_post(nothing, "x.md", now=NOW).date == NOW
    assert post_file.read_post(nothing, "x.md", now=NOW).date_origin is DateOrigin.INGESTED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not start"),
        (b"# Hello\n", "does not start"),
        (b"---\n", "no front matter that ends"),
        (b"---\n---\n", "no front matter that ends"),
        (b"---\ntitle: x\n--- \ntext", "no front matter that ends"),
        (b"---\nfoo: x\n---\n", "no line such as"),
        (b"---\ntitle: x\n---\n", "no `from`"),
        (b"---\ntitle: x\nfrom: javascript:alert(1)\n---\n", "no web address"),
        (b"---\ntitle: x\nfrom: https://[x\n---\n", "no web address"),
        (FILE.encode("gb18030"), "not UTF-8: byte"),
        (FILE.encode("utf-16"), "not UTF-8: byte 0"),
    ],
)
def test_other_files_raise_with_the_reason(data, reason):
    with pytest.raises(ArchiveError, match=reason):
        read(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(FILE)))
def test_any_bytes_are_a_post_or_an_archive_error(noise, at):
    data = FILE.encode()[:at] + noise + FILE.encode()[at:]
    try:
        result = read(data)
    except ArchiveError:
        return
    once = post_file.render(result)
    assert post_file.render(read(once)) == once


@pytest.mark.slow
def test_reading_time_is_linear_in_the_length():
    # Each of these costs a quadratic reader minutes.
    for part in ("[a](", "](", "<!--", "<pre>", "<", "&#123;", "{", " \n", "</div>\n", "\n------\n\n<div>\n"):
        read((FILE.replace("<p>Second", part * 100_000)).encode())
        read((RAW.replace("{{ x }}", part * 100_000)).encode())


def test_posts_are_equal_after_a_round_trip_of_plain_values():
    result = read(post_file.render(post(content="a {{b}} &#123; c")))
    assert result.content == "a {{b}} &#123; c"
