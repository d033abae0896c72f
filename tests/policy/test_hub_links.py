"""A feed's hub: in the response's headers, else in the feed."""

import time

import pytest

from ingestd.policy import named_hubs
from ingestd.policy.hub_links import links

URL = "https://site.example/a/feed.xml"
HUB, SELF = "https://hub.example/", "https://site.example/topic"


def link(*values: str) -> tuple[tuple[str, str], ...]:
    return tuple(("link", value) for value in values)


NAMED = [
    ("by the feed alone", (), (HUB,), SELF, (HUB,), SELF),
    ("by nobody", (), (), None, (), URL),
    ("no feed was read", (), None, None, None, URL),
    (
        "both in one header",
        link(f'<{HUB}>; rel="hub", <{SELF}>; rel="self"'),
        ("https://x/",),
        "https://y/",
        (HUB,),
        SELF,
    ),
    ("in two headers", link(f"<{HUB}>;rel=hub", f"<{SELF}>;rel=self"), (), None, (HUB,), SELF),
    ("the headers' hub, the feed's own name", link(f"<{HUB}>; rel=hub"), (), SELF, (HUB,), SELF),
    ("the headers' self alone says nothing", link("<https://z/>; rel=self"), (HUB,), SELF, (HUB,), SELF),
    (
        "several hubs",
        link(f"<{HUB}>; rel=hub, <https://two.example/>; rel=hub"),
        (),
        SELF,
        (HUB, "https://two.example/"),
        SELF,
    ),
    ("without a feed, complete", link(f"<{HUB}>; rel=hub, <{SELF}>; rel=self"), None, None, (HUB,), SELF),
    ("without a feed, and no topic", link(f"<{HUB}>; rel=hub"), None, None, None, URL),
]


@pytest.mark.parametrize(("case", "headers", "hubs", "own", "expected", "topic"), NAMED, ids=[row[0] for row in NAMED])
def test_hub_and_topic_of_a_response(case, headers, hubs, own, expected, topic):
    assert named_hubs(headers, URL, hubs, own) == (expected, topic)


PARSED = [
    ("<https://h/>; rel=hub", [("hub", "https://h/")]),
    ('</hub>; REL="HUB"', [("hub", "https://site.example/hub")]),
    ("<hub>;rel = hub", [("hub", "https://site.example/a/hub")]),
    ('<https://h/>; title="a, b; rel=self"; rel="hub"', [("hub", "https://h/")]),
    ('<https://h/>; rel="alternate hub"', [("alternate hub", "https://h/")]),
    ("<https://h/>; rel=hub; rel=self", [("hub", "https://h/")]),
    ('<https://h/>; rel=hub; anchor="#x"', []),
    ("<https://h/>", []),
    ("https://h/; rel=hub", []),
    ("<https://h/; rel=hub", []),
    ("<http://[::1>; rel=hub, <https://h/>; rel=hub", [("hub", "https://h/")]),
    (",,;;<>,", []),
]


@pytest.mark.parametrize(("value", "expected"), PARSED)
def test_link_header(value, expected):
    found = list(links(link(value), URL))
    assert found == [(frozenset(relations.split()), address) for relations, address in expected]


@pytest.mark.parametrize("text", ["<", '<a>;b="', "<a>;rel=", ";a", "<a>; rel=hub,", '"', "<a>; a = "])
def test_hostile_headers_take_bounded_time(text):
    started = time.process_time()
    assert len(list(links(link(text * 200_000), URL))) <= 100
    assert time.process_time() - started < 20
