"""Choosing the dictionary of a server: the one or two of its pages with which its other pages compress best.

Pages of one server share their frame, menus and scripts, so a whole page is a better dictionary than fragments of many.
Which page is best is measured on a sample of the server's newest pages: when enough are stored, and again after every
further `PAGES_TO_NEXT_TRAINING`, because sites change.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from ingestd.store.database import Database
from ingestd.store.dictionaries import adopt_dictionary, hosts_due_for_training, newest_pages
from ingestd.store.post_rows import compress
from ingestd.text.zstd import MIN_DICTIONARY_BYTES, Dictionary

#: Pages of the sample, from the newest on, that may become the dictionary.
CANDIDATE_PAGES = 6
#: No dictionary is chosen from fewer pages.
MIN_SAMPLE_PAGES = 6
#: Size of a page that may become a dictionary, and of a whole dictionary.
MAX_CANDIDATE_BYTES = 500_000
MAX_DICTIONARY_BYTES = 700_000
#: Share of the sample's compressed size that a dictionary must save; and the share of what the sample takes with the
#: present dictionary that a second page, or a new dictionary, must save.
MIN_SAVED_SHARE = 0.08
MIN_FURTHER_SAVED_SHARE = 0.05


def choose_dictionary(sample: Sequence[bytes], present: bytes | None = None) -> bytes | None:
    """The content of the dictionary for pages like `sample` (the newest first): one or two of them.

    None where no dictionary saves enough, or none saves enough more than `present`.
    """
    if len(sample) < MIN_SAMPLE_PAGES:
        return None
    best, chosen, sizes = b"", frozenset[int](), _compressed_sizes(sample, None)
    for enough in (1 - MIN_SAVED_SHARE, 1 - MIN_FURTHER_SAVED_SHARE):
        found = _best_candidate(sample, best, chosen, sizes)
        if found is None or found[0] > enough:
            break
        _, number, sizes = found
        best, chosen = sample[number] + best, chosen | {number}
    if not best or present is None:
        return best or None
    others = [page for number, page in enumerate(sample) if number not in chosen]
    before = sum(_compressed_sizes(others, present).values())
    return best if sum(_compressed_sizes(others, best).values()) <= before * (1 - MIN_FURTHER_SAVED_SHARE) else None


def _best_candidate(
    sample: Sequence[bytes], content: bytes, chosen: frozenset[int], sizes: dict[int, int]
) -> tuple[float, int, dict[int, int]] | None:
    """The best page to put before `content`, as (compressed size of the others relative to before, page, their sizes).

    None where no candidate has a fit size.
    """
    tried = []
    for number, page in enumerate(sample[:CANDIDATE_PAGES]):
        fits = MIN_DICTIONARY_BYTES <= len(page) <= min(MAX_CANDIDATE_BYTES, MAX_DICTIONARY_BYTES - len(content))
        if number in chosen or not fits:
            continue
        rest = {other: body for other, body in enumerate(sample) if other != number and other not in chosen}
        found = dict(zip(rest, _compressed_sizes(list(rest.values()), page + content).values(), strict=True))
        before = sum(sizes[other] for other in rest)
        if before:
            tried.append((sum(found.values()) / before, number, found))
    return min(tried, key=lambda one: one[0], default=None)


def _compressed_sizes(sample: Sequence[bytes], content: bytes | None) -> dict[int, int]:
    dictionary = None if content is None else Dictionary(content)
    return {number: len(compress(body, dictionary)) for number, body in enumerate(sample)}


async def train_due(database: Database, now: datetime, *, limit: int) -> int:
    """Train dictionaries for servers with enough new pages, at most `limit`: how many were made."""
    made = 0
    for host in await database.reading(hosts_due_for_training, limit):
        bodies, present = await database.reading(newest_pages, host)
        content = await asyncio.to_thread(choose_dictionary, bodies, present)
        made += await database.writing(adopt_dictionary, host, content, now) and content is not None
    return made
