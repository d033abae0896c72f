"""Every page of `ingestd browse`, asked for as a browser asks."""

import hashlib
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from html import unescape
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
from datasette.database import Database as ServedDatabase
from lxml import html as lxml_html

from ingestd.archive.images.files import ImageFiles
from ingestd.cli.browse import describe
from ingestd.cli.browse.app import open_site
from ingestd.cli.browse.describe import PUBLIC_TABLES, query_name
from ingestd.config.settings import Config, DatabaseConfig
from ingestd.store.database import Database
from ingestd.store.found_posts import search_posts
from ingestd.store.models import metadata
from ingestd.store.views import VIEWS
from ingestd.text.search.parse_query import parse_query
from ingestd.text.times import utc_now
from tests.cli.browse.conftest import ALLOWED, DAY, SCRIPT, client_of
from tests.store import make

OUR_PAGES = ["/", "/search", "/search?q=ferry", "/search?q=(", "/sources", "/days", "/days?span=3y"]
OUR_PAGES += [f"/post/{number}" for number in range(1, 7)] + ["/post/5/changes", "/post/1/changes", "/post/99", "/none"]
TABLE_PAGES = [
    "/ingestd",
    "/ingestd/posts",
    "/ingestd/posts/4",
    "/ingestd/latest",
    "/ingestd/edits",
    "/ingestd/sources",
]
TABLE_PAGES += [f"/ingestd/{query_name(view)}" for view in VIEWS] + ["/ingestd?sql=select+*+from+posts"]


def page_of(response):
    return lxml_html.fromstring(response.text)


def post_numbers(page):
    return [int(link.get("href").rpartition("/")[2]) for link in page.cssselect(".results a.title")]


@pytest.mark.slow
@pytest.mark.parametrize("path", OUR_PAGES + TABLE_PAGES)
async def test_pages_answer_and_run_no_script_of_a_post(reader, path):
    response = await reader.get(path)
    assert response.status_code == (404 if path in ("/post/99", "/none") else 200)
    assert SCRIPT not in response.text
    assert "<script>" not in response.text, "Datasette's own scripts have a nonce"
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]
    nonces = {script.get("nonce") for script in page_of(response).iter("script")}
    if path in OUR_PAGES:
        assert "script-src" not in policy
        assert not nonces
    else:
        assert nonces == set(re.findall("script-src 'nonce-([^']+)';", policy))
    for element in page_of(response).iter():
        assert not [name for name in element.attrib if name.startswith("on")], "no inline handlers"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/", ["6</strong> posts of <strong>3</strong> sources", "After", "(no title)", "list-latest"]),
        ("/search?q=(x", ["this parenthesis is not closed (at character 1", '<pre><span class="at">(</span>x</pre>']),
        ("/search?q=source:乙报", ["there is no source '乙报'"]),
        ("/search?q=nothing-like-that", ["No post is like that", "since:2021-04"]),
        ("/search?q=ferry+-hostile", ["<mark>ferry</mark> sails at ten", "1</strong> post found"]),
        ("/post/5", ["After", "1 earlier text", "/post/5/changes", "sandbox=", "/ingestd/posts/5"]),
        ("/post/4", ["Load images", "?q=tag%3A", "a & b"]),
        ("/post/6", ["urn:no-page", "(no title)"]),
        ("/post/5/changes", ["<del>Before</del><ins>After</ins>", "<del>nine</del><ins>ten</ins>", "Text 1 → 2"]),
        ("/post/1/changes", ["no earlier text"]),
        ("/sources", ["甲报", "not polled yet"]),
        ("/days?span=3y", ["<rect", "14 days", "source:"]),
        ("/ingestd/posts", ["the title, plain text", f"{DAY:%Y-%m-%d}", "?q=tag%3A", "/post/4"]),
        ("/ingestd/latest", ["Posts, the newest first", "facet-tags"]),
        ("/none", ["This is not here"]),
        ("/ingestd/none", ["Table not found"]),
    ],
)
async def test_what_a_page_says(reader, path, says):
    text = unescape((await reader.get(path)).text)
    assert [one for one in says if one not in text] == []


