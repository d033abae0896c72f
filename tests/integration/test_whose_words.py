"""Whose words stand under a URL, end to end: those of its own site, whoever listed it first."""

from itertools import permutations

import pytest

from ingestd.model.errors import StoreError
from ingestd.poll import edits
from ingestd.poll.edits import EditedEntry
from tests.support.installation import Installation, page
from tests.support.server import Answer, Server

URL = "https://owner.example/2026/bridge"
OWN = (
    "Bridge over the Lune reopens",
    "After three years of work the mayor cut the ribbon, and the first bus crossed the river at noon on Saturday.",
)
COMMENT = (
    "Why I walk to work again",
    "My commute has been a detour through two villages since the flood, so this piece of local news made my week.",
)


def rss(site: str, *items: str) -> Answer:
    body = f'<rss version="2.0"><channel><title>t</title><link>{site}</link>{"".join(items)}</channel></rss>'
    return Answer(body=body, headers={"Content-Type": "application/rss+xml"})


def item(words: tuple[str, str], guid: str = "", *, link: str = URL, permalink: bool = True, author: str = "") -> str:
    title, text = words
    stated = f'<guid isPermaLink="{str(permalink).lower()}">{guid}</guid>' if guid else ""
    creator = f"<author>{author}</author>" if author else ""
    date = "<pubDate>Sun, 18 Apr 2021 15:18:00 +0800</pubDate>"
    texts = f"<title>{title}</title><link>{link}</link><description>{text}</description>"
    return f"<item>{texts}{stated}{creator}{date}</item>"


OWNER = rss("https://owner.example/", item(OWN, "owner-1", permalink=False, author="Ann"))
BLOG = rss("https://links.example/", item(COMMENT, "https://links.example/2026/walk"))
BLOG_WITHOUT_ADDRESS = rss("https://links.example/", item(COMMENT, "note-7", permalink=False))
BLOG_WITHOUT_GUID = rss("https://links.example/", item(COMMENT))
PLANET = rss("https://planet.example/", item(OWN, URL, author="Planet"))
PLANET_WITH_ADDRESSES = rss("https://planet.example/", item(OWN, "https://planet.example/77", author="Planet"))
AGGREGATOR = rss(
    "https://votes.example/", item(("A bridge, at last", "Points: 12 Comments: 3"), "https://votes.example/9")
)


def configure(installation: Installation, feeds: dict[str, Answer], article: str = "never") -> None:
    for name, answer in feeds.items():
        installation.server.route(f"/{name}", answer)
    installation.configure(*({"name": name, "path": f"/{name}", "article": article} for name in feeds))


def posts(installation: Installation) -> dict[str, dict[str, object]]:
    query = "SELECT p.*, s.name AS source FROM posts p JOIN sources s ON s.id = p.source_id"
    return {row["from_url"]: row for row in installation.rows(query)}


@pytest.mark.parametrize("order", [*permutations(("owner", "blog")), ()])
@pytest.mark.parametrize(
    ("blog", "address"),
    [
        (BLOG, "https://links.example/2026/walk"),
        (BLOG_WITHOUT_ADDRESS, URL + "#guid=note-7"),
        (BLOG_WITHOUT_GUID, URL + "#guid=sha256:"),
    ],
)
async def test_commentary_is_an_article_of_its_own(installation: Installation, order, blog, address):
    configure(installation, {"owner": OWNER, "blog": blog})
    for name in order:
        await installation.fetch(name)
    if not order:  # both at once
        await installation.fetch()
    for _ in range(2):
        found = posts(installation)
        assert len(found) == 2
        own = found.pop(URL)
        assert (own["title"], own["text"], own["author"], own["source"]) == (*OWN, "Ann", "owner")
        [(url, other)] = found.items()
        assert url.startswith(address)
        assert (other["title"], other["source"]) == (COMMENT[0], "blog")
        assert str(other["text"]).startswith(COMMENT[1])
        assert f'href="{URL}"' in str(other["content"])
        assert installation.value("SELECT count(*) FROM revisions") == 0
        polls = await installation.fetch(force=True)
        assert [(poll.new, poll.updated) for poll in polls.values()] == [(0, 0), (0, 0)]


