"""Where a request may go: schemes, ports and addresses. Pure; the resolver and the connector ask here.

An address is checked when a connection is about to be made, not when its name is read, so a name that changes its
address between two requests (DNS rebinding) gains nothing. The networks are those that IANA's registries of
special-purpose addresses (RFC 6890) call not globally reachable, written out because `ipaddress.is_global` differs
between Python versions.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

from ingestd.fetch.limits import MAX_URL_CHARS
from ingestd.model.errors import Cause, Outcome, PermanentError
from ingestd.text.characters import printable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_V4: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_REFUSED_V6: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
#: What `allow_private_networks` does not let through: no server can have such an address.
_NEVER_ALLOWED_KINDS = ("multicast", "reserved", "this network", "unspecified")

_PRIVATE_SUFFIXES = (".local", ".internal", ".intranet", ".lan", ".home", ".home.arpa", ".corp", ".localdomain")

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}(?:%[0-9A-Za-z._-]{1,20})?")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_NUMERIC_LABEL = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


class Guard:
    """Checks URLs and addresses against the user's settings.

    `allow_networks` are allowed exactly as written: 127.0.0.1/32 does not let 127.0.0.2 through.
    """

    def __init__(self, *, allow_private_networks: bool = False, allow_networks: Iterable[Network] = ()) -> None:
        self._allow_private = allow_private_networks
        self._allow = tuple(allow_networks)
        self.refusal = lru_cache(maxsize=4096)(self._refusal)

    def _refusal(self, address: Address) -> str | None:
        """Why an address is refused, in a word or two; None where it is allowed. Cached as `refusal`."""
        if any(address in network for network in self._allow):
            return None
        kind = special_purpose(address)
        if kind is not None and self._allow_private and kind not in _NEVER_ALLOWED_KINDS:
            return None
        return kind

    def check_addresses(self, host: str, addresses: Iterable[Address]) -> None:
        """Check the addresses of a name. Raises `PermanentError` (`ADDRESS_REFUSED`) where any of them is refused.

        A refused address among public ones is the sign of a rebinding attack, so the others are refused with it.
        """
        for address in addresses:
            kind = self.refusal(address)
            if kind is not None:
                raise address_refused(f"{host} is at {address}, which is {Cause.NOT_PUBLIC} ({kind})")

    def check_url(self, text: str, *, proxied: bool = False) -> URL:
        """Parse and check a URL that is about to be requested; gives it as it will be requested.

        With `proxied`, a proxy resolves names, so names of private networks are refused too. Raises `PermanentError`:
        `ADDRESS_REFUSED` for other schemes than http and https, credentials, ports below 1024 other than 80 and 443,
        and literal addresses that are not public in any notation; `HTTP_ERROR` for text that is no URL.
        """
        url = parse_url(text)
        if url.scheme not in ("http", "https"):
            raise address_refused(
                f"only http and https are fetched, not {printable(url.scheme, 20) or 'an address without one'}"
            )
        if url.raw_user or url.raw_password or "@" in url.raw_authority:
            raise address_refused(
                "an address with a user name or password in it is not fetched: set them as a header instead"
            )
        port = url.port
        if port is None or port == 0 or (port < 1024 and port not in (80, 443)):
            raise address_refused(f"port {port} {Cause.PORT}")
        literal = literal_address(url.raw_host or "")
        if literal is None:
            if proxied:
                self._check_local_name(url.raw_host or "")
            return url
        self.check_addresses("the address", [literal])
        return url.with_host(str(literal))

    def _check_local_name(self, host: str) -> None:
        name = host.rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):
            self.check_addresses("localhost", [IPv4Address("127.0.0.1")])
        elif not self._allow_private and ("." not in name or name.endswith(_PRIVATE_SUFFIXES)):
            raise address_refused(f"{printable(host, 80)} is a name of a private network")


def special_purpose(address: Address) -> str | None:
    """What a special-purpose address is for (IANA's registries, RFC 6890); None for a public one."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _REFUSED_V4 if address in network), None)
    if address.scope_id is not None:
        return "link-local"
    kind = next((kind for network, kind in _REFUSED_V6 if address in network), None)
    return kind or (None if address in _GLOBAL_V6 else "reserved")


def literal_address(host: str) -> Address | None:
    """The address of a host that is no name: IPv6, or IPv4 in decimal, octal, hexadecimal or with fewer parts.

    Follows the WHATWG URL standard's host parser: a host whose last label is a number is an IPv4 address or invalid.
    Gives None for names. Raises `PermanentError` (`ADDRESS_REFUSED`) for invalid ones.
    """
    if ":" in host:
        try:
            return ip_address(host)
        except ValueError:
            raise address_refused(f"{printable(host, 60)} is not an address") from None
    labels = host.rstrip(".").split(".")
    if not _NUMERIC_LABEL.fullmatch(labels[-1]):
        return None
    try:
        return _read_ipv4(labels)
    except ValueError:
        raise address_refused(f"{printable(host, 60)} is not an address") from None


def _read_ipv4(labels: list[str]) -> IPv4Address:
    *front, last = [_read_number(label) for label in labels]
    if len(front) > 3 or any(part > 255 for part in front) or last >= 256 ** (4 - len(front)):
        raise ValueError("not an IPv4 address")
    return IPv4Address(last + sum(part << (24 - 8 * index) for index, part in enumerate(front)))


def _read_number(label: str) -> int:
    if not _NUMERIC_LABEL.fullmatch(label) or len(label) > 40:
        raise ValueError("not a number")
    if label[:2] in ("0x", "0X"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if label.startswith("0") else int(label)


def parse_url(text: str) -> URL:
    """Parse an absolute URL as it would be requested. Raises `PermanentError` (`HTTP_ERROR`) where it is none."""
    cleaned = text.strip()
    if len(cleaned) > MAX_URL_CHARS:
        raise PermanentError(Outcome.HTTP_ERROR, f"the address is longer than {MAX_URL_CHARS} characters")
    if _CONTROL.search(cleaned):
        cleaned = _CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", cleaned)
    try:
        url = URL(cleaned)
        port = url.port
    except (ValueError, UnicodeError) as error:
        raise PermanentError(Outcome.HTTP_ERROR, f"not a readable address: {printable(cleaned, 120)}") from error
    if url.scheme in ("http", "https") and (port is None or not _HOST.fullmatch(url.raw_host or "")):
        raise PermanentError(Outcome.HTTP_ERROR, f"not a readable address: {printable(cleaned, 120)}")
    return url


def address_refused(reason: str) -> PermanentError:
    """The error for a request that the guard refuses."""
    return PermanentError(Outcome.ADDRESS_REFUSED, reason)
