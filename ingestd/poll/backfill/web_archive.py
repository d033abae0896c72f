"""A web archive: the snapshots of the feed that it has, through the CDX API, each read as the feed of its time.

https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server: `/cdx/search/cdx` lists snapshots as a JSON
array of rows, the first one naming the fields, and, with `showResumeKey`, an empty row and the key of the next list at
the end. `/web/TIMESTAMPid_/URL` is a snapshot as it was fetched, without the archive's own changes.
"""

import json
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode, urlsplit

from ingestd.feeds.parse_feed import parse_feed
from ingestd.identity.urls.whatwg import is_http_url
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Feed
from ingestd.model.history import HistoryPage
from ingestd.model.http import Response
from ingestd.poll.backfill.means import FeedClues, PageContext
from ingestd.poll.backfill.sitemap_tree import LASTMOD_MARK, file_address
from ingestd.poll.web_archive_urls import original_url, snapshot_time, time_of

#: Snapshots in one list.
MAX_ROWS = 1_000
_CDX_PATH = "/cdx/search/cdx"
_TIMESTAMP = re.compile(r"\d{14}\Z")


@dataclass(frozen=True, slots=True)
class WebArchive:
    """The snapshots of a feed. Archives list the oldest first, and each list is read from its end."""

    name: str = "wayback"
    kind: str = "wayback"
    label: str = "web archive"
    counted: bool = False
    newest_first: bool = False
    is_tree: bool = True

    def first_url(self, clues: FeedClues) -> str | None:
        """The list of the snapshots of the feed; None where no archive is configured."""
        return snapshot_list(clues.web_archive, clues.url) if clues.web_archive else None

    def read(self, response: Response, context: PageContext) -> HistoryPage:
        """The addresses of snapshots in a list, or the entries of a snapshot."""
        url = file_address(response.final_url)
        if urlsplit(url).path.endswith(_CDX_PATH):
            return _read_list(response, url)
        return HistoryPage(_read_snapshot(response, url, context))


WEB_ARCHIVE = WebArchive()


def snapshot_list(archive: str, url: str, resume_key: str = "") -> str:
    """The address of the list of the snapshots of `url`: those that were answered with 200, each text once."""
    query = {
        "url": url,
        "output": "json",
        "fl": "timestamp,original",
        "filter": "statuscode:200",
        "collapse": "digest",
        "limit": MAX_ROWS,
        "showResumeKey": "true",
    }
    return f"{archive.rstrip('/')}{_CDX_PATH}?{urlencode(query | ({'resumeKey': resume_key} if resume_key else {}))}"


def _read_list(response: Response, url: str) -> HistoryPage:
    archive = url.partition(_CDX_PATH)[0]
    rows, resume_key = cdx_rows(response.body)
    if not rows and not resume_key:
        raise PermanentError(Outcome.NOT_A_FEED, "the archive has no snapshot of the feed")
    asked = parse_qs(urlsplit(url).query).get("url", [""])[0]
    following = [snapshot_list(archive, asked, resume_key)] if resume_key else []
    snapshots = [_snapshot(archive, timestamp, original) for timestamp, original in reversed(rows)]
    # What follows in the archive's order is newer.
    return HistoryPage(Feed("cdx"), (*following, *snapshots))


def cdx_rows(body: bytes) -> tuple[list[tuple[str, str]], str]:
    """The (timestamp, address) of each snapshot, and the key of the next list, "" where there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PermanentError(Outcome.NOT_A_FEED, "the archive's list is no JSON") from error
    if not isinstance(found, list) or not all(isinstance(row, list) for row in found):
        raise PermanentError(Outcome.NOT_A_FEED, "the archive's list is no list of snapshots")
    resume_key = ""
    if len(found) >= 2 and not found[-2] and len(found[-1]) == 1 and isinstance(found[-1][0], str):
        resume_key, found = found[-1][0], found[:-2]
    rows = [row for row in found[: MAX_ROWS + 1] if len(row) == 2 and all(isinstance(value, str) for value in row)]
    return [(row[0], row[1]) for row in rows if _TIMESTAMP.match(row[0]) and is_http_url(row[1])], resume_key


def _snapshot(archive: str, timestamp: str, original: str) -> str:
    """The address of a snapshot, marked with its time: it has no article that was published later."""
    at = snapshot_time(timestamp)
    mark = f"{LASTMOD_MARK}{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""
    return f"{archive}/web/{timestamp}id_/{original.partition('#')[0]}{mark}"


def _read_snapshot(response: Response, url: str, context: PageContext) -> Feed:
    source = context.source
    feed = parse_feed(
        response.body,
        url=original_url(url) or source.url,
        content_type=response.header("x-archive-orig-content-type") or response.header("content-type"),
        timezone=source.timezone,
        language=source.language,
        now=time_of(url) or context.answered_at,
    )
    # What the feed was like then says nothing of where its site is now.
    return replace(feed, link=source.site_url)
