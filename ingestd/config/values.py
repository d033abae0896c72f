"""How values are written in the file: durations, sizes, proxies, networks, addresses, time zones, headers.

The annotated types are the fields' types in `settings`. A validator raises ValueError with a text for the user, which
never repeats a password.
"""

import hashlib
import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from ingestd.config.filter_rules import parse_filter_rule
from ingestd.identity.urls import has_http_scheme, host_key, serialise

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s?(ms|s|m|h|d|w)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"(\d{1,5})\s?(d|w|y)")
_AGE_UNIT_SECONDS = {"d": 86_400, "w": 604_800, "y": 365 * 86_400}
_MAX_AGE_S = 200 * 365 * 86_400
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s?(B|KB|MB|GB|KiB|MiB|GiB)")
_UNIT_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_MAX_DURATION_S = 10 * 365 * 86_400
_HOST_AND_PORT = re.compile(r"[^\s/]+:(\d{1,5})")
_MAX_PORT = 65_535
_HOST = re.compile(r"[^\s/@?#\\:]{1,253}(?::\d{1,5})?")
# A token of RFC 9110, section 5.6.2.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def parse_duration(value: object) -> object:
    """Seconds of a text such as `"90s"` or `"1.5h"`; units ms, s, m, h, d, w."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a duration is written as "30m": a number and one of ms, s, m, h, d, w')
    return float(match[1]) * _UNIT_SECONDS[match[2]]


def parse_age(value: object) -> object:
    """Seconds of an age such as `"90d"` or `"1y"`; units d, w, y (365 days)."""
    match = _AGE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError('an age is written as "90d": a whole number and one of d, w, y')
    return float(int(match[1]) * _AGE_UNIT_SECONDS[match[2]])


def parse_size(value: object) -> object:
    """Bytes of a text such as `"15MB"` (10^6) or `"15MiB"` (2^20)."""
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a size is written as "15MB": a number and one of B, KB, MB, GB, KiB, MiB, GiB')
    return int(float(match[1]) * _UNIT_BYTES[match[2]])


def check_proxy(value: str) -> str:
    """The URL of a proxy, unchanged; "" stands for no proxy."""
    parts = urlsplit(value or "http://none")
    try:
        valid = parts.scheme in _PROXY_SCHEMES and parts.hostname and parts.port != 0 and (value or "x").isprintable()
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("a proxy is an http://, https://, socks5:// or socks5h:// address")
    return value


def parse_networks(value: object) -> object:
    """The IP networks of a list such as `["127.0.0.1/32", "fd00::/8"]`."""
    if not isinstance(value, list):
        raise ValueError('a list of networks such as ["127.0.0.1/32"]')
    return tuple(ip_network(item) for item in value)


def names_a_file(path: str) -> bool:
    """Whether what stands behind `sqlite:///` is the path of a file: else SQLite would open a database in memory.

    Options behind a `?` are none of ingestd's, and could mean the same.
    """
    return path.strip() not in ("", ":memory:") and not any(char in path for char in "?\0")


def expand_home(path: str) -> str:
    """A path with the home directory for `~` or `~USER` at its start."""
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError as error:
        raise ValueError("no home directory is known for the ~ at its start: write the whole path") from error


def is_fetchable_url(value: str) -> bool:
    """Whether `value` is an absolute http(s) URL that the URL parser accepts."""
    return has_http_scheme(value) and serialise(value) is not None


def is_file_url(value: str) -> bool:
    """Whether `value` is the URL of a file of this machine."""
    return value.startswith("file:///") and value.isprintable() and len(value) > len("file:///")


def is_command_address(value: object) -> bool:
    """Whether `value` is what `command_address` gives."""
    return isinstance(value, str) and value.startswith("command:")


def command_address(command: object) -> str:
    """What stands for the address of a program: its path, and a hash of all its words, which may hold secrets.

    Raises ValueError where it is no list of words.
    """
    words = command if isinstance(command, list | tuple) else ()
    if not words or not all(isinstance(word, str) and word and "\0" not in word for word in words):
        raise ValueError('a program is a list of words such as ["/usr/local/bin/make-feed", "--all"]')
    if not str(words[0]).isprintable():
        raise ValueError("the program's path has characters that cannot be shown")
    return f"command:{words[0]}#{hashlib.sha256(repr(list(words)).encode('utf-8', 'replace')).hexdigest()[:8]}"


def check_host_and_port(value: str) -> str:
    """An address to listen on, `HOST:PORT`, unchanged."""
    if not (match := _HOST_AND_PORT.fullmatch(value)) or int(match[1]) > _MAX_PORT:
        raise ValueError('an address and a port such as "127.0.0.1:8088"')
    return value


def check_listen_address(value: str) -> str:
    """`HOST:PORT`, `unix:/path` or "", unchanged."""
    if value.startswith("unix:"):
        if not value.startswith("unix:/"):
            raise ValueError('a socket is written as "unix:/run/ingestd/metrics.sock"')
        return value
    return check_host_and_port(value) if value else value


def is_private_listener(value: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    host = value.rpartition(":")[0].strip("[]")
    try:
        return not value or value.startswith("unix:") or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_host(value: str) -> str:
    """A host name as the requests to it are counted (see `host_and_port_key`). Raises ValueError for anything else."""
    found = serialise(f"http://{value}/")
    if found is None or not _HOST.fullmatch(value):
        raise ValueError(f'a host is written as "example.org" or "example.org:8080", not {value!r}')
    return host_key(found)


def check_timezone(value: str) -> str:
    """The name of a time zone of the IANA database, unchanged."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no such time zone: {value!r} (write an IANA name such as Asia/Shanghai)") from error
    return value


