"""Parameters that all links of a document have with one value: of a session, or the time of the request.

They tell no entry from another, and have another value at the next request: each link is new then. Without them a link
is a key of its article within its source, which never suffices without other evidence.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from ingestd.identity.keys import MAX_GUID_CHARS

#: Follows the number of the source in such a key.
_MARK = ":#~"
# The name of a session, or a time in seconds or finer. Days are those of articles.
_CHANGING_VALUE = re.compile(r"\d{10,16}|(?=\D*\d)[\w.\-]{16,128}")
_DAY = re.compile(r"(?:19|20)\d{2}-?(?:0[1-9]|1[0-2])-?[0-3]\d.*")


def common_parameters(links: Sequence[str]) -> frozenset[str]:
    """The parameters (`name=value`) that all of at least two different links have, and whose value may change."""
    return _shared_parameters(links) if len(set(links)) > 1 else frozenset()


def changing_parameters(link: str) -> frozenset[str]:
    """The parameters of a link whose value may change. Of one link alone nobody can tell which of them do."""
    return _shared_parameters([link])


def _shared_parameters(links: Sequence[str]) -> frozenset[str]:
    if not all("?" in link for link in links):
        return frozenset()
    first, *others = (set(urlsplit(link).query.split("&")) for link in links)
    return frozenset(pair for pair in first.intersection(*others) if _may_change(pair.partition("=")[2]))


def _may_change(value: str) -> bool:
    return _CHANGING_VALUE.fullmatch(value) is not None and _DAY.fullmatch(value) is None


def key_without(link: str, common: frozenset[str], source_id: int) -> str | None:
    """The key of a link without these parameters; None where it would be too long."""
    parts = urlsplit(link)
    query = "&".join(pair for pair in parts.query.split("&") if pair not in common)
    key = f"{source_id}{_MARK}{urlunsplit(parts._replace(query=query))}"
    return key if len(key) <= MAX_GUID_CHARS else None


def is_without_parameters(key: str | None) -> bool:
    """Whether a key is one of these."""
    return key is not None and _MARK in key[:24]
