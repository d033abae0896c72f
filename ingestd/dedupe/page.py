"""What an article's page adds to its identity: the URL after redirects, and the canonical link."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingestd import urls
from ingestd.dedupe.evidence import TEXT_WINDOW, Profile, weigh
from ingestd.dedupe.keys import CANONICAL, FINAL, Key, published_ms
from ingestd.records import Article, Entry, KnownPost, Response
from ingestd.urls import DEFAULT_RULES, UrlRules


@dataclass(frozen=True, slots=True)
class PageDecision:
    """What a fresh entry's page tells: `post_id` is the known post that it is after all, None where it is new.

    `keys` are the page's keys that nobody has yet, for that post or the new one.
    """

    post_id: int | None
    keys: tuple[Key, ...]
    reason: str


def page_keys(
    entry_link: str | None, response: Response | None, article: Article | None, rules: UrlRules = DEFAULT_RULES
) -> tuple[Key, ...]:
    """The keys that an article's page claims, without the link's own key.

    Left out are the claims of an error page, home pages and sections (a redirect to them is how sites say "not
    found", a canonical link to them a mistake of the template), and a canonical link to another site.
    """
    if response is None or not 200 <= response.status < 300:
        return ()
    final, canonical = response.final_url, article.canonical_url if article is not None else None
    resolved = urls.resolve(final, canonical) if canonical else None
    if resolved is not None and not urls.same_site(final, resolved):
        resolved = None
    own = urls.normalise(entry_link, rules) if entry_link else None
    keys: dict[str, Key] = {}
    for kind, url in ((FINAL, final), (CANONICAL, resolved)):
        key = urls.normalise(url, rules) if url is not None else None
        if key is not None and key != own and not urls.is_home_or_section(key):
            keys.setdefault(key, Key(kind, key))
    return tuple(keys.values())


def decide_page(
    entry: Entry,
    from_url: str,
    response: Response | None,
    article: Article | None,
    known: Mapping[str, KnownPost],
    *,
    rules: UrlRules = DEFAULT_RULES,
) -> PageDecision:
    """Tell whether a fresh entry's page shows it to be a known article, reached by another link.

    `known` maps the keys of `page_keys` to posts. A key that leads to a post is believed only where the articles are
    alike too: consent walls, paywalls and templates give one final or canonical URL to many articles.
    """
    claimed = page_keys(from_url, response, article, rules)
    text = article.text if article is not None else ""
    title = entry.title or (article.title if article is not None else None) or ""
    files = frozenset(enclosure.url for enclosure in entry.enclosures)
    profile = Profile(title, published_ms(entry), text[:TEXT_WINDOW], files)
    free = tuple(key for key in claimed if key.key not in known)
    refused = "the page adds no known key"
    for key in claimed:
        post = known.get(key.key)
        if post is None:
            continue
        evidence = weigh(profile, Profile.of_post(post))
        # A wall shows one text under every title: the text alone proves nothing.
        alike = evidence.title or (evidence.published and evidence.title is None)
        if alike and evidence.score + (key.kind == FINAL) > 0:
            return PageDecision(post.post_id, free, f"its {key.kind} URL is known: {evidence}")
        refused = f"its {key.kind} URL is another article's: {evidence}"
    return PageDecision(None, free, refused)
