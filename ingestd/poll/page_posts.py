"""What a fresh entry and the article of its page become: a post, its keys, and the next visit to its page. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestd.identity.evidence import similar_texts, similar_titles
from ingestd.identity.keys import entry_keys
from ingestd.identity.page_identity import page_keys
from ingestd.identity.urls import DEFAULT_RULES, UrlRules, same_site
from ingestd.model.article import PAGE_ORIGINS, BodyOrigin, FetchedArticle
from ingestd.model.errors import LOCAL_OUTCOMES, Outcome
from ingestd.model.feed import Problem
from ingestd.model.pickling import pickled_by_fields
from ingestd.model.poll import InboxEntry
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll.build_post import build_new_post, page_digest
from ingestd.text.plain_text import plain_text

#: Delays before a page that failed is fetched again, in seconds, one an attempt.
RETRY_DELAYS_S = (3600.0, 21_600.0, 86_400.0)

#: Bodies that stand in for an article that its page did not give.
_WITHOUT_ARTICLE = frozenset({BodyOrigin.SUMMARY, BodyOrigin.NONE})
#: Failures that another attempt would repeat.
FINAL_OUTCOMES = frozenset({Outcome.ROBOTS_DISALLOWED, Outcome.ADDRESS_REFUSED})
_PERMANENT_REDIRECTS = frozenset({301, 308})
#: Failures of a page after which it may be fetched again soon.
TEMPORARY_OUTCOMES = frozenset(
    (
        *(Outcome.DNS_FAILED, Outcome.CONNECT_FAILED, Outcome.TIMEOUT, Outcome.CONNECTION_LOST),
        *(Outcome.RATE_LIMITED, Outcome.SERVER_ERROR, *LOCAL_OUTCOMES),
    )
)
#: Pages without an article may have one later: a site in trouble, or a page that is not finished.
RETRIED_OUTCOMES = frozenset({Outcome.PAGE_EMPTY, Outcome.NO_ARTICLE})


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class PostSettings:
    """The settings of posts that hold for all sources: `revisit` are the delays of revisits in seconds."""

    url_rules: UrlRules = DEFAULT_RULES
    keep_pages: bool = True
    revisit: tuple[float, ...] = ()


def is_page_of_another(waiting: InboxEntry, fetched: FetchedArticle) -> bool:
    """Whether an address was redirected, on its own site, to a page that shows another article than the entry.

    Behind a permanent redirect title and text must both be others; a temporary one leads to logins and consent walls,
    where the title is sufficient unless the page has the entry's words.
    """
    response, article, entry = fetched.response, fetched.article, waiting.entry
    if response is None or not response.redirects or article.body_origin not in PAGE_ORIGINS:
        return False
    if not same_site(waiting.from_url, response.final_url) or not article.title:
        return False
    if similar_titles(entry.title, article.title) is not False:
        return False
    same_text = similar_texts(plain_text(entry.content or entry.summary), article.text)
    is_permanent = all(redirect.status in _PERMANENT_REDIRECTS for redirect in response.redirects)
    return same_text is False if is_permanent else same_text is not True


def problems_at(fetched: FetchedArticle, url: str) -> tuple[Problem, ...]:
    """The problems of a fetched article; those without a URL get `url`."""
    own = (fetched.problem,) if fetched.problem else ()
    return own + tuple(replace(problem, url=problem.url or url) for problem in fetched.article.problems)


def new_post(
    waiting: InboxEntry, fetched: FetchedArticle, source: Source, settings: PostSettings, now: datetime
) -> NewPost:
    """The post of a fresh entry and its article; `now` is the time of ingestion."""
    new = build_new_post(
        waiting.entry,
        fetched.article,
        source,
        from_url=waiting.from_url,
        keys=_keys(waiting, source, fetched, settings.url_rules),
        seen_at=waiting.received_at,
        now=now,
    )
    return replace(
        new,
        page_digest=page_digest(fetched),
        page=fetched.page if settings.keep_pages else None,
        visit=first_visit(fetched, source, settings.revisit, now),
        waiting_id=waiting.id or None,
    )


def _keys(waiting: InboxEntry, source: Source, fetched: FetchedArticle, rules: UrlRules) -> tuple[tuple[str, str], ...]:
    """The keys of the entry and of its page. A guid or link that several articles share is not among `waiting.keys`."""
    own = {key: kind for kind, key in waiting.keys}
    if not own:
        own = {key.key: key.kind for key in entry_keys(waiting.entry, source.id, rules)}
    for key in page_keys(waiting.from_url, fetched.response, fetched.article, rules):
        own.setdefault(key.key, key.kind)
    return tuple((kind, key) for key, kind in own.items())


def first_visit(
    fetched: FetchedArticle, source: Source, revisit: Sequence[float], now: datetime
) -> tuple[str, datetime, int] | None:
    """(purpose, due, attempt) of the next visit to the page: a retry where it gave no article, else a revisit.

    `revisit` are the delays of revisits in seconds.
    """
    if fetched.problem is not None and fetched.problem.outcome in FINAL_OUTCOMES:
        return None
    gave_none = any(problem.outcome in RETRIED_OUTCOMES for problem in fetched.article.problems)
    stand_in = fetched.response is not None and fetched.article.body_origin in _WITHOUT_ARTICLE
    if fetched.problem is not None or gave_none or stand_in:
        return "retry", now + timedelta(seconds=RETRY_DELAYS_S[0]), 1
    if fetched.response is not None and source.revisit and revisit:
        return "revisit", now + timedelta(seconds=revisit[0]), 1
    return None