def check_header_value(value: str) -> str:
    """The value of an HTTP header that ingestd itself sends, unchanged: printable ASCII on one line."""
    if not value.isascii() or not value.isprintable():
        raise ValueError("must be printable ASCII, as an HTTP header is")
    return value


def check_headers(value: dict[str, str]) -> dict[str, str]:
    """Request headers that a user adds, unchanged: names are tokens (RFC 9110), values hold no control character."""
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name) or any(ord(char) < 32 or ord(char) == 127 for char in text):
            raise ValueError(f"not a header that HTTP can carry: {name!r}")
    return value


def parse_max_age(value: object) -> object:
    """Seconds of a duration or of an age: `"12h"`, `"90d"`, `"1y"`."""
    is_age = isinstance(value, str) and _AGE.fullmatch(value.strip())
    return parse_age(value) if is_age else parse_duration(value)


def check_filter_rule(value: str) -> str:
    """A rule of `keep` or `block`, unchanged."""
    parse_filter_rule(value)
    return value


def check_mirror(value: str) -> str:
    """The address of a mirror, unchanged: what is logged must hold no password."""
    if not is_fetchable_url(value):
        raise ValueError("a mirror's address is an absolute http:// or https:// URL")
    if "@" in urlsplit(value).netloc:
        raise ValueError("a mirror's address has no user name and password: headers go to the source's own site alone")
    return value


Seconds = Annotated[float, BeforeValidator(parse_duration), Field(ge=0, le=_MAX_DURATION_S)]
Age = Annotated[float, BeforeValidator(parse_age), Field(le=_MAX_AGE_S)]
MaxAge = Annotated[float, BeforeValidator(parse_max_age), Field(gt=0, le=_MAX_AGE_S)]
FilterRules = Annotated[tuple[Annotated[str, AfterValidator(check_filter_rule)], ...], Field(max_length=2_000)]
MirrorUrl = Annotated[str, AfterValidator(check_mirror)]
Bytes = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
Proxy = Annotated[str, AfterValidator(check_proxy)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(parse_networks)]
PathText = Annotated[str, AfterValidator(expand_home)]
ListenAddress = Annotated[str, AfterValidator(check_listen_address)]
HostAndPort = Annotated[str, AfterValidator(check_host_and_port)]
HostName = Annotated[str, AfterValidator(check_host)]
TimeZoneName = Annotated[str, AfterValidator(check_timezone)]
HeaderValue = Annotated[str, AfterValidator(check_header_value)]
Headers = Annotated[dict[str, str], AfterValidator(check_headers)]
