"""Page → Article: charset, site rules, generic extractor, metadata, cleaning. Pure: no network, no files, no clock.

What is named here is imported when it is first asked for: `SiteRules` alone needs little of the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestd.extract.article import extract_article
    from ingestd.extract.batch import extract_entries
    from ingestd.extract.body.completeness import feed_is_whole
    from ingestd.extract.rules.site_rules import SiteRules, load_rules

__all__ = ["SiteRules", "extract_article", "extract_entries", "feed_is_whole", "load_rules"]

_PLACES = {
    "SiteRules": "rules",
    "extract_article": "article",
    "extract_entries": "batch",
    "feed_is_whole": "whole",
    "load_rules": "rules",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
