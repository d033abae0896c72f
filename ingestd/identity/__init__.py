"""Identity: which entries of a feed are articles that are known already, and which are new.

An article is known by keys: its link and the URLs that its page leads to, normalised, and its guid within its source.
A key alone is a claim. Feeds repeat one guid for different articles, give every entry the link of a home page, or
change all guids in one night; so where the keys of an entry disagree, the evidence (title, published time, text,
enclosure) is weighed. Two errors are possible, and losing an article is the worse one: in doubt it is a new article.

Everything here is pure: the store hands in what is known, and gets back what to record.

    entries ─read_document─▶ keys ─SELECT─▶ known ─decide─▶ fresh, seen, problems
    fresh + its page ─page_keys─▶ SELECT ─known─▶ same_article ─▶ a known post, or a new one with these keys
"""

from ingestd.identity.decide import Decisions, FreshEntry, SeenEntry, decide
from ingestd.identity.evidence import TEXT_WINDOW, Evidence, Profile, similar_texts, similar_titles, weigh
from ingestd.identity.explain import Explanation, KnownKey, explain
from ingestd.identity.keyed_entries import KeyedEntries, key_entries
from ingestd.identity.keys import (
    CANONICAL,
    FINAL,
    GUID,
    KINDS,
    LINK,
    NUMBER,
    Key,
    entry_from_url,
    entry_keys,
    entry_link,
    guid_key,
)
from ingestd.identity.page_keys import page_keys
from ingestd.identity.same_article import same_article
from ingestd.model.post import KnownPost

__all__ = [
    "CANONICAL",
    "FINAL",
    "GUID",
    "KINDS",
    "LINK",
    "NUMBER",
    "TEXT_WINDOW",
    "Decisions",
    "Evidence",
    "Explanation",
    "FreshEntry",
    "Key",
    "KeyedEntries",
    "KnownKey",
    "KnownPost",
    "Profile",
    "SeenEntry",
    "decide",
    "entry_from_url",
    "entry_keys",
    "entry_link",
    "explain",
    "guid_key",
    "key_entries",
    "page_keys",
    "same_article",
    "similar_texts",
    "similar_titles",
    "weigh",
]
