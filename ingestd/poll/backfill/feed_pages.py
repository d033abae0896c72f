"""Feeds that name their further documents themselves: archived and paged feeds (RFC 5005), JSON Feed's `next_url`."""

from dataclasses import dataclass

from ingestd.model.history import HistoryPage
from ingestd.model.http import Response
from ingestd.poll.backfill.means import FeedClues, PageContext, read_feed, read_paging


@dataclass(frozen=True, slots=True)
class LinkedFeedPages:
    """Documents that are chained by a link: `prev-archive` of an archived feed, `next` of a paged one.

    RFC 5005, sections 3 and 4: a paged feed may change while it is read, the documents of an archived one do not.
    """

    name: str
    kind: str
    label: str
    relation: str
    counted: bool = False
    newest_first: bool = True
    is_tree: bool = False

    def first_url(self, clues: FeedClues) -> str | None:
        """The document before, or after, the feed that is polled."""
        return clues.paging.link(self.relation)

    def read(self, response: Response, context: PageContext) -> HistoryPage:
        """The entries of the document, and the address of the next one."""
        paging = read_paging(response)
        following = paging.link(self.relation)
        return HistoryPage(read_feed(response, context), (following,) if following else (), paging.total)


ARCHIVED_FEED = LinkedFeedPages("archive", "archive", "archived feed (RFC 5005)", "prev-archive")
PAGED_FEED = LinkedFeedPages("paged", "paged", "paged feed", "next")
