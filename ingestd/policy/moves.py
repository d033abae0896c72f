"""When a redirect has become the source's new address."""

from collections.abc import Sequence

from ingestd.model.http import Redirect

#: Polls in a row that must have ended at the same place.
CONFIRMATIONS = 3
_PERMANENT = frozenset({301, 308})


def moved(source_url: str, chains: Sequence[Sequence[Redirect]]) -> str | None:
    """The address that a source has moved to, or None.

    `chains` are the redirects of its latest good polls, oldest first, an empty one for a poll without. The source has
    moved when the last three all led to one place by permanent redirects (301, 308) alone, beginning at its stored
    address, and never from https to http. Good polls only: the target must have been read as a feed.
    """
    recent = chains[-CONFIRMATIONS:]
    if len(recent) < CONFIRMATIONS or not all(_is_permanent(source_url, chain) for chain in recent):
        return None
    targets = {chain[-1].location for chain in recent}
    target = targets.pop()
    return target if not targets and target != source_url else None


def leads_to(source_url: str, chains: Sequence[Sequence[Redirect]]) -> str | None:
    """Where the latest good poll was redirected for good, None where it was not: a move not yet confirmed."""
    last = chains[-1] if chains else ()
    return last[-1].location if _is_permanent(source_url, last) else None


def _is_permanent(source_url: str, chain: Sequence[Redirect]) -> bool:
    if not chain or chain[0].url != source_url:
        return False
    return all(hop.status in _PERMANENT and not (_is_tls(hop.url) and not _is_tls(hop.location)) for hop in chain)


def _is_tls(url: str) -> bool:
    return url.lower().startswith("https:")
