"""`ingestd posts`: list, search, show, diff and explain."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.commands import Commands, archive, post

POSTS = [
    ("2020-01-01-old.md", post("https://a.example/old?id=1", "旧闻", "2020-01-01", "很久以前 long ago")),
    ("2024-05-01-new.md", post("https://a.example/new", "新闻", "2024-05-01", "昨天 yesterday")),
]


@pytest.fixture
def filled(ingestd: Commands, tmp_path) -> Commands:
    assert ingestd("import", archive(tmp_path / "archive", POSTS)).status == 0
    return ingestd


def revise(filled: Commands, title: str, body: str) -> None:
    """A later text of the first post, as a poll would store it."""
    filled.sql(
        "INSERT INTO revisions (post_id, revision, title, content, recorded_at, reason)"
        " SELECT id, revision, title, content, '2026-01-01T00:00:00.000Z', 'page' FROM posts WHERE id = 1"
    )
    filled.sql(
        "UPDATE posts SET revision = revision + 1, title = ?, content = ?, text = ? WHERE id = 1",
        title,
        f"<p>{body}</p>",
        body,
    )


def test_list_order_and_limit(filled):
    lines = filled("posts", "list").out.splitlines()
    assert [line.split("\t")[3] for line in lines] == ["title", "新闻", "旧闻"]
    assert lines[1].split("\t")[1:3] == ["2024-05-01 01:02", "联合早报"]
    assert len(filled("posts", "list", "--limit", 1).out.splitlines()) == 2
    assert [one["title"] for one in filled("posts", "list", "--since", "2021-01-01", "--json").json] == ["新闻"]
    nothing = filled("posts", "list", "--source", "nobody")
    assert (nothing.status, nothing.out, nothing.err) == (0, "", "no posts\n")


def test_listings_have_no_content(filled):
    [first, _] = filled("posts", "list", "--json").json
    assert not {"content", "text", "extra"} & first.keys()
    assert first["date"] == "2024-05-01T01:02:03.004Z"


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        (("很久以前",), ["旧闻"]),
        (("久", "LONG"), ["旧闻"]),
        (("久 long",), ["旧闻"]),
        (("闻",), ["新闻", "旧闻"]),
        (("久", "昨天"), []),
        (("100%",), []),
        (("_",), []),
    ],
)
def test_search_requires_every_word(filled, words, titles):
    assert [one["title"] for one in filled("posts", "search", *words, "--json").json] == titles


def test_search_marks_what_it_finds(filled):
    [head, row] = filled("posts", "search", "以前").out.splitlines()
    assert head == "id\tdate (UTC)\tauthor\ttitle\tfrom\ttext"
    assert row == "1\t2020-01-01 01:02\t联合早报\t旧闻\thttps://a.example/old?id=1\t很久«以前» long ago"
    [row] = filled("posts", "search", "新闻").out.splitlines()[1:]
    assert row.split("\t")[3:] == ["«新闻»", "https://a.example/new", ""]
    [found] = filled("posts", "search", "long", "--json").json
    assert found["snippet"] == "很久以前 «long» ago"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (("闻 OR 没有", "--since", "2021"), ["新闻"]),
        (("闻", "--until", "2020"), ["旧闻"]),
        (("闻 until:2020-01-01",), ["旧闻"]),
        (("闻 -昨天",), ["旧闻"]),
        (("闻", "--author", "早报"), ["新闻", "旧闻"]),
        (("title:昨天",), []),
        (('"long ago" OR yesterday', "--order", "relevance"), ["新闻", "旧闻"]),
        (("闻 source:联合早报",), ["新闻", "旧闻"]),
    ],
)
def test_search_language_and_options(filled, arguments, titles):
    filled.sql(
        "INSERT INTO sources (name, url, config_url, added_at) VALUES ('联合早报', 'https://a.example/', '', '')"
    )
    filled.sql("UPDATE posts SET source_id = (SELECT id FROM sources WHERE name = '联合早报')")
    found = filled("posts", "search", *arguments, "--json").json
    assert sorted(one["title"] for one in found) == sorted(titles)


def test_search_counts(filled):
    assert filled("posts", "search", "闻", "--count").out == "2\n"
    assert filled("posts", "search", "闻", "--count", "--json").json == {"count": 2}


def test_search_prints_sql_for_plain_sqlite3(filled):
    statement = filled("posts", "search", '闻 -昨天 "long ago"', "--sql").out
    with closing(sqlite3.connect(filled.database)) as user:
        assert [row[3] for row in user.execute(statement)] == ["旧闻"]


@pytest.mark.parametrize(
    ("query", "caret", "says"),
    [
        ("气候 OR", "         ^", "a word is missing here (at character 6 of the query)"),
        ('闻 "昨天', "     ^", "this quotation mark is not closed (at character 3 of the query)"),
        ("疫情" * 500_000, None, "the query is longer than 2000 characters"),
        ("词 " * 999, None, "the query has more than 50 terms"),
    ],
)
def test_search_shows_where_a_query_is_wrong(filled, query, caret, says):
    done = filled("posts", "search", query)
    *_, marked, message = done.err.splitlines()
    assert (done.status, done.out) == (2, "")
    assert message.startswith(f"ingestd: {says}")
    assert marked.endswith("^") and len(done.err) < 500
    if caret is not None:
        assert marked == caret


@pytest.mark.parametrize("arguments", [("闻", "--source", "联合早保"), ("闻 source:联合早保",)])
def test_search_suggests_names_of_sources(filled, arguments):
    filled.sql(
        "INSERT INTO sources (name, url, config_url, added_at) VALUES ('联合早报', 'https://a.example/', '', '')"
    )
    done = filled("posts", "search", *arguments)
    assert (done.status, done.err) == (2, "ingestd: there is no source '联合早保': perhaps 联合早报\n")


def test_show_a_post(filled):
    out = filled("posts", "show", 1).out
    assert out.startswith("旧闻\nhttps://a.example/old?id=1\ndate: 2020-01-01 01:02:03 UTC (from: archive")
    assert "tags: 联合早报   categories: 联合早报" in out
    assert out.endswith("\n很久以前 long ago\n")
    assert filled("posts", "show", 1, "--html").out.endswith("\n<p>很久以前 long ago</p>\n")
    whole = filled("posts", "show", 1, "--json").json
    assert (whole["content"], whole["revisions"], whole["sightings"]) == ("<p>很久以前 long ago</p>", [], [])


def test_diff_of_revisions(filled):
    assert filled("posts", "diff", 1).out == "this post has no earlier text\n"
    revise(filled, "旧闻", "很久以前 not so long ago")
    revise(filled, "旧闻一则", "很久以前 not so long ago")
    first, first_text, title, second, *rest = filled("posts", "diff", 1).out.splitlines()
    assert (first, second) == ("revision 1 -> 2", "revision 2 -> 3")
    assert first_text == "旧闻"
    assert "{+not so " in title
    assert "{+一则+}" in "".join(rest)
    steps = filled("posts", "diff", 1, "--json").json
    assert [(step["from"], step["to"]) for step in steps] == [(1, 2), (2, 3)]
    assert "".join(text for kind, text in steps[0]["changes"] if kind != "delete") == "旧闻\n很久以前 not so long ago"


@pytest.mark.parametrize(
    "url",
    ["https://a.example/old?id=1", "HTTPS://a.example:443/old?utm_source=x&id=1#top", "https://a.example/./old?id=1"],
)
def test_explain_finds_a_post_by_any_form_of_its_url(filled, url):
    answer = filled("posts", "explain", url, "--json").json
    assert answer["post_ids"] == [1]
    assert "旧闻" in filled("posts", "explain", url).out


def test_explain_an_unknown_url(filled):
    done = filled("posts", "explain", "https://a.example/old?id=2", "--json")
    assert (done.status, done.json["post_ids"]) == (0, [])


def test_explain_a_deleted_post(filled):
    filled.sql("UPDATE identities SET post_id = NULL WHERE post_id = 1")
    filled.sql("DELETE FROM posts WHERE id = 1")
    done = filled("posts", "explain", "https://a.example/old?id=1")
    assert done.status == 0
    assert "deleted" in done.out


@pytest.mark.parametrize("command", ["show", "diff"])
def test_unknown_post_id(filled, command):
    done = filled("posts", command, 99)
    assert (done.status, done.err) == (2, "ingestd: no post has the number 99\n")


@pytest.mark.parametrize("since", ["yesterday", "2024-13-01", "7x", "999999999999w", ""])
def test_invalid_since(filled, since):
    done = filled("posts", "list", "--since", since)
    assert done.status == 2
    assert "not a date" in done.err


@pytest.mark.parametrize(
    ("since", "count"), [("2020-01-01", 2), ("2020-01-01T01:02:04", 1), ("2020-01-01T09:02+08:00", 2), ("1h", 0)]
)
def test_forms_of_since(filled, since, count):
    assert len(filled("posts", "list", "--since", since, "--json").json) == count


def test_listings_as_json(filled):
    for arguments in (("list",), ("search", "闻"), ("show", "1"), ("diff", "1"), ("explain", "https://a.example/new")):
        json.loads(filled("posts", *arguments, "--json").out)


STORY = " ".join(f"word{n} of the story" for n in range(40))


@pytest.fixture
def reprinted(ingestd: Commands, tmp_path) -> Commands:
    """Posts 1 and 2 tell one story, post 3 is short."""
    posts = [
        ("2020-01-01-a.md", post("https://a.example/1", "One story", "2020-01-01", STORY)),
        ("2020-01-02-b.md", post("https://b.example/2", "Reprint", "2020-01-02", f"(Agency) {STORY}")),
        ("2020-01-03-c.md", post("https://c.example/3", "Flash", "2020-01-03", "too short")),
    ]
    assert ingestd("import", archive(tmp_path / "archive", posts)).status == 0
    return ingestd


def test_similar_lists_near_duplicates(reprinted):
    [head, row] = reprinted("posts", "similar", 1).out.splitlines()
    assert head == "id\tsimilar\tdate (UTC)\tauthor\ttitle\tfrom"
    assert row.split("\t")[0] == "2"
    assert row.split("\t")[2:] == ["2020-01-02 01:02", "联合早报", "Reprint", "https://b.example/2"]
    found = reprinted("posts", "similar", 2, "--json").json
    assert {name: found[name] for name in ("post_id", "is_compared", "is_short", "backlog")} == {
        "post_id": 2,
        "is_compared": True,
        "is_short": False,
        "backlog": 0,
    }
    assert [(one["id"], one["title"]) for one in found["posts"]] == [(1, "One story")]
    assert found["posts"][0]["similarity"] > 0.9


def test_similar_says_why_it_finds_nothing(reprinted):
    assert reprinted("posts", "similar", 3).err == "the text of the post is too short to be compared\n"
    reprinted.sql("UPDATE posts SET text = ? WHERE id = 2", "word " * 60)
    note = "1 post is not compared yet: the daemon does it, or `ingestd db upgrade` at once\n"
    assert reprinted("posts", "similar", 1).err == note + "no near-duplicates\n"
    assert reprinted("posts", "similar", 2).err == note + "the post is not compared yet\n"
    assert reprinted("posts", "similar", 9).status == 2


def test_upgrade_compares_what_was_not_compared(reprinted):
    reprinted.sql("UPDATE posts SET text = ? WHERE id = 3", STORY)
    said = reprinted("db", "upgrade").out.splitlines()[-1]
    assert said == "1 post was compared with all others (`ingestd posts similar`)"
    assert {one["id"] for one in reprinted("posts", "similar", 3, "--json").json["posts"]} == {1, 2}


def test_search_with_an_asterisk_that_finds_nothing_says_what_it_is(filled):
    nothing = filled("posts", "search", "tit*")
    assert nothing.out == ""
    assert nothing.err == "* is no wildcard: words are found whole, Han, kana and hangul anywhere\nno posts\n"
    assert "wildcard" not in filled("posts", "search", "tit").err
