"""The state of a source in words, and advice for the user."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Cause, Outcome
from ingestd.model.feed import ZoneOrigin
from ingestd.policy.schedule import LONG_FAILURE
from ingestd.text.script_language import script_language

_ASSUMPTIONS = {
    ZoneOrigin.LANGUAGE: "that of its language",
    ZoneOrigin.TEXT: "that of the language of its texts",
    ZoneOrigin.HTTP_DATE: "one by the time of its answer",
    ZoneOrigin.ASSUMED: "UTC",
}

_ADVICE: dict[Outcome, str] = {
    Outcome.OK: "",
    Outcome.NOT_MODIFIED: "",
    Outcome.UNCHANGED: "",
    Outcome.DNS_FAILED: "The name has no address just now. Check its spelling, and this machine's DNS.",
    Outcome.CONNECT_FAILED: "The server does not accept connections. It is tried again; check the port and a firewall.",
    Outcome.TIMEOUT: "The server is too slow or does not answer. It is tried again; `timeout` can be raised.",
    Outcome.CONNECTION_LOST: "The server breaks off before its answer is complete. It is tried again.",
    Outcome.RATE_LIMITED: "The site wants fewer requests. We wait as it asks; raise the source's `interval`.",
    Outcome.SERVER_ERROR: "The site itself has a fault. It is tried again; nothing to do here.",
    Outcome.OFFLINE: "Nothing can be reached from this machine. Check its network; no source is blamed.",
    Outcome.INTERRUPTED: "The poll was stopped on the way and is made up for.",
    Outcome.STORE_FAILED: "The database could not be written. Check the disk's space and the file's permissions.",
    Outcome.INTERNAL_ERROR: "A fault of ingestd or of this machine. Please report it with the log of this poll.",
    Outcome.FEED_TRUNCATED: "The feed breaks off before its first entry. It is tried again; else tell its owner.",
    Outcome.LOCAL_FEED_FAILED: "A file or program of this machine gave no feed. Try it by hand, as the daemon's user.",
    Outcome.LOCAL_FAULT: "This machine has run out of files, threads or memory. Raise its limits; no source is blamed.",
    Outcome.TLS_FAILED: "Tell the site's owner, or use its http address if it has one.",
    Outcome.ADDRESS_REFUSED: "This address is never fetched. Correct it.",
    Outcome.UNAUTHORIZED: "Set `username`, and `password` or `password_file`, for this source; or correct them.",
    Outcome.FORBIDDEN: "The site refuses this program. Ask its owner, or look for another address of the feed.",
    Outcome.CHALLENGE: "A bot challenge stands before it, which only browsers pass. Ask the owner to let us in.",
    Outcome.NOT_FOUND: "The feed is not at this address any more. `ingestd sources discover` on the site may find it.",
    Outcome.GONE: "The site has withdrawn the feed, so the source is paused. Remove it, or give it its new address.",
    Outcome.HTTP_ERROR: "The site does not accept the request. Check the address.",
    Outcome.PROTOCOL_ERROR: "The answer is not proper HTTP. Check address and port; tell the site's owner.",
    Outcome.REDIRECT_FAILED: "The redirects lead nowhere. Open the address in a browser, and configure where it ends.",
    Outcome.TOO_LARGE: "The feed is larger than allowed. If that is right, raise `max_body`.",
    Outcome.BAD_ENCODING: "The compressed answer cannot be read. Tell the site's owner.",
    Outcome.NOT_A_FEED: "The address serves something else. `ingestd sources discover` may find the feed.",
    Outcome.ROBOTS_DISALLOWED: "Its robots.txt keeps programs from this page. Ask its owner, or look for a feed.",
    Outcome.FEED_BROKEN: "The feed is damaged beyond repair. Tell its owner; it is tried again.",
    Outcome.FEED_TOO_COSTLY: "The feed takes too much time or memory to read. It is tried again.",
}

_ADVICE_BY_CAUSE: dict[Cause, str] = {
    Cause.NOT_PUBLIC: "If it is yours, name it in `allow_networks`.",
    Cause.PORT: "Of the ports below 1024 only 80 and 443 are asked: serve it from another one.",
    Cause.PROXY_LOGIN: "Write them into the address of the `proxy`: http://NAME:PASSWORD@HOST:PORT.",
    Cause.UNKNOWN_ISSUER: (
        "Mostly the server leaves out an intermediate certificate: tell its owner. If you have the certificate and "
        "trust it, name its file in `ca_file` of this source."
    ),
    Cause.SELF_SIGNED: "If the server is yours, name the certificate's file in `ca_file` of this source.",
    Cause.EXPIRED: "Tell its owner; check this machine's clock if others fail so too.",
    Cause.NOT_YET_VALID: "Check this machine's clock.",
    Cause.WRONG_NAME: "Check the address; else tell its owner.",
    Cause.OLD_TLS: "Its owner must update the server. Use its http address if it has one.",
    Cause.NO_TLS: "Write http:// in place of https://, or check the port.",
    Cause.LINKS: "`ingestd sources check` shows what is taken: try another `links` there.",
    Cause.KIND: "Correct the source in the configuration.",
}


def advice(outcome: Outcome, reason: str = "") -> str:
    """What a user can do about an outcome, in a sentence or two; empty where all is well.

    `reason` is the error's own words, which may name a `Cause`.
    """
    by_cause = next((text for cause, text in _ADVICE_BY_CAUSE.items() if cause in reason), None)
    return by_cause or _ADVICE.get(outcome, "It is tried again.")


def health(
    outcome: Outcome,
    reason: str = "",
    *,
    failures: int = 0,
    failing_since: datetime | None = None,
    now: datetime,
    feed_url: str | None = None,
    moved_to: str | None = None,
) -> str:
    """One line about a source for `status`: what happened, for how long, and what to do.

    `reason` is the last error's own words, `feed_url` a feed found on the page that the address now serves, `moved_to`
    where permanent redirects lead that are not yet confirmed.
    """
    if outcome in SUCCESSFUL_OUTCOMES:
        return f"moved to {moved_to}" if moved_to else "well"
    parts = [reason or outcome.value.replace("-", " ")]
    if failing_since is not None and failures > 1:
        parts.append(f"failing for {_span(now - failing_since)}, {failures} times in a row")
    text = "; ".join(parts).rstrip(".") + "."
    if feed_url and outcome in (Outcome.NOT_A_FEED, Outcome.NOT_FOUND, Outcome.GONE):
        return f"{text} Its feed seems to be {feed_url}: set that address."
    if moved_to:
        return f"{text} It redirects to {moved_to}."
    return f"{text} {advice(outcome, reason)}".strip()


def zone_remark(origin: ZoneOrigin | None, language: str | None, text: str = "") -> str | None:
    """What is assumed about dates without a zone, and the line of configuration that settles it.

    `origin` is where the zone of a source's dates came from, `language` the language that its entries state, `text`
    the beginning of one of them. None where the dates state their zone, or the configuration does.
    """
    if origin not in _ASSUMPTIONS:
        return None
    from ingestd.text.dates.time_zones import zone_of_language  # slow to import, and polls do without

    zone = zone_of_language(script_language(text) if origin is ZoneOrigin.TEXT else language)
    line = f'timezone = "{zone.key if isinstance(zone, ZoneInfo) else "Area/City"}"'
    return f"its dates state no zone; {_ASSUMPTIONS[origin]} is assumed: add `{line}` to the source"


def is_dead(failing_since: datetime | None, now: datetime) -> bool:
    """Whether a source has failed for so long that it is polled only once a week."""
    return failing_since is not None and now - failing_since >= LONG_FAILURE


def _span(duration: timedelta) -> str:
    seconds = max(int(duration.total_seconds()), 0)
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "a moment"
