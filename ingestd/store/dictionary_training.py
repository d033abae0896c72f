"""Which page is the best dictionary for the others of its server.

A page of the same server is the best dictionary there is: it holds the frame, the menus and the scripts of the next.
So a dictionary is one such page, or two, and which ones is measured on other pages of the server. It is looked for
when enough of them are kept, and again now and then, because sites change.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from ingestd.store.database import Database
from ingestd.store.dictionaries import adopt, compressed, due, newest_pages, prepared

#: Pages that may become one, of those given (the newest); with how few pages nothing can be told.
_CANDIDATES = 6
_LEAST = 6
#: Bytes of a page that may become one, and of a whole dictionary.
_MOST_PAGE = 500_000
_MOST = 700_000
#: A dictionary must spare this share of what its sample takes without; a second page, or a new dictionary, this share
#: of what it takes with the present one.
_WORTH = 0.08
_WORTH_MORE = 0.05


def choose_dictionary(sample: Sequence[bytes], present: bytes | None = None) -> bytes | None:
    """The dictionary for pages like these, the newest first; None where none pays, or the present one does as well.

    One page, or two, of the newest ones: those with which the others take least.
    """
    if len(sample) < _LEAST:
        return None
    best, chosen, sizes = b"", frozenset[int](), _sizes(sample, None)
    for enough in (1 - _WORTH, 1 - _WORTH_MORE):
        found = _best(sample, best, chosen, sizes)
        if found is None or found[0] > enough:
            break
        _, number, sizes = found
        best, chosen = sample[number] + best, chosen | {number}
    if not best or present is None:
        return best or None
    others = [page for number, page in enumerate(sample) if number not in chosen]
    before = sum(_sizes(others, present).values())
    return best if sum(_sizes(others, best).values()) <= before * (1 - _WORTH_MORE) else None


def _best(
    sample: Sequence[bytes], content: bytes, chosen: frozenset[int], sizes: dict[int, int]
) -> tuple[float, int, dict[int, int]] | None:
    """Which page to put before a dictionary: (share of its size that the rest takes then, page, sizes)."""
    tried = []
    for number, page in enumerate(sample[:_CANDIDATES]):
        if number in chosen or len(page) > _MOST_PAGE or len(page) + len(content) > _MOST:
            continue
        rest = {other: body for other, body in enumerate(sample) if other != number and other not in chosen}
        found = dict(zip(rest, _sizes(list(rest.values()), page + content).values(), strict=True))
        before = sum(sizes[other] for other in rest)
        if before:
            tried.append((sum(found.values()) / before, number, found))
    return min(tried, key=lambda one: one[0], default=None)


def _sizes(sample: Sequence[bytes], content: bytes | None) -> dict[int, int]:
    dictionary = None if content is None else prepared(content)
    return {number: len(compressed(body, dictionary)) for number, body in enumerate(sample)}


async def train_due(database: Database, now: datetime, *, most: int) -> int:
    """Look at servers of which enough pages were kept, `most` at once: how many dictionaries were made."""
    made = 0
    for host in await database.reading(due, most):
        bodies, present = await database.reading(newest_pages, host)
        content = await asyncio.to_thread(choose_dictionary, bodies, present)
        made += await database.writing(adopt, host, content, now) and content is not None
    return made
