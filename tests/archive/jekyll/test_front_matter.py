"""Whatever a feed puts in a title, an author or a tag: YAML reads the same back."""

import re
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.archive.jekyll.front_matter import MAX_HEAD_CHARS, FrontMatter, dump, load
from ingestd.model.errors import ArchiveError
from tests.archive.examples import hostile_names, hostile_text

PLAIN = FrontMatter("post", "标题", "2021-04-18T01:45:12.653Z", "联合早报", "https://a.example/1", ("新闻",), ("新闻",))


def as_utf8(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    title=hostile_text, author=hostile_text, url=hostile_text, tags=hostile_names, comments=st.none() | st.booleans()
)
def test_values_round_trip_through_yaml(title, author, url, tags, comments):
    matter = replace(PLAIN, title=title, author=author, from_url=url, tags=tags, categories=tags[:1], comments=comments)
    text = as_utf8(dump(matter))
    values = yaml.safe_load(text)
    assert values["title"] == as_utf8(title)
    assert values["author"] == as_utf8(author)
    assert values["from"] == as_utf8(url)
    assert values["tags"] == [as_utf8(tag) for tag in tags]
    assert values.get("comments") is comments
    assert "\n---\n" not in f"\n{text}\n"
    # And we read it as YAML does, but for the NUL that no database holds.
    read = load(text)
    assert (read.title, read.author, read.from_url) == tuple(as_utf8(v).replace("\0", "") for v in (title, author, url))
    assert read.tags == tuple(as_utf8(tag).replace("\0", "") for tag in tags)
    assert read.valid


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("联合早报", "author: 联合早报"),
        ('Jane "JD" Doe', 'author: Jane "JD" Doe'),
        ("36氪", "author: 36氪"),
        ("C# 编辑部", "author: C# 编辑部"),
        ("http://a.example", "author: http://a.example"),
        ("编辑: 王", 'author: "编辑: 王"'),
        ("编辑 #1", 'author: "编辑 #1"'),
        ("", 'author: ""'),
        ("007", 'author: "007"'),
        ("1,234", 'author: "1,234"'),
        ("12:30:45", 'author: "12:30:45"'),
        ("0x1F", 'author: "0x1F"'),
        ("-.5", 'author: "-.5"'),
        ("2020-01-01", 'author: "2020-01-01"'),
        ("No", 'author: "No"'),
        ("NULL", 'author: "NULL"'),
        ("~", 'author: "~"'),
        (".NaN", 'author: ".NaN"'),
        ("@handle", 'author: "@handle"'),
        (":symbol", 'author: ":symbol"'),
        ("ends with:", 'author: "ends with:"'),
        (" padded ", 'author: " padded "'),
        ("a\tb", 'author: "a\\tb"'),
    ],
)
def test_quotes_only_where_needed(value, line):
    assert line in dump(replace(PLAIN, author=value)).split("\n")


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        ((), "tags: []"),
        (("a", "b c"), "tags: [ a, b c ]"),
        (("a, b", "[c]", "d: e", "{f}"), 'tags: [ "a, b", "[c]", "d: e", "{f}" ]'),
        (('"', "2020"), 'tags: [ "\\"", "2020" ]'),
    ],
)
def test_flow_lists(tags, line):
    text = dump(replace(PLAIN, tags=tags))
    assert line in text.split("\n")
    assert load(text).tags == tags


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ('a "b"', r"a \"b\""),
        ("a\\b", r"a\\b"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x07\x85\u2028\ufeff", r"\x07\x85\u2028\uFEFF"),
        ("\u202e👨‍👩‍👧", "\u202e👨‍👩‍👧"),
    ],
)
def test_escapes_of_a_title(title, text):
    assert f'title: "{text}"' in dump(replace(PLAIN, title=title))
    assert load(dump(replace(PLAIN, title=title))).title == title


def load_with(line: str) -> FrontMatter:
    key = line.partition(":")[0]
    return load(re.sub(rf"^{key}: .*$", lambda _: line, dump(PLAIN), flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("line", "field", "value", "valid"),
    [
        # What PyYAML and Psych refuse, and the old archives have.
        (r'title: "正则 \d 与 \'"', "title", r"正则 \d 与 \'", False),
        (r'title: "一个反斜杠 \"', "title", "一个反斜杠 \\", False),
        (r'title: "say \"hi\" \d"', "title", r'say "hi" \d', False),
        ("author: 编辑: 王", "author", "编辑: 王", False),
        ("author: @handle", "author", "@handle", False),
        ("author: [a", "author", "[a", False),
        ("author: %TAG", "author", "%TAG", False),
        ("tags: [ a: b: c, @d ]", "tags", ("a: b: c", "@d"), False),
        ("title: 'it''s: %'\nauthor: `x", "title", "it's: %", False),
        # Other YAML than ours.
        ("title: no quotes", "title", "no quotes", True),
        ("title: 'it''s'", "title", "it's", True),
        (r'title: "\u4e2d\u6587"', "title", "中文", True),
        ('title: "on two\n  lines"', "title", "on two lines", True),
        ("author: 007", "author", "007", True),
        ("author: 2020-01-01", "author", "2020-01-01", True),
        ("author:", "author", "", True),
        ("author: [a, b]", "author", "a, b", True),
        ("tags: one two", "tags", ("one", "two"), True),
        ("tags:\n- one\n- two three", "tags", ("one", "two three"), True),
        ("tags: [  ]", "tags", (), True),
        ("author: !!python/object/apply:os.system [x]", "author", "x", True),
    ],
)
def test_front_matter_of_archives_is_read(line, field, value, valid):
    matter = load_with(line)
    assert getattr(matter, field) == value
    assert matter.valid is valid


def test_missing_keys_are_empty():
    matter = load("title: x")
    assert (matter.layout, matter.author, matter.from_url, matter.tags, matter.comments) == ("post", "", "", (), None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no line such as"),
        ("just text", "no line such as"),
        ("- a\n- b", "no line such as"),
        ("title: " + "x" * MAX_HEAD_CHARS, "longer than"),
    ],
)
def test_other_text_is_refused(text, reason):
    with pytest.raises(ArchiveError, match=reason):
        load(text)


@pytest.mark.slow
def test_deep_nesting_is_bounded():
    assert load("title: x\ntags: " + "[" * 50_000).title == "x"


def test_alias_expansion_is_bounded():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert load(f"{bomb}tags: *i\ntitle: x").tags == ()