async def test_many_sources_are_on_pages_and_found_by_their_names(reader, monkeypatch):
    monkeypatch.setattr("ingestd.cli.browse.sources.PAGE_SOURCES", 2)
    first, second = [unescape((await reader.get(path)).text) for path in ("/sources", "/sources?page=2")]
    assert "Page 1 of 2" in first
    assert "/sources?name=&page=2" in first
    assert "Page 2 of 2" in second
    assert first.count('data-label="Posts"') == 2
    assert second.count('data-label="Posts"') == 1
    assert (await reader.get("/sources?page=999")).text == (await reader.get("/sources?page=2")).text
    found = (await reader.get("/sources?name=BAY")).text
    assert "Bay News" in found
    assert "甲报" not in found
    assert "1 source found" in found
    for text in ("no such one", "%", SCRIPT.upper()):
        assert "甲报" not in (await reader.get("/sources", params={"name": text})).text


async def test_of_many_sources_those_that_need_someone_are_remarked_upon(archive, monkeypatch):
    monkeypatch.setattr("ingestd.cli.browse.sources.MAX_REMARKED_UPON", 2)
    with Database(f"sqlite:///{archive}") as database:
        failing = "condition = 'failing', failing_since = last_polled_at, last_outcome = 'http-error', failures = 9"
        make.run(database, f"UPDATE sources SET last_polled_at = '{DAY:%Y-%m-%d}T00:00:00.000Z'")
        make.run(database, f"UPDATE sources SET {failing} WHERE id = 2")
    with open_site(archive, Config(path=None), allowed_hosts=ALLOWED) as served:
        async with client_of(served) as client:
            text = (await client.get("/")).text
    assert "<strong>Bay News</strong>" in text
    assert "<strong>甲报</strong>" not in text


@pytest.mark.parametrize(("most", "says"), [(2, "3</strong> posts found"), (1, "1</strong> or more post found")])
async def test_what_is_counted_to_the_end_is_told_exactly(reader, monkeypatch, most, says):
    monkeypatch.setattr("ingestd.store.found_labels.MAX_COUNTED_POSTS", 1)
    monkeypatch.setattr("ingestd.cli.browse.search.PAGE_POSTS", 1)
    monkeypatch.setattr("ingestd.cli.browse.search._MAX_COUNT", most + (most == 2))
    assert says in unescape((await reader.get("/search", params={"q": "-hostile -渡轮"})).text)


async def test_article_is_its_own_document_without_script_and_images(reader):
    response = await reader.get("/post/4/article")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; base-uri 'none'")
    assert policy.endswith("img-src 'self'")
    assert "script" not in policy
    page = page_of(response)
    body = page.find("body")
    assert {element.tag for element in body.iter()} <= {"body", "p", "a"}
    assert [(link.get("href"), link.text) for link in body.iter("a")] == [
        ("https://tracker.example/p.gif", "A picture"),
        ("https://b.example/x", "link"),
    ]
    assert "evil.example" not in response.text
    assert [element.get("rel") for element in page.iter("link")] == ["stylesheet"]


async def test_images_are_loaded_where_they_are_asked_for(reader):
    response = await reader.get("/post/4/article?images=1")
    assert "img-src 'self' http: https:" in response.headers["content-security-policy"]
    assert [image.attrib["src"] for image in page_of(response).iter("img")] == ["https://tracker.example/p.gif"]
    frame = page_of(await reader.get("/post/4?images=1")).find(".//iframe")
    assert frame.get("src") == "/post/4/article?images=1"
    assert frame.get("sandbox") == "allow-popups allow-popups-to-escape-sandbox"


