"""The name under which the requests to one host are counted and paced together."""

from urllib.parse import urlsplit

from ingestd.identity.urls.whatwg import serialise

_DEFAULT_PORTS = (None, 80, 443)

#: Services with a subdomain for every user. Each has two labels.
SHARED_HOST_DOMAINS = frozenset(
    {
        "blogspot.com",
        "bandcamp.com",
        "cnblogs.com",
        "csdn.net",
        "feedburner.com",
        "ghost.io",
        "github.io",
        "hatenablog.com",
        "libsyn.com",
        "livejournal.com",
        "medium.com",
        "over-blog.com",
        "reddit.com",
        "substack.com",
        "tumblr.com",
        "typepad.com",
        "wordpress.com",
        "youtube.com",
    }
)


def host_key(url: str) -> str:
    """The key of the host of a URL, see `host_and_port_key`; empty where `url` is no http(s) URL."""
    href = serialise(url)
    if href is None:
        return ""
    # What is serialised has a host and a slash behind it: this takes a third of what `urlsplit` does.
    host, _, port = href.split("/", 3)[2].rpartition("@")[2].partition(":")
    if host.startswith("["):
        parts = urlsplit(href)
        return host_and_port_key(parts.hostname or "", parts.port)
    return host_and_port_key(host, int(port) if port else None)


def host_and_port_key(host: str, port: int | None) -> str:
    """A host's name in lower case, with its port where that is not 80 or 443.

    Hosting services that give every user a subdomain are one host, because the same servers answer for all of them.
    """
    host = host.rstrip(".").lower()
    service = ".".join(host.rsplit(".", 2)[-2:])
    return (service if service in SHARED_HOST_DOMAINS else host) + ("" if port in _DEFAULT_PORTS else f":{port}")
