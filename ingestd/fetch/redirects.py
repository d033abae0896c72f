"""Where a redirect leads, and what goes along. Pure."""

from urllib.parse import quote, urljoin

from yarl import URL

from ingestd.fetch.guard import parse_url, printable, shown_url
from ingestd.model.errors import Outcome, PermanentError

FOLLOWED = frozenset({301, 302, 303, 307, 308})

Pairs = tuple[tuple[str, str], ...]

# What a Location may hold besides letters and digits: the rest is percent-encoded as the bytes that arrived.
_SAFE = "%:/?#[]@!$&'()*+,;=-._~|^{}\\"
MAX_COOKIES = 20
MAX_COOKIE_SIZE = 4096


def target(base: URL, location: bytes | None, status: int) -> str:
    """The absolute address that a redirect names. Never from https to http.

    Non-ASCII bytes in `location` are percent-encoded as they are, whatever their charset: only the site knows it. An
    http address of the default port behind an https one is asked for over https. Raises `PermanentError`
    (`REDIRECT_FAILED`) where there is no address, or only one that would be read in the open.
    """
    text = quote((location or b"").strip(), safe=_SAFE)
    if not text:
        raise _failed(f"the server redirects ({status}) without saying where to")
    try:
        joined = urljoin(str(base), text)
    except ValueError as problem:
        raise _failed(f"the server redirects to {printable(text, 120)}, which is no address") from problem
    if base.scheme == "https" and joined.lower().startswith("http:"):
        return _over_tls(joined)
    return joined


def _over_tls(text: str) -> str:
    url = parse_url(text)
    if url.explicit_port not in (None, 80):
        raise _failed(f"the server redirects from https to {shown_url(text)}, which anybody on the way can read")
    return str(url.with_scheme("https").with_port(None))


def _failed(reason: str) -> PermanentError:
    return PermanentError(Outcome.REDIRECT_FAILED, reason)


def keeps_secrets(old: URL, new: URL) -> bool:
    """Whether a source's own headers (cookies, authorisation, keys) may go along to the next hop.

    They may where it is the same host and port, or the same host moving up to https.
    """
    if old.raw_host != new.raw_host:
        return False
    upgraded = (old.scheme, old.port, new.scheme, new.port) == ("http", 80, "https", 443)
    return upgraded or (old.scheme, old.port) == (new.scheme, new.port)


class ChainCookies:
    """The cookies of one chain of redirects, host by host, gone with the chain.

    Some sites set a cookie and redirect to the same address until it comes back. Nothing is kept between requests:
    a reader of feeds has no session to hold.
    """

    def __init__(self) -> None:
        self._jars: dict[str, dict[str, str]] = {}
        self._secure: set[tuple[str, str]] = set()

    def take(self, url: URL, set_cookies: list[str]) -> None:
        """Remember what an answer at `url` set."""
        host = url.raw_host or ""
        for line in set_cookies:
            pair, _, attributes = line.partition(";")
            name, equals, value = (part.strip() for part in pair.partition("="))
            jar = self._jars.setdefault(host, {})
            if not equals or not name or not _plain(name + value):
                continue
            if len(jar) < MAX_COOKIES and sum(map(len, jar.values())) + len(pair) <= MAX_COOKIE_SIZE:
                jar[name] = value
            if "secure" in (part.strip().lower() for part in attributes.split(";")):
                self._secure.add((host, name))

    def header(self, url: URL) -> str | None:
        """The Cookie header for the next request to `url`, None where it has none."""
        host = url.raw_host or ""
        pairs = [
            f"{name}={value}"
            for name, value in self._jars.get(host, {}).items()
            if url.scheme == "https" or (host, name) not in self._secure
        ]
        return "; ".join(pairs) or None


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
