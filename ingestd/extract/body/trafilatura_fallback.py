"""A fallback candidate for the article: the result of trafilatura. The only module that imports trafilatura.

The import takes half a second, so it happens at the first page that needs it.
"""

import importlib
import logging
from functools import lru_cache
from types import ModuleType

#: Longer pages are not given to trafilatura.
_MAX_PAGE_CHARS = 1_000_000


@lru_cache(maxsize=1)
def _trafilatura() -> ModuleType:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return importlib.import_module("trafilatura")


def extract_with_trafilatura(text: str, url: str) -> str:
    """The article that trafilatura finds in a page, as HTML that is not cleaned yet; "" where it finds none."""
    if len(text) > _MAX_PAGE_CHARS:
        return ""
    try:
        found = _trafilatura().extract(
            text,
            url=url,
            output_format="html",
            include_comments=False,
            include_tables=True,
            include_images=True,
            include_links=True,
            include_formatting=True,
            deduplicate=False,
        )
    except Exception:  # noqa: BLE001  the candidate is optional: an error inside trafilatura loses this candidate only
        return ""
    return str(found or "")
