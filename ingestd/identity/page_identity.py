"""Identity from an article's page: the keys that it adds, and whether a post that one of them leads to is the same.

The keys of a page are its URL after redirects and its canonical link.
"""

from ingestd.identity import urls
from ingestd.identity.evidence import Features, compare, normalised_title
from ingestd.identity.keys import CANONICAL, FINAL, LINK, Key
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.model.article import Article
from ingestd.model.http import Response
from ingestd.model.post import KnownPost, Post


def page_keys(
    entry_link: str | None, response: Response | None, article: Article | None, rules: UrlRules = DEFAULT_RULES
) -> tuple[Key, ...]:
    """The keys of an article's page, without the key of the entry's link.

    Left out are those of an error page, home pages and sections (sites redirect to them instead of answering 404, and
    templates name them as canonical link by mistake), and a canonical link to another site.
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
        if key is not None and key != own and not urls.leads_to_list(key, own or ""):
            keys.setdefault(key, Key(kind, key))
    return tuple(keys.values())


def same_article(post: Post, known: KnownPost, kind: str) -> bool:
    """Whether `post` is the article of `known`, to which a key of its page (of `kind` final or canonical) leads.

    Some sites give every article the same canonical link, and a paywall shows one text under every title. So the titles
    must be equal, or alike at an equal published time, and the score of all evidence must be positive. Where the
    address is redirected to the very link of `known`, and its text is found there, the title may be another.
    """
    evidence = compare(Features.of_new_post(post), Features.of_post(known))
    if kind == FINAL and known.kind == LINK and evidence.text is True:
        return True
    same_title = evidence.title is True and normalised_title(post.title) == normalised_title(known.title)
    alike = same_title or (evidence.title is not False and evidence.published is True)
    return alike and evidence.score + (kind == FINAL) > 0
