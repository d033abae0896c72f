"""The bounds that the client keeps whatever the configuration says, and the settings that it takes."""

from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

#: Bytes on the wire of one compressed body.
MAX_WIRE_BYTES = 12_000_000
#: Bytes of one response's header section, the number of its fields, and bytes of one field or of the status line.
MAX_HEAD_BYTES = 256 * 1024
MAX_HEADERS = 128
MAX_HEADER_LINE_BYTES = 32 * 1024
#: Characters of a URL.
MAX_URL_CHARS = 4096
MAX_REDIRECTS = 5
#: Bytes of a robots.txt that are read; the rest is ignored (RFC 9309, section 2.5, asks for 500 KiB at least).
MAX_ROBOTS_BYTES = 500 * 1024

#: Seconds for one name lookup, for one TCP and TLS handshake, and between two reads of a response.
DNS_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
#: The longest wait that a Retry-After can ask for, in seconds: a day.
MAX_RETRY_AFTER_S = 86_400.0


class FetchLimits(Protocol):
    """The settings that the client takes: any object with these attributes, such as the `[fetch]` configuration.

    `concurrency` requests in flight over all hosts and `per_host` on one; `min_delay` seconds between two starts on
    one host; `timeout` seconds for one request with its redirects, waits for politeness not counted; `max_body` bytes
    decompressed; `proxy` an http, https, socks5 or socks5h URL for every request that names none of its own.
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
