"""The last look before a post is stored: is it the article of a post to which only its page leads?"""

from ingestd.identity.evidence import TEXT_WINDOW, Profile, plain_title, weigh
from ingestd.identity.keys import FINAL
from ingestd.model.post import KnownPost, Post


def same_article(post: Post, known: KnownPost, kind: str) -> bool:
    """Whether `post` is the article of `known`, to which a key of its page (of `kind` final or canonical) leads.

    Pages lie: a broken site gives every article the same canonical link, and a wall shows one text under every title.
    So the title must be the same, or alike at the same time, and the evidence as a whole must speak for it.
    """
    files = frozenset(enclosure.url for enclosure in post.enclosures)
    evidence = weigh(Profile(post.title, post.published_ms, post.text[:TEXT_WINDOW], files), Profile.of_post(known))
    same_title = evidence.title is True and plain_title(post.title) == plain_title(known.title)
    alike = same_title or (evidence.title is not False and evidence.published is True)
    return alike and evidence.score + (kind == FINAL) > 0
