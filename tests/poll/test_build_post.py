"""From entry and article to post, and what counts as an edit."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.article import Article, BodyOrigin
from ingestd.model.feed import Category, Enclosure, Entry, Timestamp, ZoneOrigin
from ingestd.model.post import DateOrigin
from ingestd.model.source import Source
from ingestd.poll.build_post import MAX_TITLE_CHARS, build_post
from ingestd.text.content_digest import content_digest

NOW = datetime(2021, 4, 18, 1, 45, 12, 653_999, tzinfo=UTC)
NOW_MS = NOW.replace(microsecond=653_000)
SOURCE = Source("联合早报", "https://example.com/feed.xml", id=3)
URL = "https://example.com/a"


def at(
    year: int,
    month: int,
    day: int,
    hour: int = 0,
    minute: int = 0,
    *,
    raw: str = "raw",
    zone: ZoneOrigin = ZoneOrigin.STATED,
) -> Timestamp:
    return Timestamp(raw, datetime(year, month, day, hour, minute, tzinfo=UTC), zone)


def article(text: str = "text", **more) -> Article:
    return Article(f"<p>{text}</p>", text, BodyOrigin.PAGE, **more)


def post(entry: Entry, of: Article | None = None, source: Source = SOURCE):
    return build_post(entry, of or article(), source, now=NOW, from_url=URL)


def test_post_equals_the_seed_file():
    """A feed's time eight hours off lies in the future: the date is clamped, the published time kept."""
    entry = Entry(
        title="标题", link=URL, published=at(2021, 4, 18, 15, 18, raw="2021-04-18T23:18", zone=ZoneOrigin.SOURCE)
    )
    stored = post(entry)
    assert stored.date == NOW_MS
    assert stored.published_ms == 1_618_759_080_000
    assert (stored.date_origin, stored.date_clamped) == (DateOrigin.FEED, True)
    assert (stored.date_raw, stored.zone_origin) == ("2021-04-18T23:18", ZoneOrigin.SOURCE)
    assert (stored.author, stored.tags, stored.categories) == ("联合早报", ("联合早报",), ("联合早报",))
    assert (stored.layout, stored.from_url, stored.source_id, stored.fetched_at) == ("post", URL, 3, NOW_MS)


EARLY, LATE, FUTURE = at(2021, 1, 1, raw="early"), at(2021, 2, 2, raw="late"), at(2031, 1, 1, raw="future")

DATES = [
    # published, updated, page's date, then: date, origin, clamped, published_ms
    (EARLY, LATE, LATE, EARLY.utc, DateOrigin.FEED, False, 1_609_459_200_000),
    (None, LATE, EARLY, EARLY.utc, DateOrigin.PAGE, False, None),
    (None, LATE, None, LATE.utc, DateOrigin.FEED_UPDATED, False, None),
    (None, None, None, NOW_MS, DateOrigin.INGESTED, False, None),
    (FUTURE, LATE, EARLY, NOW_MS, DateOrigin.FEED, True, 1_924_992_000_000),
    (None, None, FUTURE, NOW_MS, DateOrigin.PAGE, True, None),
    # What programs write for "none" dates nothing, but stays the feed's own time.
    (at(1970, 1, 1), None, EARLY, EARLY.utc, DateOrigin.PAGE, False, 0),
    (at(1, 1, 1), LATE, None, LATE.utc, DateOrigin.FEED_UPDATED, False, -62_135_596_800_000),
    (at(1969, 7, 21), None, None, at(1969, 7, 21).utc, DateOrigin.FEED, False, -14_169_600_000),
]


@pytest.mark.parametrize(("published", "updated", "page", "date", "origin", "clamped", "published_ms"), DATES)
def test_dates(published, updated, page, date, origin, clamped, published_ms):
    stored = post(Entry(published=published, updated=updated), article(published=page))
    assert (stored.date, stored.date_origin, stored.date_clamped) == (date, origin, clamped)
    assert stored.published_ms == published_ms


