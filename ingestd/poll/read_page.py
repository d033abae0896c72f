"""The job of a worker that reads the page behind a fresh entry: from the page to a post that is ready to be stored.

Entry and Page ─extract─▶ Article ─build─▶ NewPost ─prepare─▶ PreparedPost
"""

from datetime import datetime

from ingestd.extract.article import extract_article
from ingestd.extract.rules.site_rules import SiteRules
from ingestd.model.article import PAGE_ORIGINS, FetchedArticle
from ingestd.model.feed import Problem
from ingestd.model.http import Response
from ingestd.model.poll import InboxEntry
from ingestd.model.source import Source
from ingestd.poll.foreign_entries import is_foreign
from ingestd.poll.jobs import PageReading
from ingestd.poll.page_posts import PostSettings, is_page_of_another, new_post, problems_at
from ingestd.store.post_rows import prepare


def read_page(
    waiting: InboxEntry,
    page: Response | None,
    problem: Problem | None,
    source: Source,
    *,
    site_rules: SiteRules,
    settings: PostSettings,
    now: datetime,
) -> PageReading:
    """The post of a fresh entry and its page (None: there is none, and `problem` may say why), made at `now`.

    Only the article where more is to be fetched, or decided with what else the entry may be.
    """
    article = extract_article(
        waiting.entry,
        page,
        source_rule=source.rule,
        site_rules=site_rules,
        mode=source.article,
        timezone=source.timezone,
    )
    fetched = FetchedArticle(article, page, problem)
    continues = page is not None and article.next_page and article.body_origin in PAGE_ORIGINS
    if continues or is_foreign(waiting.from_url, page, source) or is_page_of_another(waiting, fetched):
        return PageReading(article=article)
    new = prepare(new_post(waiting, fetched, source, settings, now))
    return PageReading(post=new, problems=problems_at(fetched, waiting.from_url))