@pytest.mark.parametrize(
    "query",
    [
        "渡轮",
        "渡轮 -广告",
        "ferry OR climate",
        '"climate summit"',
        "tag:财经",
        "category:Opinion",
        "author:沈",
        "source:甲报",
        "since:9d",
    ],
)
@pytest.mark.parametrize("order", ["date", "relevance"])
async def test_search_finds_what_the_command_finds(reader, filled_database, query, order):
    page = page_of(await reader.get("/search", params={"q": query, "order": order}))
    with Database(f"sqlite:///{filled_database}") as database:
        found = database.read(search_posts, parse_query(query, utc_now()), limit=20, by_relevance=order == "relevance")
    assert post_numbers(page) == [post.id for post in found.posts] != []


async def test_stored_images_are_shown_from_the_archive(archive):
    picture = b"\x89PNG\r\n\x1a\n"
    digest = ImageFiles(archive.with_name("ingestd.db.media")).put(picture, "image/png")
    with closing(sqlite3.connect(archive)) as user, user:
        user.execute(
            "INSERT INTO media (url, host, hash, type, bytes, added_at, outcome)"
            " VALUES (?, '', ?, 'image/png', 8, '', 'ok')",
            ("https://tracker.example/p.gif", digest),
        )
    config = Config(path=None, database=DatabaseConfig(url=f"sqlite:///{archive}"))
    with open_site(archive, config, allowed_hosts=ALLOWED) as served:
        async with client_of(served) as client:
            page = page_of(await client.get("/post/4/article"))
            assert [image.attrib["src"] for image in page.iter("img")] == [f"/image/{digest}.png"]
            response = await client.get(f"/image/{digest}.png")
            assert (response.content, response.headers["content-type"]) == (picture, "image/png")
            assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"
            for path in (f"/image/{'0' * 64}.png", f"/image/{digest}.html"):
                assert (await client.get(path)).status_code == 404, path


async def test_a_page_that_was_taken_away(client, archive):
    assert "taken this page away" not in (await client.get("/post/1")).text
    with closing(sqlite3.connect(archive)) as user, user:
        user.execute("UPDATE posts SET page_state = 'gone', page_checked_at = '2026-11-22T17:00:00.000Z' WHERE id = 1")
    assert "taken this page away; noticed 2026-11-22" in (await client.get("/post/1")).text


async def test_posts_that_tell_the_same_story(client, archive):
    text = "\n".join(f"The harbour office tells at length what happened on pier {n} of the bay." for n in range(9))
    with Database(f"sqlite:///{archive}") as writer:
        for number in (70, 71):
            url = f"https://news{number}.example/{number}"
            like = make.post(number, title=f"Pier {number}", text=text, from_url=url)
            make.store(writer, make.new(number, ("link", url), like=like))
    page = page_of(await client.get("/post/7"))
    assert [(link.get("href"), link.text) for link in page.cssselect("ul.posts a")] == [("/post/8", "Pier 71")]


@pytest.mark.parametrize("query", ["", "渡轮", "ferry OR climate"])
async def test_each_label_leads_to_as_many_posts_as_it_says(reader, query):
    page = page_of(await reader.get("/search", params={"q": query}))
    heads = [head.text for head in page.cssselect(".facets h3")]
    assert heads == ["Source", "Day", "Tag", "Category"]
    for item in page.cssselect(".facets li"):
        link, number = item.find("a"), int(item.find("span").text)
        narrowed = page_of(await reader.get(link.get("href")))
        assert len(post_numbers(narrowed)) == number, link.get("href")
        assert parse_qs(urlsplit(link.get("href")).query)["q"][0].count("ferry") == query.count("ferry")


async def test_results_are_paged(client, site, monkeypatch):
    monkeypatch.setattr("ingestd.cli.browse.search.PAGE_POSTS", 4)
    first = page_of(await client.get("/search"))
    following = [link for link in first.iter("a") if link.text == "Next page"]
    second = page_of(await client.get(following[0].get("href")))
    assert len(post_numbers(first)) == 4
    assert sorted(post_numbers(first) + post_numbers(second)) == [1, 2, 3, 4, 5, 6]
    assert not [link for link in second.iter("a") if link.text == "Next page"]
    assert (await client.get("/search?page=x")).status_code == 200


