"""Which address of a source with mirrors is asked; a mirror's document as the source's own address gives it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from ingestd.identity.urls import same_site
from ingestd.model.errors import Outcome
from ingestd.model.http import Response
from ingestd.model.source import Source

#: Failures of this machine or of a stop, which another address would not mend.
NOT_OF_AN_ADDRESS = frozenset({Outcome.OFFLINE, Outcome.INTERRUPTED, Outcome.STORE_FAILED, Outcome.LOCAL_FAULT})
#: A feed stands still that has had nothing new for this many times its usual gap, within these bounds.
STILL_GAPS = 3
MIN_STILL = timedelta(hours=3)
MAX_STILL = timedelta(days=7)
#: Gaps between the latest entries that are needed to tell the usual one: the longest but a tenth.
_MIN_GAPS = 3


def addresses_in_turn(source: Source, answered_by: str | None) -> list[str]:
    """The addresses of a source: the one that answered last, then those behind it, then those before it."""
    addresses = [source.url, *source.mirrors]
    start = addresses.index(answered_by) if answered_by in addresses else 0
    return addresses[start:] + addresses[:start]


def still_after(recent_times: Sequence[datetime]) -> timedelta | None:
    """After how long without a new entry a feed stands still; None where too few entries are known to tell.

    `recent_times` are those of its latest entries, the newest first.
    """
    gaps = sorted(later - earlier for later, earlier in pairwise(recent_times))
    if len(gaps) < _MIN_GAPS:
        return None
    usual = gaps[(len(gaps) - 1) * 9 // 10]
    return min(max(STILL_GAPS * usual, MIN_STILL), MAX_STILL)


def is_to_be_compared(now: datetime, recent_times: Sequence[datetime], compared_at: datetime | None) -> bool:
    """Whether a feed stands still, and was not compared with its mirrors for as long."""
    after = still_after(recent_times)
    if after is None or now - recent_times[0] <= after:
        return False
    return compared_at is None or now - compared_at > after


def in_own_addresses(response: Response, source: Source, mirror: str, site_url: str | None) -> Response:
    """A mirror's response with the source's own address wherever its own stands, as in a guid, a link or `self`.

    Else one entry would be another at each mirror. `site_url` is the site that the feed is of; where that is unknown,
    or the mirror's, its addresses are those of the articles and stay.
    """
    if mirror == source.url or site_url is None or same_site(mirror, site_url):
        return response
    theirs, ours = _bases(mirror, source.url)
    return replace(
        response,
        final_url=_replaced(response.final_url.encode(), theirs, ours).decode(),
        body=_replaced(response.body, theirs, ours),
    )


def _bases(mirror: str, own: str) -> tuple[str, str]:
    """Host and path of each up to where both go on alike: `//rss.example/hub` and `//hub.example` of one route."""
    theirs, ours = urlsplit(mirror), urlsplit(own)
    their_path, our_path = theirs.path.split("/")[1:], ours.path.split("/")[1:]
    alike = 0
    while alike < min(len(their_path), len(our_path)) and their_path[-1 - alike] == our_path[-1 - alike]:
        alike += 1
    if not alike:
        return f"//{theirs.netloc}", f"//{ours.netloc}"
    return (
        "/".join([f"//{theirs.netloc}", *their_path[: len(their_path) - alike]]),
        "/".join([f"//{ours.netloc}", *our_path[: len(our_path) - alike]]),
    )


def _replaced(text: bytes, theirs: str, ours: str) -> bytes:
    """`text` with one base for the other; JSON may write a slash as `\\/`."""
    for slash in (b"/", b"\\/"):
        old, new = (base.encode().replace(b"/", slash) for base in (theirs, ours))
        if old in text:
            text = re.sub(re.escape(old) + rb"(?![\w.:-])", lambda _match, new=new: new, text)  # type: ignore[misc]
    return text
