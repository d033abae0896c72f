"""Element names with one prefix per namespace, whatever prefix, case or version of the namespace a feed uses."""

from functools import lru_cache
from typing import Final

from lxml import etree

_XML = "{http://www.w3.org/XML/1998/namespace}"
XML_BASE: Final = _XML + "base"
XML_LANG: Final = _XML + "lang"
_RSS = (
    "http://purl.org/rss/1.0 http://my.netscape.com/rdf/simple/0.9 http://channel.netscape.com/rdf/simple/0.9"
    " http://backend.userland.com/rss http://backend.userland.com/rss2 http://backend.userland.com/rss091"
    " http://blogs.law.harvard.edu/tech/rss http://cyber.law.harvard.edu/rss http://purl.org/net/rss1.1#"
    " http://purl.org/net/rss1.1 http://my.netscape.com/publish/formats/rss-0.91.dtd http://example.com/newformat"
    " http://www.rssboard.org/rss-specification http://rssnamespace.org/feedburner/ext/1.0/rss"
)
_NAMESPACES = {
    "": _RSS,
    "atom": "http://www.w3.org/2005/atom http://purl.org/atom/ns# http://purl.org/atom/ns http://example.org/atom"
    " http://www.w3.org/2005/atom#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns# http://www.w3.org/1999/02/22-rdf-syntax-ns",
    "content": "http://purl.org/rss/1.0/modules/content",
    "dc": "http://purl.org/dc/elements/1.1 http://purl.org/dc/elements/1.0 http://purl.org/metadata/dublin_core",
    "dcterms": "http://purl.org/dc/terms",
    "media": "http://search.yahoo.com/mrss http://video.search.yahoo.com/mrss http://search.yahoo.com/mrss/media"
    " http://www.rssboard.org/media-rss http://tools.search.yahoo.com/mrss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd http://example.com/dtds/podcast-1.0.dtd"
    " http://www.itunes.com/dtds/podcast.dtd",
    "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
    "podcast": "https://podcastindex.org/namespace/1.0"
    " https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "pheedo": "http://www.pheedo.com/namespace/pheedo",
    "sy": "http://purl.org/rss/1.0/modules/syndication",
    "slash": "http://purl.org/rss/1.0/modules/slash",
    "prism": "http://prismstandard.org/namespaces/1.0/basic http://prismstandard.org/namespaces/1.2/basic"
    " http://prismstandard.org/namespaces/2.0/basic http://prismstandard.org/namespaces/basic/1.0"
    " http://prismstandard.org/namespaces/basic/1.2 http://prismstandard.org/namespaces/basic/2.0"
    " http://prismstandard.org/namespaces/basic/2.1 http://prismstandard.org/namespaces/basic/3.0",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "wfw": "http://wellformedweb.org/commentapi",
    "thr": "http://purl.org/syndication/thread/1.0",
    "georss": "http://www.georss.org/georss",
    "yt": "http://www.youtube.com/xml/schemas/2015",
    "og": "http://ogp.me/ns http://ogp.me/ns# http://opengraphprotocol.org/schema",
    "creativecommons": "http://backend.userland.com/creativecommonsrssmodule",
}
_PREFIXES = {uri: prefix for prefix, uris in _NAMESPACES.items() for uri in uris.split()}
_ATOM_03 = ("http://purl.org/atom/ns#", "http://purl.org/atom/ns")
#: The namespace of a prefix that a feed uses without declaring it.
WELL_KNOWN = {
    "atom": "http://www.w3.org/2005/Atom",
    "a10": "http://www.w3.org/2005/Atom",
    "atom10": "http://www.w3.org/2005/Atom",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rss": "http://purl.org/rss/1.0/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "og": "http://ogp.me/ns#",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
}
#: Elements that RSS 2.0 and Atom both name.
_RSS_AND_ATOM_NAMES = frozenset(("title", "link", "author", "category", "source", "generator"))
#: Elements of RSS 2.0 that Atom does not have.
_RSS_ONLY = (
    "item channel description guid pubdate comments enclosure language copyright managingeditor webmaster docs"
    " lastbuilddate cloud ttl image textinput skiphours skipdays"
)
_RSS_ONLY_NAMES = frozenset(_RSS_ONLY.split())
_RSS_NAMES = _RSS_AND_ATOM_NAMES | _RSS_ONLY_NAMES


def name(element: etree._Element) -> str:
    """The element's lower-case name with our prefix of its namespace: `title`, `dc:creator`, `atom:link`."""
    tag = element.tag
    return _name_in_known_namespace(tag) or _name_in_unknown_namespace(tag, element.prefix)


def name_in_rss(element: etree._Element, key: str) -> str:
    """The name `key` that `name` gives, without prefix for an element of RSS that stands in another namespace.

    Some RSS feeds declare Atom's or another namespace as the default one, for the whole document or single elements.
    """
    prefix, local = _rss_name(key)
    if not prefix:
        return key
    if element.prefix is None or (prefix == "atom" and local in _RSS_ONLY_NAMES):
        return local
    return key


@lru_cache(maxsize=4096)
def _rss_name(key: str) -> tuple[str, str]:
    """Prefix and local name of an element that RSS names; no prefix for any other."""
    prefix, _, local = key.rpartition(":")
    return (prefix, local) if local in _RSS_NAMES else ("", key)


@lru_cache(maxsize=4096)
def _name_in_known_namespace(tag: str) -> str | None:
    if not tag.startswith("{"):
        # The recovering parser leaves an undeclared prefix in the tag.
        return tag.lower().removeprefix("rss:")
    uri, _, local = tag[1:].partition("}")
    prefix = prefix_of(uri)
    if prefix is None:
        return None
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


@lru_cache(maxsize=512)
def _name_in_unknown_namespace(tag: str, prefix: str | None) -> str:
    """The name in an unknown namespace: without prefix where it is the default one (as in feedparser)."""
    local = tag.rpartition("}")[2].lower()
    return f"{prefix.lower()}:{local}" if prefix else local


def namespace_of(element: etree._Element) -> str:
    """The namespace URI of an element, "" for none. Unlike `etree.QName`, accepts invalid names."""
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def prefix_of(uri: str) -> str | None:
    """Our prefix for a namespace URI, "" for those of RSS; None for an unknown one."""
    lowered = uri.strip().lower()
    for candidate in (lowered, lowered.rstrip("/"), lowered.replace("https://", "http://", 1).rstrip("/")):
        if candidate in _PREFIXES:
            return _PREFIXES[candidate]
    return None


def is_atom_03(uri: str) -> bool:
    """Whether this is the namespace of Atom 0.3, whose text elements have a `mode` attribute."""
    return uri.lower() in _ATOM_03
