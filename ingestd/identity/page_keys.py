"""What an article's page adds to its identity: the URL after redirects, and the canonical link."""

from ingestd.identity import urls
from ingestd.identity.keys import CANONICAL, FINAL, Key
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.model.article import Article
from ingestd.model.http import Response


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
