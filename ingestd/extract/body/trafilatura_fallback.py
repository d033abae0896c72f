"""A second opinion on where the article is: trafilatura. The only door to it.

Importing trafilatura takes half a second, so it is imported when the first unsure page asks for it.
"""

import importlib
import logging
from functools import lru_cache
from types import ModuleType

_MAX_PAGE_CHARS = 1_000_000


@lru_cache(maxsize=1)
def _trafilatura() -> ModuleType:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return importlib.import_module("trafilatura")


def extract_with_trafilatura(text: str, url: str) -> str:
    """The article as trafilatura sees it, as HTML that is not cleaned yet; "" where it finds none."""
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
    except Exception:  # noqa: BLE001  an opinion is optional: whatever trips the library, the page has other candidates
        return ""
    return str(found or "")