def test_unparsable_date_is_kept_as_written():
    assert post(Entry(unread_dates=("soon", "later"))).date_raw == "soon"
    assert post(Entry(published=at(1970, 1, 1, raw="0"))).date_raw == "0"
    assert post(Entry()).date_raw is None


def test_times_are_utc_to_the_millisecond():
    zone = timezone(timedelta(hours=8))
    moment = datetime(2021, 1, 1, 8, 0, 0, 999_999, tzinfo=zone)
    stored = post(Entry(published=Timestamp("x", moment, ZoneOrigin.STATED)), article(modified=at(2021, 3, 3)))
    assert stored.date == datetime(2021, 1, 1, 0, 0, 0, 999_000, tzinfo=UTC)
    assert stored.date.tzinfo is UTC
    assert stored.published_ms == 1_609_459_200_999
    assert stored.modified_at == datetime(2021, 3, 3, tzinfo=UTC)
    assert post(Entry(updated=LATE)).modified_at == LATE.utc
    assert post(Entry(updated=at(1, 1, 1))).modified_at is None


@pytest.mark.parametrize(
    ("title", "page_title", "text", "expected"),
    [
        ("  A\n title\t", "Page", "text", "A title"),
        ("", " Page ", "text", "Page"),
        ("\x00\u202e", "", "Short text", "Short text"),
        ("", None, "One line.\nAnother " + "word " * 40, "One line. Another word word word word word word word word…"),
        ("", None, "中" * 100, "中" * 60 + "…"),
        ("", None, "", ""),
        ("x" * 2000, None, "", "x" * (MAX_TITLE_CHARS - 1) + "…"),
    ],
)
def test_titles(title, page_title, text, expected):
    assert post(Entry(title=title), article(text, title=page_title)).title == expected


@pytest.mark.parametrize(
    ("of_entry", "of_page", "expected"),
    [
        (("张三", " 李四\n"), ("Page",), "张三, 李四"),
        (("A", "A", ""), (), "A"),
        ((), ("Page", "Other"), "Page, Other"),
        (("\u200b",), (), "联合早报"),
        ((), (), "联合早报"),
    ],
)
def test_authors(of_entry, of_page, expected):
    assert post(Entry(authors=of_entry), article(authors=of_page)).author == expected


def test_tags_and_categories_are_the_sources_own():
    source = Source("x", "https://x.com/", tags=("news", "新闻"), categories=("daily",))
    stored = post(Entry(categories=(Category("sport"),)), source=source)
    assert (stored.tags, stored.categories, stored.source_id) == (("news", "新闻"), ("daily",), None)


@pytest.mark.parametrize(
    ("source", "categories", "tags"),
    [
        (Source("x", "https://x.com/", tags_from_feed=True), ("sport", "Zürich"), ("sport", "Zürich")),
        (Source("x", "https://x.com/", tags_from_feed=True), (), ("x",)),
        (Source("x", "https://x.com/", tags=("own",)), ("sport",), ("own",)),
    ],
)
def test_tags_are_the_entrys_categories_where_the_source_is_configured_so(source, categories, tags):
    stated = tuple(Category(term, "https://s.example/") for term in categories)
    stored = post(Entry(categories=stated), source=source)
    assert (stored.tags, stored.feed_categories) == (tags, stated)


def test_other_fields_are_copied():
    file = Enclosure("https://x.com/1.mp3", "audio/mpeg", 5)
    of = article("body", language="zh", image="https://x.com/i.png")
    stored = build_post(
        Entry(enclosures=(file,), language="en"), of, SOURCE, now=NOW, from_url=URL, fetched_at=EARLY.utc
    )
    assert (stored.content, stored.text, stored.body_origin) == ("<p>body</p>", "body", BodyOrigin.PAGE)
    assert (stored.image, stored.enclosures, stored.fetched_at) == ("https://x.com/i.png", (file,), EARLY.utc)
    assert stored.language == "en"
    assert post(Entry(), of).language == "zh"
    assert post(Entry(), source=Source("x", "https://x.com/", language="ja")).language == "ja"


# ---------------------------------------------------------------------------------------------------------------------
# What is an edit?

