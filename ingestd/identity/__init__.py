"""Identity: which entries of a feed are articles that are known already, and which are new.

An article is known by keys: its link and the URLs of its page, normalised, and its guid within its source. A key alone
proves little: feeds repeat one guid for different articles, give every entry the link of a home page, or change all
guids at once. So where the keys of an entry disagree, title, published time, text and enclosures are compared. Of the
two possible errors, losing an article is the worse one: in doubt an entry is a new article.

All functions are pure: the known posts are an argument, and what to record is the result.

    entries ─key_entries─▶ keys ─SELECT─▶ known ─decide─▶ fresh, seen, problems
    fresh + its page ─page_keys─▶ SELECT ─known─▶ same_article ─▶ a known post, or a new one with these keys
"""

from ingestd.identity.decide import decide
from ingestd.identity.decisions import Decisions, FreshEntry, SeenEntry
from ingestd.identity.evidence import COMPARED_TEXT_CHARS, Evidence, Features, compare, similar_texts, similar_titles
from ingestd.identity.explain import Explanation, KnownKey, explain
from ingestd.identity.keyed_entries import KeyedEntries, key_entries
from ingestd.identity.keys import (
    ABOUT,
    CANONICAL,
    FINAL,
    GUID,
    KINDS,
    LINK,
    NUMBER,
    SHARED,
    Key,
    entry_from_url,
    entry_keys,
    entry_link,
    guid_key,
    synthetic_url,
)
from ingestd.identity.moved import is_moved
from ingestd.identity.ownership import (
    Claim,
    about_entry,
    claim_to_url,
    has_own_text,
    own_permalink,
    owns,
    says_otherwise,
    with_link_to,
)
from ingestd.identity.page_identity import page_keys, same_article
from ingestd.model.post import KnownPost

__all__ = [
    "ABOUT",
    "CANONICAL",
    "COMPARED_TEXT_CHARS",
    "FINAL",
    "GUID",
    "KINDS",
    "LINK",
    "NUMBER",
    "SHARED",
    "Claim",
    "Decisions",
    "Evidence",
    "Explanation",
    "Features",
    "FreshEntry",
    "Key",
    "KeyedEntries",
    "KnownKey",
    "KnownPost",
    "SeenEntry",
    "about_entry",
    "claim_to_url",
    "compare",
    "decide",
    "entry_from_url",
    "entry_keys",
    "entry_link",
    "explain",
    "guid_key",
    "has_own_text",
    "is_moved",
    "key_entries",
    "own_permalink",
    "owns",
    "page_keys",
    "same_article",
    "says_otherwise",
    "similar_texts",
    "similar_titles",
    "synthetic_url",
    "with_link_to",
]
