"""A request on its way through redirects: its state, where a redirect leads, and which headers follow. Pure."""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin

from yarl import URL

from ingestd.fetch.guard import Guard, parse_url
from ingestd.fetch.limits import MAX_REDIRECTS
from ingestd.fetch.proxies import resolves_remotely
from ingestd.fetch.request_headers import fits_header
from ingestd.fetch.response_status import Headers
from ingestd.identity.urls import shown_url
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.http import Redirect, Request
from ingestd.text.characters import printable

#: RFC 9110, section 15.4. 300 and 305 are not followed.
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
#: Cookies of one host within one redirect chain, and their characters together.
MAX_COOKIES = 20
MAX_COOKIE_CHARS = 4096

# What a Location may contain besides letters and digits; every other byte is percent-encoded.
_LOCATION_SAFE = "%:/?#[]@!$&'()*+,;=-._~|^{}\\"

# A scheme, if any, and the slashes before an authority; and the authority.
_AUTHORITY = re.compile(rb"((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)([^/?#\\]+)")


class RedirectCookies:
    """The cookies of one redirect chain, host by host, discarded with it.

    Some sites set a cookie and redirect to the same URL until it is sent back. No cookie is kept between requests.
    """

    def __init__(self) -> None:
        self._jars: dict[str, dict[str, str]] = {}
        self._secure: set[tuple[str, str]] = set()

    def store(self, url: URL, set_cookies: list[str]) -> None:
        """Keep the cookies of the Set-Cookie headers that the response at `url` had (RFC 6265, section 5.2)."""
        host = url.raw_host or ""
        for line in set_cookies:
            pair, _, attributes = line.partition(";")
            name, equals, value = (part.strip() for part in pair.partition("="))
            jar = self._jars.setdefault(host, {})
            if not equals or not name or not fits_header(name + value):
                continue
            if len(jar) < MAX_COOKIES and sum(map(len, jar.values())) + len(pair) <= MAX_COOKIE_CHARS:
                jar[name] = value
            if "secure" in (part.strip().lower() for part in attributes.split(";")):
                self._secure.add((host, name))

    def header(self, url: URL) -> str | None:
        """The Cookie header for a request to `url`, None where it has none. Secure cookies are for https alone."""
        host = url.raw_host or ""
        pairs = [
            f"{name}={value}"
            for name, value in self._jars.get(host, {}).items()
            if url.scheme == "https" or (host, name) not in self._secure
        ]
        return "; ".join(pairs) or None


@dataclass(slots=True)
class RequestState:
    """One request on its way through redirects.

    `url` is the next hop; `source_headers` are the source's own headers, empty once the request has left their origin;
    `time_left_s` is left for all hops together; `prefix_bytes` limits how much of the body is read (0: all of it);
    `posted` makes it a POST; `bypass_caches` asks caches on the way to revalidate (RFC 9111, section 5.2.1.4).
    """

    request: Request
    url: URL
    source_headers: Mapping[str, str]
    proxy: str | None
    ca_file: str | None
    time_left_s: float
    prefix_bytes: int = 0
    posted: bytes | None = None
    bypass_caches: bool = False
    redirects: list[Redirect] = field(default_factory=list)
    cookies: RedirectCookies = field(default_factory=RedirectCookies)
    visited: set[tuple[str, str | None]] = field(default_factory=set)

    def visit(self) -> None:
        """Note that the next hop is about to be requested.

        Raises `PermanentError` (`REDIRECT_FAILED`) where it was requested before with the same cookies.
        """
        step = (str(self.url), self.cookies.header(self.url))
        if step in self.visited:
            reason = "the server redirects in a circle"
            raise PermanentError(Outcome.REDIRECT_FAILED, reason, http_status=self.redirects[-1].status)
        self.visited.add(step)

    def redirect(self, response: "HopResponse", guard: Guard) -> None:
        """Make the target of a redirect the next hop.

        Raises `PermanentError`: `REDIRECT_FAILED` after `MAX_REDIRECTS` and for a target that is no usable URL,
        `ADDRESS_REFUSED` for one that the guard refuses.
        """
        if len(self.redirects) >= MAX_REDIRECTS:
            reason = f"the server redirects more than {MAX_REDIRECTS} times"
            raise PermanentError(Outcome.REDIRECT_FAILED, reason, http_status=response.status)
        text = redirect_target(self.url, response.location, response.status)
        url = guard.check_url(text, proxied=resolves_remotely(self.proxy))
        requested = str(self.url) if self.redirects else self.request.url
        self.redirects.append(Redirect(response.status, requested, str(url)))
        if not keeps_source_headers(self.url, url):
            self.source_headers = {}
        self.url = url


@dataclass(frozen=True, slots=True)
class HopResponse:
    """The response of one hop. `location` is a redirect's Location as received; `body` is empty where not read."""

    status: int
    headers: Headers
    location: bytes | None = None
    body: bytes = b""


def redirect_target(base: URL, location: bytes | None, status: int) -> str:
    """The absolute URL that a redirect names (RFC 9110, section 10.2.2). Never from https to http.

    Non-ASCII bytes in `location` are percent-encoded as they are, because their charset is unknown; a host in UTF-8
    stays text, as in browsers (WHATWG URL, section 3.5: its percent-encoded form is no host). An http URL with
    the default port behind an https one is requested over https. Raises `PermanentError` (`REDIRECT_FAILED`) where
    there is no URL, or only an http one behind an https one.
    """
    text = _location_text((location or b"").strip())
    if not text:
        raise _redirect_failed(f"the server redirects ({status}) without saying where to")
    try:
        joined = urljoin(str(base), text)
    except ValueError as error:
        raise _redirect_failed(f"the server redirects to {printable(text, 120)}, which is no address") from error
    if base.scheme == "https" and joined.lower().startswith("http:"):
        return _upgrade_to_https(joined)
    return joined


def keeps_source_headers(old: URL, new: URL) -> bool:
    """Whether a source's own headers (cookies, authorisation, keys) may be sent to a redirect's target.

    They are sent to the same origin (RFC 6454, section 4: scheme, host and port), and to the same host when it
    upgrades from http to https with default ports.
    """
    if old.raw_host != new.raw_host:
        return False
    upgraded = (old.scheme, old.port, new.scheme, new.port) == ("http", 80, "https", 443)
    return upgraded or (old.scheme, old.port) == (new.scheme, new.port)


def _location_text(location: bytes) -> str:
    found = _AUTHORITY.match(location)
    if found is not None and not found[2].isascii():
        with contextlib.suppress(UnicodeDecodeError):
            return found[1].decode() + found[2].decode() + quote(location[found.end() :], safe=_LOCATION_SAFE)
    return quote(location, safe=_LOCATION_SAFE)


def _upgrade_to_https(text: str) -> str:
    url = parse_url(text)
    if url.explicit_port not in (None, 80):
        reason = f"the server redirects from https to {shown_url(text)}, which anybody on the way can read"
        raise _redirect_failed(reason)
    return str(url.with_scheme("https").with_port(None))


def _redirect_failed(reason: str) -> PermanentError:
    return PermanentError(Outcome.REDIRECT_FAILED, reason)