TRIFLES = [
    ("text", "  text\n"),
    ("“Hello”, world…", '"Hello" - world.'),
    ("全角ＡＢＣ，１２", "全角ABC,12"),
    ("Read", "read"),
    ("x 阅读 123 y", "x 阅读 4,567 y"),
    ("正文\n阅读数：12", "正文\n阅读数：1.2万"),
    ("正文 1234 次浏览", "正文 999 次浏览"),
    ("评论(12)", "评论(13)"),
    ("body\n12 comments", "body\n15 Comments"),
    ("body\n1,234 views", "body\n1.2k views"),
    ("body\n3 likes · 4 shares", "body\n7 likes · 5 shares"),
    ("posted 3 hours ago", "posted 2 days ago"),
    ("3 小时前\n正文", "2天前\n正文"),
    ("刚刚\n正文", "5分钟前\n正文"),
    ("发布时间：2021年4月18日 23:18\n正文", "发布时间：2021年4月19日 01:02\n正文"),
    ("Updated: May 5, 2024, 10:33 a.m.\nbody", "Updated: May 6, 2024, 9:13 p.m.\nbody"),
    ("正文\n广告\n完", "正文\n完"),
    ("body\nADVERTISEMENT\nend", "body\nend"),
    ("see https://x.com/a?utm_source=1", "see https://x.com/a?utm_source=2"),
]


@pytest.mark.parametrize(("old", "new"), TRIFLES)
def test_insignificant_changes_are_no_edit(old, new):
    assert content_digest("T", old) == content_digest("T", new)


LONG = "a sentence that is long enough to be a paragraph of the article rather than a line of metadata"
EDITS = [
    ("三人死亡", "五人死亡"),
    ("3人死亡", "5人死亡"),
    ("利润增长5%", "利润增长6%"),
    ("a profit of 5", "a profit of -5"),
    ("costs $5", "costs €5"),
    ("won by 5 points", "won by 6 points, and"),
    (f"On 5 May 2024 {LONG}", f"On 6 May 2024 {LONG}"),
    (f"2021年4月18日，{LONG}", f"2021年4月19日，{LONG}"),
    ("he likes 3 dogs", "he likes 4 dogs"),
    ("first\nsecond", "second\nfirst"),
    ("广告法修订", "法修订"),
    ("fine 👍", "fine 👎"),
    ("text", ""),
]


@pytest.mark.parametrize(("old", "new"), EDITS)
def test_significant_changes_are_edits(old, new):
    assert content_digest("T", old) != content_digest("T", new)


def test_digest_includes_the_title():
    assert content_digest("Old", "text") != content_digest("New", "text")
    assert content_digest("Comic (3 comments)", "text") == content_digest("Comic (4 comments)", "text")
    assert content_digest("Daily 2024-05-05 and more words " + LONG, "") != content_digest("Daily " + LONG, "")


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_has_a_digest(title, text):
    digest = content_digest(title, text)
    assert len(digest) == 32
    assert digest == content_digest(f" {title} ", text + "\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        *("1" * 500_000, "1," * 250_000, "阅读" * 200_000, "https://" * 60_000, "1 " * 250_000, "may " * 120_000),
        *("2021-1" * 80_000, " " * 500_000, "3 \n" * 150_000, "(阅读 " * 80_000, "ﷺ" * 50_000),
    ],
    ids=range(11),
)
def test_digest_of_hostile_texts_takes_bounded_time(text):
    begun = time.process_time()
    content_digest("title", text)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("title", "front", "link"),
    [
        ("Plain", "Plain", None),
        ("Wait... what... now", "Wait what... now", "Wait... what... now"),
        ("...", "...", None),
        ("More to come...", "More to come", "More to come..."),
    ],
)
def test_the_front_matter_drops_the_first_dots_and_the_link_line_keeps_them(title: str, front: str, link: str | None):
    article = Article(html="<p>x</p>", text="x", body_origin=BodyOrigin.FEED)
    post = build_post(
        Entry(title=title), article, Source("s", "https://s.example/"), now=NOW, from_url="https://s.example/1"
    )
    assert (post.title, post.link_title) == (front, link)
