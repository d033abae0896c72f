"""Every means by which a history is read, in the order in which they are tried."""

from ingestd.poll.backfill.counted_pages import BLOGGER, DISCOURSE, GHOST, WORDPRESS_FEED
from ingestd.poll.backfill.feed_pages import ARCHIVED_FEED, PAGED_FEED
from ingestd.poll.backfill.means import HistoryMeans
from ingestd.poll.backfill.platform_lists import TUMBLR_API, WORDPRESS_API
from ingestd.poll.backfill.sitemap_tree import OWN_SITEMAP, ROBOTS_SITEMAPS, USUAL_SITEMAP
from ingestd.poll.backfill.web_archive import WEB_ARCHIVE

#: The better ones first: what does not change while it is read, then what takes the fewest requests.
ALL_MEANS: tuple[HistoryMeans, ...] = (
    ARCHIVED_FEED,
    WORDPRESS_API,
    BLOGGER,
    TUMBLR_API,
    PAGED_FEED,
    WORDPRESS_FEED,
    GHOST,
    DISCOURSE,
    ROBOTS_SITEMAPS,
    USUAL_SITEMAP,
    OWN_SITEMAP,
    WEB_ARCHIVE,
)
#: The words of `--from`.
KINDS = ("archive", "paged", "sitemap", "wayback")


def means_named(name: str) -> HistoryMeans | None:
    """The means of a name in `backfills.means`; None for one that this version does not have."""
    return next((means for means in ALL_MEANS if means.name == name), None)
