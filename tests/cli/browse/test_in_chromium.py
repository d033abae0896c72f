"""The pages in a real browser: hostile posts run nothing and ask for nothing; the search box works; phones suffice."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.cli.browse.conftest import HOSTILE_HTML
from tests.cli.browse.live import served
from tests.support.chromium import chromium_path, open_tab, requested_urls
from tests.support.server import Answer, Server

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
]
#: What a script of a post would leave behind.
RAN = "window.hostile === 1"


def hosts_of_posts(urls):
    """The hosts among those of URLs that posts name; the browser asks for some of its maker by itself."""
    return {host for one in urls if (host := urlsplit(one).hostname or "").endswith(".example")}


@pytest.fixture
def url(archive) -> Iterator[str]:
    with served(archive) as found:
        yield found


async def test_hostile_posts_run_nothing_and_ask_for_nothing(url, tmp_path):
    paths = ["/", "/search?q=ferry", "/post/4", "/post/4/article", "/sources", "/ingestd/posts", "/ingestd/posts/4"]
    paths += ["/ingestd/list-latest", "/ingestd?sql=select+title,content,author,tags+from+posts"]
    async with open_tab(tmp_path) as tab:
        for path in paths:
            await tab.open(url + path)
            assert not await tab.evaluate(RAN), path
            assert await tab.evaluate("document.body.innerText.length > 20"), path
    asked = requested_urls(tmp_path)
    assert hosts_of_posts(asked) == set()
    assert f"{url}/post/4/article" in asked
    assert f"{url}/assets/article.css" in asked, "the frame is shown"


async def test_the_same_content_without_protection_is_noticed(tmp_path):
    with Server() as server:
        # The page would be left by the refresh.
        page = f"<!DOCTYPE html><body>{HOSTILE_HTML.replace('<meta', '<x')}"
        server.route("/", Answer(body=page, headers={"Content-Type": "text/html"}))
        async with open_tab(tmp_path) as tab:
            await tab.open(server.url("/"))
            assert await tab.evaluate(RAN)
    assert hosts_of_posts(requested_urls(tmp_path)) >= {"tracker.example", "evil.example"}


async def test_search_box_and_width_of_a_phone(url, tmp_path):
    async with open_tab(tmp_path) as tab:
        await tab.open(f"{url}/sources")
        await tab.type("input[name=q]", "渡轮 -广告")
        assert await tab.evaluate("decodeURIComponent(location.search.replace('+', ' '))") == "?q=渡轮 -广告"
        titles = "Array.from(document.querySelectorAll('.results a.title'), one => one.textContent)"
        assert await tab.evaluate(titles) == ["渡轮停航"]
        assert await tab.evaluate("document.querySelector('input[name=q]').value") == "渡轮 -广告"
        await tab.resize(390, 800, phone=True)
        for path in ("/", "/search", "/search?q=(", "/post/4", "/post/5/changes", "/sources", "/days?span=3y", "/none"):
            await tab.open(url + path)
            assert await tab.evaluate("document.documentElement.scrollWidth") <= 390, path
