"""A suspected loss: what stands behind the feed is read back to the articles that were known before, a few requests.

Where no entry of a feed is known, or it breaks off, some may have come and gone between two polls. They stand on the
next page of the feed, where the site has one, else in its news sitemap; only what is newer than the latest known
article is taken.
"""

from dataclasses import replace

from ingestd.model.errors import PollError
from ingestd.model.history import Gap, GapState
from ingestd.model.source import SourceState
from ingestd.poll.backfill.all_means import ALL_MEANS
from ingestd.poll.backfill.gap_search import GapSearch
from ingestd.poll.backfill.news_gap import read_news_sitemap
from ingestd.poll.backfill.probe import clues_of_feed
from ingestd.poll.context import PollContext
from ingestd.poll.identify import FeedResult, with_site

#: The kinds of means whose first pages list the newest articles.
GAP_KINDS = ("archive", "paged")


async def close_gap(state: SourceState, result: FeedResult, context: PollContext) -> Gap:
    """Put the articles that the feed may have lost into the inbox, or with `article = "never"` store their posts.

    Raises StoreError. A site that fails leaves the gap open.
    """
    if state.source.kind != "feed" or result.feed is None or result.response is None or not state.recent:
        return Gap()
    source = with_site(state.source, result.feed)
    search = GapSearch(source, result, context, latest=max(state.recent))
    try:
        clues, _ = await clues_of_feed(replace(result.response, body=result.body), source, context)
    except PollError:
        return Gap()
    for means in ALL_MEANS:
        url = means.first_url(clues)
        if url is None or means.kind not in GAP_KINDS:
            continue
        try:
            return Gap(await search.read_pages(means, url), search.found, search.stored)
        except PollError:
            continue
    found = await read_news_sitemap(search, clues, result)
    return Gap(found or (GapState.OPEN if search.pages else None), search.found, search.stored)