async def test_every_view_has_a_query_and_every_query_answers(reader, filled_database):
    with closing(sqlite3.connect(filled_database)) as user:
        views = {name for (name,) in user.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert {view.name for view in VIEWS} == views
    for view in VIEWS:
        answer = (await reader.get(f"/ingestd/{query_name(view)}.json?_shape=objects")).json()
        assert answer["columns"] == list(view.columns), view.name
    page = page_of(await reader.get(f"/ingestd/{query_name(VIEWS[-1])}"))
    assert [item.text for item in page.cssselect("dl.column-descriptions dt")] == list(VIEWS[-1].columns)
    of_source = (await reader.get("/ingestd/list-latest.json", params={"source": "Bay News", "_shape": "array"})).json()
    assert [row["title"] for row in of_source] == ["天气"]


async def test_tables_are_explained_and_internal_ones_hidden(reader):
    tables = {table["name"]: table for table in (await reader.get("/ingestd.json")).json()["tables"]}
    hidden = {name for name, table in tables.items() if table["hidden"]}
    assert set(tables) - hidden == PUBLIC_TABLES
    assert set(metadata.tables) > PUBLIC_TABLES
    page = page_of(await reader.get("/ingestd/revisions"))
    assert [item.text for item in page.cssselect("dl.column-descriptions dt")][:2] == ["post_id", "revision"]


@pytest.mark.parametrize(
    "path", ["/ingestd/posts.json?_facet=source_id&_facet_array=tags&_facet_date=date&_facet_array=feed_categories"]
)
async def test_tables_have_facets(client, path):
    facets = (await client.get(path)).json()["facet_results"]
    assert {(row["value"], row["count"]) for row in facets["tags"]["results"]} >= {("财经", 2), ("World", 1)}
    assert {row["value"] for row in facets["date"]["results"]} == {
        f"{DAY + timedelta(days=more):%Y-%m-%d}" for more in range(3)
    }
    assert {row["label"] for row in facets["source_id"]["results"]} >= {"甲报", "Bay News"}


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO posts (title) VALUES ('x')",
        "DELETE FROM posts",
        "WITH a AS (SELECT 1) DELETE FROM posts",
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "VACUUM",
        "SELECT 1; DELETE FROM posts",
    ],
)
async def test_nothing_can_be_written(client, site, sql, capsys):
    response = await client.get("/ingestd", params={"sql": sql})
    assert response.status_code == 400 or "Error" in response.text or "error" in response.text
    with pytest.raises(Exception, match="readonly"):
        await site.datasette.get_database("ingestd").execute("INSERT INTO leases (source_id) VALUES (1)")
    with pytest.raises(Exception, match="readonly"):
        make.run(site.site.database, "DELETE FROM posts")


async def test_file_keeps_every_byte_and_stays_alone(archive):
    def look():
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in archive.parent.iterdir()}

    before = look()
    with open_site(archive, Config(path=None), allowed_hosts=ALLOWED) as served:
        async with client_of(served) as client:
            for path in ("/", "/search?q=ferry", "/ingestd/posts", "/post/4"):
                assert (await client.get(path)).status_code == 200
    assert look() == before


async def test_what_is_written_meanwhile_is_shown(client, archive):
    await client.get("/ingestd/latest")
    with Database(f"sqlite:///{archive}") as writer:
        make.store(writer, make.new(50, like=make.post(50, title="Just in", date=utc_now())))
        assert "Just in" in (await client.get("/")).text
    assert "Just in" in (await client.get("/ingestd/latest")).text


