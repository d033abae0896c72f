"""What the client may spend: the user's settings, and the bounds that are nobody's taste."""

from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

#: Bytes on the wire of one body, before decompression.
MAX_WIRE = 12_000_000
#: Bytes of one answer's status line and headers, all together, and how many headers.
MAX_HEAD = 256 * 1024
MAX_HEADERS = 128
#: Bytes of one header or of the status line.
MAX_HEADER_LINE = 32 * 1024
#: Characters of an address.
MAX_URL = 4096
MAX_REDIRECTS = 5
#: Bytes of a robots.txt that are read; the rest is ignored (RFC 9309, 2.5).
MAX_ROBOTS = 500 * 1024

#: Seconds for one name lookup, for one TCP and TLS handshake, and between two pieces of an answer.
DNS_S = 5.0
CONNECT_S = 5.0
READ_S = 10.0
#: The longest wait that a site can ask for (Retry-After), in seconds: a day.
MAX_RETRY_AFTER_S = 86_400.0


class FetchLimits(Protocol):
    """The settings that the client takes: any object with these attributes, such as the `[fetch]` configuration.

    `concurrency` requests in flight over all hosts and `per_host` on one; `min_delay` seconds between two starts on
    one host; `timeout` seconds for one request with its redirects, waits for politeness not counted; `max_body` bytes
    decompressed; `proxy` an http, https, socks5 or socks5h address for every request that names none of its own.
    """

    @property
    def concurrency(self) -> int: ...
    @property
    def per_host(self) -> int: ...
    @property
    def min_delay(self) -> float: ...
    @property
    def timeout(self) -> float: ...
    @property
    def max_body(self) -> int: ...
    @property
    def allow_private_networks(self) -> bool: ...
    @property
    def allow_networks(self) -> tuple[IPv4Network | IPv6Network, ...]: ...
    @property
    def robots(self) -> bool: ...
    @property
    def user_agent(self) -> str: ...
    @property
    def proxy(self) -> str | None: ...