@pytest.mark.parametrize("order", [*permutations(("owner", "planet")), ()])
@pytest.mark.parametrize("planet", [PLANET, PLANET_WITH_ADDRESSES])
async def test_the_same_words_of_a_planet_are_a_listing(installation: Installation, order, planet):
    configure(installation, {"owner": OWNER, "planet": planet})
    for name in order:
        await installation.fetch(name)
    if not order:
        await installation.fetch()
    for _ in range(2):
        [(url, post)] = posts(installation).items()
        assert (url, post["title"], post["author"], post["source"]) == (URL, OWN[0], "Ann", "owner")
        assert installation.value("SELECT count(*) FROM sightings") == 2
        polls = await installation.fetch(force=True)
        assert [(poll.new, poll.updated) for poll in polls.values()] == [(0, 0), (0, 0)]


@pytest.mark.parametrize("article", ["never", "auto"])
@pytest.mark.parametrize("order", [*permutations(("blog", "planet", "owner")), ()])
async def test_a_planet_lists_the_article_of_the_url_also_beside_commentary(
    installation: Installation, order, article: str
):
    """The pages cannot be read: the URL is that of its article, whose words the planet has, and not of the comment."""
    configure(installation, {"blog": BLOG, "planet": PLANET, "owner": OWNER}, article)
    for name in order or [None]:
        await installation.fetch(*([name] if name else []))
    found = posts(installation)
    assert set(found) == {URL, "https://links.example/2026/walk"}
    assert (found[URL]["title"], found[URL]["source"]) == (OWN[0], "owner")


@pytest.mark.parametrize("order", [*permutations(("owner", "votes")), ()])
async def test_an_entry_without_words_of_its_own_is_a_listing(installation: Installation, order):
    configure(installation, {"owner": OWNER, "votes": AGGREGATOR})
    for name in order:
        await installation.fetch(name)
    if not order:
        await installation.fetch()
    [(url, post)] = posts(installation).items()
    assert (url, post["title"], post["text"], post["author"]) == (URL, *OWN, "Ann")
    assert installation.value("SELECT count(*) FROM edits") == 0


async def test_a_link_blog_alone_is_stored_under_its_own_address(installation: Installation):
    configure(installation, {"blog": BLOG})
    await installation.fetch()
    assert list(posts(installation)) == ["https://links.example/2026/walk"]


@pytest.mark.parametrize("order", [*permutations(("blog", "planet", "owner"))])
async def test_a_planet_and_a_link_blog_give_one_article_and_one_comment(installation: Installation, order):
    configure(installation, {"owner": OWNER, "planet": PLANET, "blog": BLOG})
    for name in (*order, *order):
        await installation.fetch(name)
    found = {url: (row["title"], row["source"]) for url, row in posts(installation).items()}
    assert found == {URL: (OWN[0], "owner"), "https://links.example/2026/walk": (COMMENT[0], "blog")}


async def test_an_edit_of_commentary_is_a_revision_of_it(installation: Installation):
    edited = rss(
        "https://links.example/", item((COMMENT[0], COMMENT[1] + " Twice."), "https://links.example/2026/walk")
    )
    configure(installation, {"owner": OWNER, "blog": BLOG})
    for name in ("owner", "blog"):
        await installation.fetch(name)
    installation.server.route("/blog", edited)
    poll = (await installation.fetch("blog"))["blog"]
    assert (poll.new, poll.updated) == (0, 1)
    assert "Twice." in str(posts(installation)["https://links.example/2026/walk"]["text"])


