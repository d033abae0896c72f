"""Fetches the page behind an entry, and the article's further pages, and has the article extracted in a worker.

Entry ─fetch─▶ Page ─extract─▶ Article
"""

from dataclasses import replace

from ingestd.extract.rules.site_rules import SiteRules
from ingestd.identity.urls import is_home, same_site
from ingestd.model.article import PAGE_ORIGINS, Article, BodyOrigin, FetchedArticle
from ingestd.model.errors import Outcome, PermanentError, PollError
from ingestd.model.feed import Entry, Problem
from ingestd.model.http import Request, Response
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.jobs import EXTRACT_ARTICLE
from ingestd.poll.web_archive_urls import original_url, snapshot_url
from ingestd.poll.workers import WorkerPool
from ingestd.text.fingerprint import fingerprint
from ingestd.text.plain_text import plain_text

#: CPU seconds that the extraction of one page may take.
EXTRACT_DEADLINE_S = 12.0
#: Pages that one article in several parts may take.
MAX_ARTICLE_PAGES = 10
#: Failures after which a web archive may have the page.
_NO_MORE_THERE = frozenset(
    {Outcome.NOT_FOUND, Outcome.GONE, Outcome.DNS_FAILED, Outcome.CONNECT_FAILED, Outcome.TLS_FAILED}
)


async def fetch_article(entry: Entry | None, url: str, source: Source, context: PollContext) -> FetchedArticle:
    """Fetch and extract; where the page fails, the article is that of the entry alone."""
    page, problem = await fetch_page(entry, url, source, context)
    article = await extract(entry, page, source, context)
    if article is None:
        problem = too_costly(url)
        page, article = None, await extract(entry, None, source, context)
    if article is None:
        article = Article(html="", text="", body_origin=BodyOrigin.NONE)
    return await with_further_pages(FetchedArticle(article, page, problem), source, context)


def too_costly(url: str) -> Problem:
    """The problem of a page that exceeded the bounds of its worker."""
    return Problem(Outcome.PAGE_TOO_COSTLY, "the page took too long to read and was given up", url)


async def with_further_pages(fetched: FetchedArticle, source: Source, context: PollContext) -> FetchedArticle:
    """Append the article's further pages, up to the first that fails, repeats, or is on another site."""
    first, page = fetched.article, fetched.response
    if page is None or not first.next_page or first.body_origin not in PAGE_ORIGINS:
        return fetched
    article, problem = first, None
    seen = {page.url, page.final_url}
    for _ in range(MAX_ARTICLE_PAGES - 1):
        url = article.next_page
        if not url or url in seen or not same_site(page.final_url, url):
            break
        part, problem = await fetch_page(None, url, source, context)
        if part is None or part.final_url in seen or not same_site(page.final_url, part.final_url):
            break
        seen |= {url, part.final_url}
        following = await extract(None, part, source, context)
        if following is None:
            break
        article = append_part(article, following)
    problems = article.problems + ((problem,) if problem else ())
    return replace(fetched, article=replace(article, problems=problems), first_part=first)


def append_part(first: Article, following: Article) -> Article:
    """`first` with the text of its next part appended; `next_page` is that of `following`, metadata those of `first`.

    A part whose text is there already is not appended, and ends the article: some sites serve the first page again.
    """
    if not following.text or following.text in first.text:
        return replace(first, next_page=None)
    html = first.html + following.html
    text = plain_text(html)
    return replace(
        first,
        html=html,
        text=text,
        fingerprint=fingerprint(text),
        next_page=following.next_page,
        problems=first.problems + following.problems,
    )


async def fetch_page(
    entry: Entry | None, url: str, source: Source, context: PollContext
) -> tuple[Response | None, Problem | None]:
    """The page behind an entry, or what failed; neither where none is to be fetched."""
    if source.article == "never" or "#guid=" in url:
        return None, None
    # The configured headers of a source (a cookie, a key) are sent to its own site only.
    headers = source.headers if same_site(source.url, url) else ()
    try:
        request = Request(url=url, accept="page", headers=headers, proxy=source.proxy, ca_file=source.ca_file)
        page = await context.client.get(request)
    except PollError as error:
        archived = await _archived_page(entry, url, error.outcome, source, context)
        return archived, None if archived is not None else Problem(error.outcome, error.reason, url)
    if is_home(page.final_url) and not is_home(url):
        return None, Problem(Outcome.NO_ARTICLE, "the address leads to the site's home page", url)
    return page, None


async def _archived_page(
    entry: Entry | None, url: str, outcome: Outcome, source: Source, context: PollContext
) -> Response | None:
    """The page as a web archive has it, where its site has it no more: under its own address."""
    if not source.page_archive or outcome not in _NO_MORE_THERE:
        return None
    at = entry.published.utc if entry is not None and entry.published else context.clock()
    try:
        page = await context.client.get(Request(snapshot_url(source.page_archive, url, at), accept="page"))
    except PollError:
        return None
    own = original_url(page.final_url) or url
    return replace(page, url=url, final_url=own if same_site(own, url) else url, redirects=())


async def extract(entry: Entry | None, page: Response | None, source: Source, context: PollContext) -> Article | None:
    """The article of an entry and a page; None where it exceeded its bounds."""
    try:
        return await extract_with(context.workers, context.site_rules, entry, page, source)
    except PermanentError:
        return None


async def extract_with(
    workers: WorkerPool,
    site_rules: SiteRules,
    entry: Entry | None,
    page: Response | None,
    source: Source | None,
) -> Article:
    """The article of an entry and a page, extracted in a worker under the rules of a source (None: default rules).

    Raises PermanentError where it exceeded its bounds of time and memory, TemporaryError where no worker can run.
    """
    return await workers.run(
        EXTRACT_ARTICLE,
        entry,
        page,
        source_rule=source.rule if source else None,
        site_rules=site_rules,
        mode=source.article if source else "auto",
        timezone=source.timezone if source else None,
        deadline=EXTRACT_DEADLINE_S,
        too_costly=Outcome.PAGE_TOO_COSTLY,
    )
