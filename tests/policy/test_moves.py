"""When permanent redirects become a source's new address."""

import pytest

from ingestd.model.http import Redirect
from ingestd.policy import moved


def hop(status: int, url: str, location: str) -> Redirect:
    return Redirect(status, url, location)


OLD, NEW, OTHER = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
PERMANENT = (hop(301, OLD, NEW),)
MOVES = [
    ("three times", [PERMANENT] * 3, NEW),
    ("308 too, over two hops", [(hop(308, OLD, OTHER), hop(301, OTHER, NEW))] * 3, NEW),
    ("twice only", [PERMANENT] * 2, None),
    ("three of four, the last direct", [PERMANENT] * 3 + [()], None),
    ("an older poll went elsewhere", [(hop(301, OLD, OTHER),)] + [PERMANENT] * 3, NEW),
    ("to different places", [PERMANENT, PERMANENT, (hop(301, OLD, OTHER),)], None),
    ("302", [(hop(302, OLD, NEW),)] * 3, None),
    ("307 after 301", [(hop(301, OLD, OTHER), hop(307, OTHER, NEW))] * 3, None),
    ("from https to http", [(hop(301, OLD, "http://b.example/feed"),)] * 3, None),
    (
        "in the middle from https to http",
        [(hop(301, OLD, "http://b.example/"), hop(301, "http://b.example/", NEW))] * 3,
        None,
    ),
    ("chains of another address", [(hop(301, OTHER, NEW),)] * 3, None),
    ("back to itself", [(hop(301, OLD, OLD),)] * 3, None),
    ("never polled", [], None),
]


@pytest.mark.parametrize(("name", "chains", "target"), MOVES, ids=[row[0] for row in MOVES])
def test_a_move_needs_three_polls_and_permanence(name, chains, target):
    assert moved(OLD, chains) == target
