"""By which rules and code the content of a post was made: the column `posts.extraction_version`.

A version is `feed 1` where the feed alone gave the content, and `feed 1, page 1, settings 0a1b2c3d` where a page was
read. Two versions that differ say that a difference between two texts may be ours, and not the site's.
"""

import hashlib
from functools import lru_cache
from importlib.metadata import version as installed_version

from ingestd.model.source import SiteRule

#: Raised with each change of what the feed's own text becomes: clean HTML, plain text, digests.
FEED_CODE_VERSION = 10
#: Raised with each change of what a page becomes.
#: `tests/extract/test_version.py` compares recorded outputs, and says when one of the two must be raised.
PAGE_CODE_VERSION = 13

#: Libraries whose versions change what a page becomes.
_LIBRARIES = ("lxml", "nh3")
_SETTINGS_DIGITS = 8
_SEPARATOR = ", "


def feed_version() -> str:
    """The version of content that is made of the feed's own text alone."""
    return f"feed {FEED_CODE_VERSION}"


@lru_cache(maxsize=1024)
def page_version(rules: tuple[SiteRule, ...], mode: str) -> str:
    """The version of content for which a page is read, under site rules and with `article = mode`."""
    # Selectors of author and date change no content.
    selectors = [(rule.select, rule.remove, rule.title, rule.next_page) for rule in rules]
    settings = repr(([found for found in selectors if any(found)], mode, _library_versions())).encode()
    digest = hashlib.sha256(settings).hexdigest()[:_SETTINGS_DIGITS]
    return _SEPARATOR.join((feed_version(), f"page {PAGE_CODE_VERSION}", f"settings {digest}"))


def is_same_feed_code(first: str | None, second: str | None) -> bool:
    """Whether two versions read the feed's own text with the same code. False where one is not known."""
    return first is not None and second is not None and _feed_part(first) == _feed_part(second) != ""


def with_feed_part_of(made: str | None, before: str | None) -> str | None:
    """The version of content that was extracted again from a page and from a feed's text as `before` made it."""
    if made is None:
        return None
    parts = [part for part in made.split(_SEPARATOR) if part != _feed_part(made)]
    return _SEPARATOR.join([part for part in (_feed_part(before or ""),) if part] + parts)


def _feed_part(version: str) -> str:
    first = version.partition(_SEPARATOR)[0]
    return first if first.startswith("feed ") else ""


@lru_cache(maxsize=1)
def _library_versions() -> tuple[str, ...]:
    return tuple(installed_version(name) for name in _LIBRARIES)