@pytest.mark.parametrize(
    "path",
    [
        *("/sources", "/ingestd/sources", "/ingestd/sources.json", "/ingestd/sources.csv", "/ingestd/sources/1"),
        *("/ingestd?sql=select+url+as+u+from+sources", "/ingestd.json?sql=select+'see+'||url+from+sources"),
        "/ingestd/sources.json?_facet=url",
    ],
)
async def test_secrets_are_masked(reader, path):
    text = (await reader.get(path)).text
    assert "feeds.example" in text
    assert "hunter2" not in text
    assert "k3y" not in text


async def test_secrets_of_hubs_are_shown_to_nobody(client, archive):
    with closing(sqlite3.connect(archive)) as user, user:
        user.execute(
            "INSERT INTO subscriptions (source_id, hub, topic, token, secret, state)"
            " VALUES (1, 'https://hub.example/', 'https://t.example/', 't0ken', 's3cret', 'active')"
        )
    rows = (await client.get("/ingestd/subscriptions.json?_shape=array")).json()
    assert (rows[0]["hub"], rows[0]["token"], rows[0]["secret"]) == ("https://hub.example/", None, None)
    taken = await client.get("/ingestd.json?sql=select+hex(secret),substr(token,1,2)+from+subscriptions&_shape=arrays")
    assert taken.json()["rows"] in ([["", None]], [[None, None]])


async def test_who_comes_from_elsewhere_sees_no_addresses_of_sources(archive):
    with open_site(archive, Config(path=None), allowed_hosts=None) as served:
        async with client_of(served) as client:
            row = (await client.get("/ingestd/sources.json?_shape=array", headers={"Host": "news.lan"})).json()[0]
            assert (row["name"], row["url"], row["config_url"]) == ("甲报", None, None)
            asked = await client.get("/ingestd/sources.json?url__startswith=https&_shape=array")
            assert asked.json() == []
            page = await client.get("/sources")
            assert "feeds.example" in page.text
            assert "hunter2" not in page.text


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1:8001", 200), ("evil.example", 421), ("evil.example:8001", 421), ("", 421)]
)
async def test_requests_under_other_names_are_refused(reader, host, status):
    assert (await reader.get("/", headers={"Host": host})).status_code == status


async def test_a_search_that_takes_too_long_is_given_up(archive, monkeypatch):
    monkeypatch.setattr("ingestd.store.engine._OPERATIONS_PER_LOOK", 1)
    with open_site(archive, Config(path=None), allowed_hosts=ALLOWED) as served:
        monkeypatch.setattr("ingestd.store.engine.monotonic", count(step=1000).__next__)
        async with client_of(served) as client:
            response = await client.get("/search?q=ferry")
            assert response.status_code == 503
            assert "Ask for less" in response.text


async def test_faults_of_the_program_are_one_line(client, monkeypatch, capsys):
    async def fail(*_, **__):
        raise ValueError("a fault")

    monkeypatch.setattr("ingestd.cli.browse.pages.search_results", fail)
    response = await client.get("/search?q=x")
    assert response.status_code == 500
    assert capsys.readouterr() == ("", "/search: ValueError: a fault\n")


async def test_large_archive_has_facets_on_demand_and_counts_its_posts_in_an_index(archive, monkeypatch):
    monkeypatch.setattr(describe, "MAX_FACETED_POSTS", 5)
    asked = []
    execute = ServedDatabase.execute

    def recorded(self, sql, *arguments, **options):
        asked.append(sql)
        return execute(self, sql, *arguments, **options)

    monkeypatch.setattr(ServedDatabase, "execute", recorded)
    with open_site(archive, Config(path=None), allowed_hosts=ALLOWED) as served:
        async with client_of(served) as client:
            plain = (await client.get("/ingestd/latest")).text
            wanted = (await client.get("/ingestd/latest?_facet=source")).text
    assert ("facet-source" in plain, "facet-source" in wanted) == (False, True)
    assert "6 rows" in plain
    assert "select count(*) from posts" in asked
    assert not [sql for sql in asked if sql.startswith("select count(*) from latest")]
