"""Whether a source lists an article under another address than before."""

from dataclasses import replace

import pytest

from ingestd.identity.moved import are_numbered_alike, is_moved, path_of
from ingestd.model.article import BodyOrigin
from ingestd.model.feed import Enclosure
from ingestd.model.post import KnownPost
from tests.identity.make import OTHER_TEXT, TEXT, milliseconds, new_post

KNOWN = KnownPost(5, 17, "https://old.example/2026/storm", "Storm", milliseconds(1), TEXT)
SAME_PATH = "https://old.example/news/storm"
FILE = (Enclosure("https://new.example/1.mp3"),)
OTHER_FILE = ("https://old.example/2.mp3",)
POST = new_post(from_url="https://new.example/news/storm", title="Storm", text=TEXT, published_ms=milliseconds(1))


@pytest.mark.parametrize(
    ("moved", "post", "known"),
    [
        (True, {}, {}),
        (True, {"title": "STORM!"}, {}),
        (True, {"text": TEXT[:35]}, {}),
        (False, {"title": "Big storm"}, {}),
        (False, {"title": ""}, {"title": ""}),
        (False, {"published_ms": milliseconds(2)}, {}),
        (False, {"published_ms": None}, {"published_ms": None}),
        (False, {"text": OTHER_TEXT}, {}),
        (False, {"text": TEXT[:20]}, {"text": TEXT[:20]}),
        (True, {"text": "字" * 30}, {"text": "字" * 30}),
        (False, {"text": "字" * 29 + "。"}, {"text": "字" * 29 + "。"}),
        (False, {"from_url": "https://old.example/news/storm-2"}, {"from_url": "https://old.example/news/storm-1"}),
        # The same path of another host: the article may have been edited at the same time.
        (True, {"title": "Storm over town"}, {"from_url": SAME_PATH, "title": "Storm"}),
        (True, {"title": "Storm over town", "text": OTHER_TEXT}, {"from_url": SAME_PATH, "title": "Storm over"}),
        (True, {"text": ""}, {"from_url": SAME_PATH}),
        (True, {"title": "Rain"}, {"from_url": SAME_PATH}),
        (False, {"title": "Rain", "text": OTHER_TEXT}, {"from_url": SAME_PATH}),
        (False, {"title": "Rain", "text": ""}, {"from_url": SAME_PATH}),
        (False, {"published_ms": milliseconds(2)}, {"from_url": SAME_PATH}),
        (False, {"title": "Issue 2", "text": OTHER_TEXT}, {"from_url": SAME_PATH, "title": "Issue 1"}),
        (True, {"from_url": "https://new.example/s", "title": "Storms"}, {"from_url": "https://old.example/s"}),
        (False, {"from_url": "https://new.example/", "title": "Storms"}, {"from_url": "https://old.example/"}),
        (
            False,
            {"from_url": "https://new.example/index.php", "title": "Storms"},
            {"from_url": "https://old.example/index.php"},
        ),
        (False, {"from_url": SAME_PATH, "title": "Storms"}, {"from_url": SAME_PATH}),
        # Another file outweighs one title or one text, and not both.
        (False, {"text": "", "enclosures": FILE}, {"from_url": SAME_PATH, "enclosures": OTHER_FILE}),
        (True, {"enclosures": FILE, "title": "Storms"}, {"from_url": SAME_PATH, "enclosures": OTHER_FILE}),
    ],
)
def test_title_time_and_text_must_be_the_same(moved, post, known):
    assert is_moved(replace(POST, **post), replace(KNOWN, **known), same_entry=False) is moved


@pytest.mark.parametrize(
    ("moved", "text", "known", "origin"),
    [
        # The stored text came from the page, and the teaser is in other words than the article.
        (True, OTHER_TEXT, TEXT, BodyOrigin.SUMMARY),
        # Now the page shows other words than then.
        (False, OTHER_TEXT, TEXT, BodyOrigin.PAGE),
        (True, TEXT, TEXT[:5], BodyOrigin.PAGE),
        (False, "短", "短", BodyOrigin.SUMMARY),
    ],
)
def test_the_same_entry_stands_for_a_text_that_cannot_be_compared(moved, text, known, origin):
    post = replace(POST, text=text, body_origin=origin)
    assert is_moved(post, replace(KNOWN, text=known), same_entry=True) is moved


@pytest.mark.parametrize(
    ("alike", "a", "b"),
    [
        (True, "https://a.example/news/17", "https://a.example/news/18"),
        (True, "https://a.example/?p=1", "https://A.example/?p=22"),
        (True, "https://a.example/#guid=1", "https://a.example/#guid=2"),
        (False, "https://a.example/news/17", "http://a.example/news/17"),
        (False, "https://a.example/news/17", "https://b.example/news/18"),
        (False, "https://a.example/?p=17", "https://a.example/2026/storm"),
        (False, "https://a.example/17.html", "https://a.example/17/"),
    ],
)
def test_addresses_that_differ_in_numbers_alone(alike, a, b):
    assert are_numbered_alike(a, b) is alike


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example/news?id=1#top", "/news?id=1#top"),
        ("http://a.example/", "/"),
        ("https://a.example", ""),
    ],
)
def test_the_path_of_an_address_is_all_that_follows_its_host(url, path):
    assert path_of(url) == path
