"""How much of a feed is read: each bound at its value and one beyond, so that a hostile feed costs no more."""

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Category
from tests.feeds.helpers import URL, atom_entry, rss, rss_entry


def many(form: str, count: int) -> str:
    return "".join(form.format(n=n) for n in range(count))


@pytest.mark.parametrize(
    ("form", "field", "bound"),
    [
        ("<dc:creator>Person {n}</dc:creator>", "authors", 50),
        ("<category>c{n}</category>", "categories", 100),
        ("<dc:subject>s{n}</dc:subject>", "categories", 100),
        ('<enclosure url="http://e.example/{n}"/>', "enclosures", 100),
        ('<media:content url="http://e.example/{n}.jpg" medium="image"/>', "enclosures", 100),
        ('<atom:link rel="related" href="http://e.example/{n}"/>', "other_links", 5),
        ("<dc:date>day {n} of never</dc:date>", "unread_dates", 10),
    ],
)
def test_number_of_values(form, field, bound):
    assert len(getattr(rss_entry(many(form, bound)), field)) == bound
    assert len(getattr(rss_entry(many(form, bound + 1)), field)) == bound
    assert len(getattr(rss_entry(many(form, bound - 1)), field)) == bound - 1


@pytest.mark.parametrize(
    ("form", "bound"),
    [
        ("<itunes:keywords>{}</itunes:keywords>", 100),
        ('<itunes:category text="Top">{}</itunes:category>', 21),  # the category and twenty within it
    ],
)
def test_number_of_categories_in_one_element(form, bound):
    inner = many("k{n},", 200) if "keywords" in form else many('<itunes:category text="c{n}"/>', 200)
    assert len(rss_entry(form.format(inner)).categories) == bound


@pytest.mark.parametrize(
    ("form", "field", "bound"),
    [
        ("<title>{}</title>", "title", 2_000),
        ("<guid isPermaLink='false'>{}</guid>", "guid", 4_000),
        ("<author>{}</author>", "authors", 500),
        ("<author><name>{}</name></author>", "authors", 500),
        ("<category>{}</category>", "categories", 500),
        ("<category domain='{}'>c</category>", "categories", 500),
        ("<itunes:keywords>{}</itunes:keywords>", "categories", 500),
        ("<pubDate>{}</pubDate>", "unread_dates", 500),
    ],
)
def test_length_of_a_value(form, field, bound):
    for length in (bound - 1, bound, bound + 1):
        found = getattr(rss_entry(form.format("x" * length) + "<y/>"), field)
        value = found if isinstance(found, str) else found[0]
        if isinstance(value, Category):
            value = value.scheme or value.term
        assert len(value) == min(length, bound)


@pytest.mark.parametrize("length", [7_999, 8_000, 8_001])
def test_length_of_an_address(length):
    address = "http://e.example/".ljust(length, "x")
    assert rss_entry(f"<title>T</title><link>{address}</link>").link == (address if length <= 8_000 else None)


@pytest.mark.parametrize(("children", "title"), [(1_999, "T"), (2_000, "")])
def test_number_of_elements_of_an_entry(children, title):
    assert rss_entry("<x/>" * children + "<title>T</title>").title == title


def test_length_of_a_caption():
    picture = '<media:content url="http://e.example/a.jpg" medium="image"><media:title>{}</media:title></media:content>'
    for length in (1_499, 1_500, 1_501):
        assert rss_entry(picture.format("x" * length)).summary.count("x") == min(length, 1_500) + "example".count("x")


@pytest.mark.parametrize(("digits", "length"), [("9" * 15, 10**15 - 1), ("9" * 16, None)])
def test_length_of_a_file(digits, length):
    (file,) = rss_entry(f'<enclosure url="http://e.example/a" length="{digits}"/>').enclosures
    assert file.length == length


def test_number_of_hubs():
    found = rss("<title>T</title>", many('<atom:link rel="hub" href="https://h.example/{n}"/>', 12)).hub_urls
    assert found == tuple(f"https://h.example/{n}" for n in range(10))


def test_number_of_namespaces():
    declared = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(300))
    body = f"<rss {declared}><channel><title>N</title><item><n0:x/><title>T</title></item></channel></rss>"
    assert [entry.title for entry in parse_feed(body.encode(), url=URL).entries] == ["T"]


def test_length_of_a_person_with_markup():
    """Two thousand characters are looked at: markup behind them is not."""
    assert rss_entry(f"<author>&lt;b>{'x' * 100}&lt;/b></author>").authors == ("x" * 100,)
    assert rss_entry(f"<author>{'x' * 3_000}</author>").authors == ("x" * 500,)


