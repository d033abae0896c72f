"""What must hold of the fields of each post: its article's own address, title, author, dates and text."""

import json
from collections.abc import Iterator
from datetime import datetime

from tests.world.documents import NOTE
from tests.world.evidence import Delivery, Evidence, binding, letters, names_in
from tests.world.rows import Row, Rows
from tests.world.truth import EPOCH, Article, Site, Version, moment


def posts_of(rows: Rows) -> dict[str, list[Row]]:
    """The posts of each article, by the name in title or text."""
    found: dict[str, list[Row]] = {}
    for post in rows["posts"]:
        for name in names_in(post["title"]) or names_in(post["text"]):
            found.setdefault(name, []).append(post)
    return found


def lister_of(post: Row, rows: Rows, evidence: Evidence) -> Site | None:
    """The site whose feed gave a post; None for a source that the world does not have."""
    name = next((name for name, number in rows.source_ids().items() if number == post["source_id"]), "")
    item = next((item for item in evidence.record.world.subscriptions if name in item.names), None)
    return evidence.record.world.site(item.site) if item else None


def own_fields(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """A post has its article's own address, title, author, date and whole text."""
    for name, posts in posts_of(rows).items():
        # Of a moved article that cannot be known for the same, each post has what was listed under its own address.
        for post in posts if len(posts) == 1 else ():
            yield from (
                f"{name} ({post['from_url']}): {problem}" for problem in _field_problems(name, post, rows, evidence)
            )


def _field_problems(name: str, post: Row, rows: Rows, evidence: Evidence) -> Iterator[str]:
    site, article = evidence.articles[name]
    seen = evidence.deliveries.get(name, [])
    if article.about is not None:
        if post["from_url"] != site.page_url(article, article.published):
            yield "its address is not its own"
    elif _without_guid(post["from_url"]) not in {
        one.link for one in seen if one.by == "feed"
    } | evidence.commented_links(name):
        yield "its address is none that a source listed"
    versions = [article.versions[number] for number in latest_versions(seen, _that_must_count(seen, site))]
    if post["title"] not in {version.title for version in versions}:
        yield f"its title is {post['title']!r}, not {[version.title for version in versions]}"
    if letters(post["text"]) not in _texts(article, seen, evidence, by_page=post["body_origin"] == "page"):
        yield f"its text ({post['body_origin']}) is not the text of the article: {post['text'][:80]!r}"
    lister = lister_of(post, rows, evidence)
    author = article.author
    if lister is not None and lister.kind == "linkblog" and lister is not site and not site.page.authors:
        author = site.host(article.published)  # the page names no author, and a comment's is not the article's
    if all(other.feed.authors for other in evidence.listers(name)) and post["author"] != author:
        yield f"its author is {post['author']!r}, not {author!r}"
    if lister is site and site.feed.categories and json.loads(post["feed_categories"] or "[]") != [*article.categories]:
        yield f"its categories are {post['feed_categories']}, not {article.categories}"
    yield from _date_problems(site, article, post, lister)


def _links(seen: list[Delivery]) -> set[str]:
    return {one.link for one in seen if one.by == "feed"}


def _without_guid(url: str) -> str:
    """The address that an entry stated, where it is stored under a part of its own of it."""
    return url.partition("#guid=")[0]


def _date_problems(site: Site, article: Article, post: Row, lister: Site | None) -> Iterator[str]:
    """What is wrong with the two times of a post: the one that its source's feed gave, and the one to sort by."""
    published = int((EPOCH.timestamp() + article.published) * 1000)
    # A link blog's time is that of its comment, and not of the article that it comments.
    is_known = lister is not None and lister.feed.dates == "right" and (lister is site or lister.is_lister)
    if is_known and post["published_ms"] != published:
        yield f"its published time is {post['published_ms']}, not {published}"
    if is_known and not post["date_clamped"] and datetime.fromisoformat(post["date"]) != moment(article.published):
        yield f"its date is {post['date']}, not {moment(article.published)}"


def _that_must_count(seen: list[Delivery], site: Site) -> list[Delivery]:
    """The deliveries before which none counts: none where copies of different ages are served in turns.

    Nor a page that was read after a push, until the feed itself is read. Where the two differ nobody can tell whether
    the hub was late or the page is a copy of before the edit; the next poll tells.
    """
    if any(fault.kind == "flap" for fault in site.faults):
        return []
    return [one for one in binding(seen) if one.by == "feed" or not _is_after_late_push(one, seen)]


def _is_after_late_push(page: Delivery, seen: list[Delivery]) -> bool:
    """Whether the last of the feed that came before a page was a push of what was true some time before."""
    of_feed = [one for one in seen if one.by == "feed" and one.at <= page.at and (one.sure or one.late)]
    return bool(of_feed) and of_feed[-1].late


def latest_versions(seen: list[Delivery], must_count: list[Delivery]) -> list[int]:
    """The versions that a post may show: the last that must count, and later ones that may."""
    last = max((index for index, one in enumerate(seen) if one in must_count), default=-1)
    return [one.version for one in seen[max(last, 0) :]]


def _texts(article: Article, seen: list[Delivery], evidence: Evidence, *, by_page: bool) -> set[str]:
    """The texts that a post may have: whole where a whole one was delivered, else a teaser."""
    whole = [one for one in seen if one.whole]
    must_count = _that_must_count(seen, evidence.articles[article.name][0])
    numbers = latest_versions(whole, must_count) if whole else ()
    texts = {letters(text) for number in numbers for text in whole_texts(article.versions[number])}
    if not any(one.sure and one.own for one in whole):
        # The site's own words take precedence, also where its feed has a teaser and a planet the whole text.
        texts |= {letters(article.versions[number].teaser) for number in latest_versions(seen, must_count)} | {""}
        if evidence.articles[article.name][0].feed.text == "none":
            # What a planet said before the own site's feed came stays: that has no text to take its place.
            texts |= {letters(article.versions[one.version].teaser) for one in seen if not one.own}
    if article.about is None or by_page:
        return texts
    # A comment in the words of the feed keeps the address that it is about as a link.
    other, about = evidence.articles[article.about]
    return {text + letters(other.page_url(about, article.published)) for text in texts}


def whole_texts(version: Version) -> set[str]:
    """The whole text of a version, without the note that some pages have in it, and with it."""
    first, *others = version.paragraphs
    return {"\n".join(version.paragraphs), "\n".join([first, NOTE, *others])}
