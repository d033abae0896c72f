"""`ingestd article`: what would be stored of a page, and trying a rule."""

import pytest

from tests.support.server import Answer, Server

TEXT = "".join(
    f"<p>Paragraph {n} tells at some length, as articles do, what happened on that day.</p>" for n in range(6)
)
PAGE = (
    "<html><head><title>Headline | Site</title>"
    '<meta property="og:title" content="Headline"><meta name="author" content="Ann Author">'
    '<meta property="article:published_time" content="2024-05-01T08:00:00+08:00"></head><body><nav>menu</nav>'
    f'<article><h1>Headline</h1>{TEXT}<p class="ad">Buy now</p></article>'
    '<div id="side">Only the side</div></body></html>'
)


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    return path


def test_saved_page(without_database, page):
    done = without_database("article", page, "--url", "https://a.example/1")
    assert done.status == 0
    assert "page: https://a.example/1" in done.out
    assert "candidate " in done.out
    assert "title: Headline" in done.out
    assert "authors: Ann Author" in done.out
    assert "published: 2024-05-01 00:00:00 UTC" in done.out
    assert "Paragraph 5 tells" in done.out
    assert "menu" not in done.out
    assert not without_database.database.exists()


def test_saved_page_as_json(ingestd, page):
    found = ingestd("article", page, "--json").json
    assert found["title"] == "Headline"
    assert found["body_origin"] == "page"
    assert found["published"]["utc"] == "2024-05-01T00:00:00.000Z"
    assert found["html"].startswith("<p>Paragraph 0")
    assert found["origins"]


def test_fetched_page(ingestd):
    with Server() as server:
        server.otherwise(Answer(status=404))
        server.route("/1", Answer(body=PAGE, headers={"Content-Type": "text/html"}))
        assert "Paragraph 5 tells" in ingestd("article", server.url("/1")).out
        done = ingestd("article", server.url("/2"))
    assert done.status == 1
    assert "404" in done.err


def test_rule_option(ingestd, page):
    found = ingestd("article", page, "--rule", "#side", "--json").json
    assert (found["body_origin"], found["text"]) == ("rule", "Only the side")
    found = ingestd("article", page, "--rule", "article", "--remove", ".ad", "--remove", "h1", "--json").json
    assert found["text"].startswith("Paragraph 0")
    assert "Buy now" not in found["text"]
    assert "Buy now" in ingestd("article", page, "--rule", "article").out


def test_rule_without_a_match_is_reported(ingestd, page):
    done = ingestd("article", page, "--rule", "#nowhere")
    assert done.status == 0
    assert "problem: rule-missed: select = '#nowhere' matches nothing" in done.out
    assert "Paragraph 5 tells" in done.out


def test_rule_of_a_source(ingestd, page):
    with ingestd.config.open("a") as config:
        config.write('[[sources]]\nname = "side"\nurl = "https://a.example/feed"\nselect = "#side"\n')
    assert ingestd("article", page, "--source", "side", "--json").json["text"] == "Only the side"
    assert "Only the side" in ingestd("article", page, "--source", "side", "--html").out.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftp://a.example/1"], "neither a file nor a web address"),
        (["nowhere.html"], "neither a file nor a web address"),
        (["x" * 5000], "neither a file nor a web address"),
        (["{page}", "--source", "nobody"], "no source is named 'nobody'"),
        (["{page}", "--rule", "div["], "not a CSS selector: 'div['"),
        (["{page}", "--remove", "a b >> c"], "not a CSS selector"),
    ],
)
def test_wrong_usage(ingestd, page, arguments, said):
    done = ingestd("article", *(word.format(page=page) for word in arguments))
    assert done.status == 2
    assert said in done.err