PAGE = "".join(
    f"<p>{OWN[1]} The {n}th arch of the old bridge was kept, with lamps and iron rails.</p>" for n in range(4, 12)
)
HEAD = '<meta name="author" content="Ann Bell"><meta property="article:published_time" content="2021-04-01T09:00:00Z">'


@pytest.mark.parametrize("swapped", [False, True])
async def test_a_page_says_it_itself(installation: Installation, swapped: bool):
    """A page that was fetched takes precedence over the words of a feed of another site."""
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", page(OWN[0], PAGE, head=HEAD))
        owner.route("/owner", rss(owner.url("/"), item(OWN, "owner-1", link=url, permalink=False)))
        blog = rss(installation.server.url("/"), item(COMMENT, installation.server.url("/walk"), link=url))
        installation.server.route("/walk", page(COMMENT[0], f"<p>{COMMENT[1]}</p>"))
        installation.server.route("/blog", blog)
        installation.configure({"name": "blog", "path": "/blog"}, {"name": "owner", "url": owner.url("/owner")})
        for name in ("owner", "blog") if swapped else ("blog", "owner"):
            await installation.fetch(name)
            assert posts(installation).get(url, {"title": OWN[0]})["title"] == OWN[0]
        found = posts(installation)
        assert set(found) == {url, installation.server.url("/walk")}
        assert (found[url]["title"], found[url]["body_origin"]) == (OWN[0], "page")
        assert "iron rails" in str(found[url]["text"])
        # Its own feed gives source and date, whoever listed it first.
        assert (found[url]["author"], found[url]["date"]) == ("Ann Bell", "2021-04-18T07:18:00.000Z")
        assert found[url]["source"] == "owner"
        assert len(owner.to("/bridge")) == 1
        assert installation.value("SELECT count(*) FROM revisions") == 0
        assert COMMENT[1] in str(found[installation.server.url("/walk")]["text"])


async def test_a_site_that_gives_no_text_leaves_that_of_a_planet(installation: Installation):
    """The feed of the URL's own site has titles alone, and its pages are not fetched."""
    own = rss("https://owner.example/", item((OWN[0] + ": noon", ""), "owner-1", permalink=False, author="Ann"))
    configure(installation, {"owner": own, "planet": PLANET})
    await installation.fetch("planet")
    before = posts(installation)[URL]
    for _ in range(2):
        await installation.fetch(force=True)
        [post] = posts(installation).values()
        assert (post["title"], post["author"], post["source"]) == (OWN[0] + ": noon", "Ann", "owner")
        assert (post["text"], post["content"]) == (before["text"], before["content"])
        assert post["body_origin"] == before["body_origin"]
    assert installation.rows("SELECT title, reason FROM revisions") == [{"title": OWN[0], "reason": "merge"}]


async def test_what_a_planet_says_later_edits_nothing_of_the_site(installation: Installation):
    edited = rss(
        "https://planet.example/", item((OWN[0] + " (Planet)", "Cut to one line by the planet for its readers."), URL)
    )
    installation.server.route("/planet", PLANET, edited)
    installation.server.route("/owner", OWNER)
    feeds = [{"name": name, "path": f"/{name}", "article": "never"} for name in ("owner", "planet")]
    installation.configure(*feeds)
    for name in ("owner", "planet", "planet"):
        await installation.fetch(name)
    [post] = posts(installation).values()
    assert (post["title"], post["text"]) == OWN
    assert installation.value("SELECT count(*) FROM revisions") == 0
    assert (await installation.fetch("planet"))["planet"].updated == 0


