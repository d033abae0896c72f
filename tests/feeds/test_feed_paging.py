"""What feeds say of their other documents: links of RFC 5005, `next_url`, generators, counts; and damaged input."""

import pytest

from ingestd.feeds.feed_paging import read_feed_paging
from ingestd.model.history import FeedPaging

URL = "https://a.example/blog/feed"
FH = 'xmlns:fh="http://purl.org/syndication/history/1.0"'


def paging(text: str) -> FeedPaging:
    return read_feed_paging(text.encode(), url=URL)


def test_links_of_an_atom_feed_are_absolute():
    found = paging(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/"><link rel="next" href="p2"/>'
        '<link rel="PREV-ARCHIVE" href="/a1"/><link href="."/><entry><link rel="next" href="no"/></entry></feed>'
    )
    assert found.link("next") == "https://b.example/x/p2"
    assert found.link("prev-archive") == "https://b.example/a1"
    assert found.link("alternate") == "https://b.example/x/"
    assert found.link("current") is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<generator>https://wordpress.org/?v=6.5.2</generator>", "https://wordpress.org/?v=6.5.2"),
        (
            "<generator uri='https://www.blogger.com' version='7'> Blogger\n</generator>",
            "Blogger https://www.blogger.com",
        ),
        ("<generator/>", ""),
        ("", ""),
    ],
)
def test_generator(head: str, expected: str):
    assert paging(f"<rss version='2.0'><channel><title>T</title>{head}</channel></rss>").generator == expected


@pytest.mark.parametrize(
    ("head", "complete"),
    [(f"<fh:complete {FH}/>", True), ("<complete/>", False), (f"<fh:archive {FH}/>", False)],
)
def test_a_complete_feed(head: str, complete: bool):
    assert paging(f"<rss version='2.0'><channel>{head}</channel></rss>").complete is complete


def test_counts_of_opensearch():
    space = 'xmlns:o="http://a9.com/-/spec/opensearch/1.1/"'
    found = paging(
        f"<feed xmlns='http://www.w3.org/2005/Atom' {space}><o:totalResults>1234</o:totalResults>"
        "<o:startIndex>26</o:startIndex><o:itemsPerPage>many</o:itemsPerPage></feed>"
    )
    assert (found.total, found.start_index) == (1234, 26)
    wrong = f"<feed xmlns='http://www.w3.org/2005/Atom' {space}><o:totalResults>-1</o:totalResults></feed>"
    assert paging(wrong).total is None


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [], "next_url": "?page=2"}', f"{URL}?page=2"),
        ('{"next_url": 7}', None),
        ('{"next_url": "javascript:alert(1)"}', None),
        ('{"next_url": "https://a.exa', None),
        ("[" * 100_000, None),
        ("<html><head><link rel='next' href='/2'></head></html>", None),
        ("", None),
    ],
)
def test_json_feeds_and_what_is_no_feed(text: str, following: str | None):
    assert paging(text).link("next") == following
