"""An article as its pages tell it: fetched, extracted, with its further parts.

Entry ─fetch─▶ Page ─extract─▶ Article
"""

from dataclasses import dataclass, replace

from ingestd.identity.urls import is_home, same_site
from ingestd.model.article import Article, BodyOrigin, KeptPage
from ingestd.model.errors import Outcome, PermanentError, PollError
from ingestd.model.feed import Entry, Problem
from ingestd.model.http import Request, Response
from ingestd.model.source import Source
from ingestd.poll.build_post import append_article_page
from ingestd.poll.context import PollContext
from ingestd.poll.jobs import EXTRACT_ARTICLE

#: CPU seconds that one page may cost.
EXTRACT_DEADLINE_S = 12.0
#: Pages that one article in several parts may take.
MAX_ARTICLE_PAGES = 10
#: Bodies that came from the article page.
FROM_PAGE = frozenset({BodyOrigin.RULE, BodyOrigin.PAGE})


@dataclass(frozen=True, slots=True)
class FetchedArticle:
    """An article as it was read; `problem` says what was wrong with its page.

    `first` is what its first page alone gave, where there are more: later visits compare that page with itself.
    """

    article: Article
    response: Response | None = None
    problem: Problem | None = None
    first: Article | None = None


async def fetch_article(entry: Entry | None, url: str, source: Source, context: PollContext) -> FetchedArticle:
    """Fetch and extract; with an entry it always ends in an article, if need be that of the feed alone."""
    page, problem = await _page(url, source, context)
    article = await extract(entry, page, source, context)
    if article is None:
        problem = Problem(Outcome.PAGE_TOO_COSTLY, "the page took too long to read and was given up", url)
        page, article = None, await extract(entry, None, source, context)
    if article is None:
        article = Article(html="", text="", body_origin=BodyOrigin.NONE)
    return await with_further_pages(FetchedArticle(article, page, problem), source, context)


async def with_further_pages(reading: FetchedArticle, source: Source, context: PollContext) -> FetchedArticle:
    """A reading with the text of the article's further pages; a page that fails ends it, and what was read stays."""
    first, page = reading.article, reading.response
    if page is None or not first.next_page or first.body_origin not in FROM_PAGE:
        return reading
    article, problem = first, None
    seen = {page.url, page.final_url}
    for _ in range(MAX_ARTICLE_PAGES - 1):
        url = article.next_page
        if not url or url in seen or not same_site(page.final_url, url):
            break
        part, problem = await _page(url, source, context)
        if part is None or part.final_url in seen or not same_site(page.final_url, part.final_url):
            break
        seen |= {url, part.final_url}
        following = await extract(None, part, source, context)
        if following is None:
            break
        article = append_article_page(article, following)
    problems = article.problems + ((problem,) if problem else ())
    return replace(reading, article=replace(article, problems=problems), first=first)


async def _page(url: str, source: Source, context: PollContext) -> tuple[Response | None, Problem | None]:
    if source.article == "never" or "#guid=" in url:
        return None, None
    # What a user configured for the feed's own site (a cookie, a key) is not shown to others.
    headers = source.headers if same_site(source.url, url) else ()
    try:
        page = await context.client.get(Request(url=url, accept="page", headers=headers, proxy=source.proxy))
    except PollError as error:
        return None, Problem(error.outcome, error.reason, url)
    if is_home(page.final_url) and not is_home(url):
        return None, Problem(Outcome.NO_ARTICLE, "the address leads to the site's home page", url)
    return page, None


async def extract(
    entry: Entry | None, page: Response | None, source: Source, context: PollContext, *, mode: str | None = None
) -> Article | None:
    """The article of an entry and a page, None where it cost too much; `mode` stands for that of the source."""
    try:
        return await context.workers.run(
            EXTRACT_ARTICLE,
            entry,
            page,
            source_rule=source.rule,
            site_rules=context.site_rules,
            mode=mode or source.article,
            timezone=source.timezone,
            deadline=EXTRACT_DEADLINE_S,
            too_costly=Outcome.PAGE_TOO_COSTLY,
        )
    except PermanentError:
        return None


def page_to_keep(reading: FetchedArticle) -> KeptPage | None:
    """The page of a reading, as the database keeps it."""
    page = reading.response
    if page is None or not page.body:
        return None
    return KeptPage(
        url=page.url,
        final_url=page.final_url,
        fetched_at=page.fetched_at,
        http_status=page.status,
        body=page.body,
        charset=reading.article.charset,
        content_type=page.header("content-type"),
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
    )