async def test_a_planet_that_shortens_what_another_lists_whole_edits_nothing(installation: Installation):
    teaser = (OWN[0], OWN[1][:60] + " …")
    planets = [rss("https://planet.example/", item(teaser, URL, author=author)) for author in ("Planet", "Ann")]
    installation.server.route("/planet", *planets)
    installation.server.route("/mirror", PLANET)
    installation.configure(*({"name": name, "path": f"/{name}", "article": "never"} for name in ("mirror", "planet")))
    for name in ("mirror", "planet", "planet"):
        await installation.fetch(name, force=True)
    [post] = posts(installation).values()
    assert (post["title"], post["text"], post["source"]) == (*OWN, "mirror")
    assert installation.value("SELECT count(*) FROM revisions") == 0


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_site_that_takes_over_brings_its_categories_and_visits(installation: Installation, at_once: bool):
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", page(OWN[0], PAGE, head=HEAD))
        own = item(OWN, "owner-1", link=url, permalink=False).replace("</item>", "<category>Roads</category></item>")
        owner.route("/owner", rss(owner.url("/"), own))
        installation.server.route("/planet", rss(installation.server.url("/"), item(OWN, link=url)))
        planet = {"name": "planet", "path": "/planet", "article": "never"}
        installation.configure(planet, {"name": "owner", "url": owner.url("/owner"), "article": "always"})
        await installation.fetch(*(() if at_once else ("planet",)))
        await installation.fetch("owner")
        [post] = posts(installation).values()
        assert (post["source"], post["feed_categories"]) == ("owner", '["Roads"]')
        assert installation.rows("SELECT purpose, attempt FROM visits") == [{"purpose": "revisit", "attempt": 1}]