@pytest.mark.parametrize("length", [4_999_000, 5_000_100])
def test_length_of_an_entry(length):
    feed = rss(f"<title>T</title><description>{'x' * length}</description>")
    if length < 5_000_000:
        assert len(feed.entries[0].summary) == length
    else:
        assert feed.entries == ()
        assert [str(problem.outcome) for problem in feed.problems] == ["entry-broken"]


def test_number_of_problems():
    items = many("<item><title>{n}</title><description>" + "x" * 250_000 + "</description></item>", 3)
    assert len(parse_feed(f"<rss><channel>{items}</channel></rss>".encode(), url=URL).entries) == 3
    body = '{"version": "https://jsonfeed.org/version/1.1", "items": [' + ", ".join(["7"] * 25) + "]}"
    assert len(parse_feed(body.encode(), url=URL).problems) == 20


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ("<name>N</name><email>e@e.example</email>", "N"),
        ("<email>e@e.example</email><uri>http://e.example/</uri>", "e@e.example"),
        ("<uri>http://e.example/</uri><url>http://u.example/</url>", "http://e.example/"),
        ("<url>http://u.example/</url>", "http://u.example/"),
        ("<foaf:name>F</foaf:name>", "F"),
        ('<rdf:value xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">R</rdf:value>', "R"),
        ("<given>Ada</given> <family>Lovelace</family>", "Ada Lovelace"),
        ("<b>Ada</b> Lovelace", "Ada Lovelace"),
        ("<name>ada@e.example (Ada)</name>", "Ada"),
        ("<email>ada@e.example (Ada)</email>", "ada@e.example (Ada)"),
        ("<name> </name><email/>", None),
    ],
)
def test_person_with_elements(person, name):
    expected = () if name is None else (name,)
    assert atom_entry(f"<title>T</title><author>{person}</author>").authors == expected
    assert rss_entry(f"<title>T</title><author>{person}</author>").authors == expected


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("bob@e.example Bob Smith (Editor)", "Bob Smith (Editor)"),
        ("bob@e.example (Editor) Bob Smith", "(Editor) Bob Smith"),
        ("bob@e.example [Bob]", "Bob"),
        ("bob@e.example &lt;Bob&gt;", "Bob"),
        ("bob@e.example ( Bob )", "Bob"),
        ("Bob&lt;bob@e.example&gt;Smith", "Bob Smith"),
        ("Bob ‹the builder›", "Bob <the builder>"),
        ("&lt;Bob&gt;", "<Bob>"),
        ("Bob &lt; Smith", "Bob < Smith"),
        ("Bob | bob@e.example", "Bob"),
        ("bob@e.example; Bob", "Bob"),
        ("bob@e.example 's desk", "s desk"),
    ],
)
def test_brackets_around_a_name(written, name):
    assert rss_entry(f"<author>{written}</author>").authors == (name,)


@pytest.mark.parametrize(
    ("item", "terms"),
    [
        ("<category>b</category><dc:subject>a</dc:subject><category>c</category>", ["b", "a", "c"]),
        (
            "<dc:subject>b</dc:subject><itunes:keywords>a, c</itunes:keywords><category>d</category>",
            ["b", "a", "c", "d"],
        ),
        ("<atom:category term='b'/><category>a</category>", ["b", "a"]),
        ('<itunes:category text="Arts"><itunes:category text="Books"/></itunes:category>', ["Arts", "Books"]),
        ('<category text="T"/>', ["T"]),
        ('<category term="t" label="L">x</category>', ["t"]),
        ("<media:category>m</media:category><tags>t, u</tags>", ["m", "t", "u"]),
    ],
)
def test_order_of_categories(item, terms):
    assert [category.term for category in rss_entry(item).categories] == terms


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("http://e.example/a\tb", "http://e.example/ab"),
        ("http://e.example/a\n\n  b", "http://e.example/ab"),
        ("\n/a\n", "https://feeds.example/a"),
        ("http://e.example/<b>", "http://e.example/%3Cb%3E"),
        ("http://e.example/{a}|b", "http://e.example/%7Ba%7D|b"),
        ("HTTP://E.example/A", "HTTP://E.example/A"),
        ("http://e.example/ä", "http://e.example/ä"),
        ("http://e.example", "http://e.example"),
        ("http:///a", None),
        ("http://", None),
    ],
)
def test_characters_of_an_address(raw, url):
    """URL Standard: tabs and line breaks are dropped, and what no path may hold is percent-encoded."""
    escaped = raw.replace("<", "&lt;")
    found = rss_entry(f"<title>T</title><link>{escaped}</link>").link
    assert found == url
