"""When permanent redirects become the source's new address. Pure."""

from collections.abc import Sequence

from ingestd.model.http import Redirect

#: Successful polls in a row that must have been redirected to the same URL.
MIN_CONFIRMING_POLLS = 3
_PERMANENT = frozenset({301, 308})


def moved(source_url: str, chains: Sequence[Sequence[Redirect]]) -> str | None:
    """The URL that a source has moved to, or None.

    `chains` are the redirect chains of its latest successful polls, oldest first; empty for a poll without redirects.
    The source has moved when the last `MIN_CONFIRMING_POLLS` chains begin at its stored URL, end at one URL, hold
    permanent redirects (301, 308) only, and never go from https to http. Only successful polls count: their target was
    read as a feed.
    """
    recent = chains[-MIN_CONFIRMING_POLLS:]
    if len(recent) < MIN_CONFIRMING_POLLS or not all(_is_permanent(source_url, chain) for chain in recent):
        return None
    targets = {chain[-1].location for chain in recent}
    target = targets.pop()
    return target if not targets and target != source_url else None


def leads_to(source_url: str, chains: Sequence[Sequence[Redirect]]) -> str | None:
    """Where the latest successful poll was redirected permanently (a move not yet confirmed), or None."""
    last = chains[-1] if chains else ()
    return last[-1].location if _is_permanent(source_url, last) else None


def _is_permanent(source_url: str, chain: Sequence[Redirect]) -> bool:
    if not chain or chain[0].url != source_url:
        return False
    return all(hop.status in _PERMANENT and not (_is_tls(hop.url) and not _is_tls(hop.location)) for hop in chain)


def _is_tls(url: str) -> bool:
    return url.lower().startswith("https:")