async def test_a_site_takes_over_in_the_poll_after_one_that_was_cut_short(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", page(OWN[0], PAGE, head=HEAD))
        owner.route("/owner", rss(owner.url("/"), item(OWN, "owner-1", link=url, permalink=False)))
        installation.server.route("/planet", rss(installation.server.url("/"), item((OWN[0], OWN[1][:60]), link=url)))
        planet = {"name": "planet", "path": "/planet", "article": "never"}
        installation.configure(planet, {"name": "owner", "url": owner.url("/owner"), "article": "never"})
        await installation.fetch("planet")
        with monkeypatch.context() as cut:
            cut.setattr(edits, "fetch_edited_post", _cut_short)
            await installation.fetch("owner", force=True)
        await installation.fetch("owner", force=True)
        [post] = posts(installation).values()
        assert (post["source"], post["text"]) == ("owner", OWN[1])
        assert installation.rows("SELECT reason FROM revisions") == [{"reason": "merge"}]
        assert installation.value("SELECT count(*) FROM identities WHERE kind = 'guid'") == 1


async def _cut_short(*_: object) -> EditedEntry:
    raise StoreError("the disk is full")


EDITED = (OWN[0] + ", a day late", OWN[1].replace("noon", "dusk"))


@pytest.mark.parametrize(
    ("own", "article", "pages", "requests", "words"),
    [
        (OWN, "auto", [page(OWN[0], PAGE)], 1, "at noon"),
        (OWN, "never", [page(OWN[0], PAGE)], 1, "at noon"),
        (EDITED, "auto", [page(OWN[0], PAGE), page(EDITED[0], PAGE.replace("noon", "dusk"))], 2, "at dusk"),
        (EDITED, "auto", [page(OWN[0], PAGE), Answer(503)], 2, "at noon"),
        (EDITED, "never", [page(OWN[0], PAGE)], 1, "at noon"),
    ],
)
async def test_a_site_takes_over_what_another_read_on_its_page(
    installation: Installation, own, article, pages, requests, words
):
    """Its page is read once more only where its feed says something else."""
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", *pages)
        owner.route("/owner", rss(owner.url("/"), item(own, "owner-1", link=url, permalink=False, author="Ann")))
        installation.server.route("/planet", rss(installation.server.url("/"), item(OWN, link=url, author="Planet")))
        sources = {"name": "planet", "path": "/planet"}, {"name": "owner", "url": owner.url("/owner")}
        installation.configure(sources[0], sources[1] | {"article": article})
        await installation.fetch("planet")
        for _ in range(2):
            await installation.fetch("owner", force=True)
            await installation.fetch("planet", force=True)
            [post] = posts(installation).values()
            assert (post["source"], post["title"], post["author"]) == ("owner", own[0], "Ann")
            assert f"{words} on Saturday. The 7th arch" in str(post["text"])
            assert post["body_origin"] == "page"
        assert len(owner.to("/bridge")) == requests
        revisions = [{"reason": "merge"}] if own is EDITED else []
        assert installation.rows("SELECT reason FROM revisions") == revisions
        assert installation.rows("SELECT purpose, attempt FROM visits") == [{"purpose": "revisit", "attempt": 1}]


@pytest.mark.parametrize("failure", [Answer(503), Answer(body="<html></html>")], ids=["error", "empty"])
async def test_a_site_whose_page_fails_takes_over_with_the_whole_text_of_its_feed(
    installation: Installation, failure: Answer
):
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", page(OWN[0], PAGE), failure)
        whole = (EDITED[0], f"<![CDATA[{PAGE.replace('noon', 'dusk')}]]>")
        owner.route("/owner", rss(owner.url("/"), item(whole, "owner-1", link=url, permalink=False, author="Ann")))
        installation.server.route("/planet", rss(installation.server.url("/"), item(OWN, link=url, author="Planet")))
        own = {"name": "owner", "url": owner.url("/owner"), "article": "always"}
        installation.configure({"name": "planet", "path": "/planet"}, own)
        await installation.fetch("planet")
        await installation.fetch("owner")
        [post] = posts(installation).values()
        assert (post["source"], post["title"], post["body_origin"]) == ("owner", EDITED[0], "feed")
        assert "at dusk on Saturday" in str(post["text"])
        # The page that gave nothing is not kept.
        assert installation.value("SELECT count(*) FROM pages") == 1


async def test_a_page_without_an_author_does_not_get_that_of_a_comment(installation: Installation):
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", page(OWN[0], PAGE))
        comment = item(COMMENT, installation.server.url("/walk"), link=url, author="Walker")
        installation.server.route("/walk", page(COMMENT[0], f"<p>{COMMENT[1]}</p>"))
        installation.server.route("/blog", rss(installation.server.url("/"), comment))
        installation.configure({"name": "blog", "path": "/blog"})
        await installation.fetch()
        found = posts(installation)
        assert (found[url]["title"], found[url]["author"], found[url]["date_origin"]) == (
            OWN[0],
            "127.0.0.2",
            "ingested",
        )
        assert found[installation.server.url("/walk")]["author"] == "Walker"


async def test_an_aggregator_gets_the_words_of_the_page(installation: Installation):
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", page(OWN[0], PAGE, head=HEAD))
        listed = item(("A bridge, at last", "Points: 12"), link=url, author="voter")
        installation.server.route("/votes", rss(installation.server.url("/"), listed))
        installation.configure({"name": "votes", "path": "/votes"})
        await installation.fetch()
        [(found, post)] = posts(installation).items()
        assert (found, post["title"], post["author"]) == (url, OWN[0], "Ann Bell")
        # The date is the page's; the feed's own time is kept beside it.
        assert (post["date"], post["published_ms"]) == ("2021-04-01T09:00:00.000Z", 1_618_730_280_000)
        assert (await installation.fetch(force=True))["votes"].updated == 0


async def test_a_page_that_comes_back_does_not_replace_commentary(installation: Installation):
    with Server("127.0.0.2") as owner:
        url = owner.route("/bridge", Answer(503), page(OWN[0], PAGE, head=HEAD))
        installation.server.route("/blog", rss(installation.server.url("/"), item(COMMENT, link=url)))
        installation.configure({"name": "blog", "path": "/blog"})
        await installation.fetch()
        installation.clock.forward(hours=2)
        assert await installation.visit() == 1
        [post] = posts(installation).values()
        assert (post["title"], post["text"]) == COMMENT
        assert "text stays" in installation.value("SELECT reason FROM problems WHERE outcome = 'no-article'")
