"""URLs: what the same address is, however it is written.

`serialise` and `resolve` give a URL as the WHATWG URL standard (https://url.spec.whatwg.org) serialises it: what a
post's `from` holds. `normalise` goes on to the key by which an article is known: RFC 3986 section 6.2 (case and
percent-encoding), and then what experience adds (tracking parameters, mobile and AMP hosts). Every rule is pure, and
`steps` names the ones that changed a URL.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

import ada_url

#: The longest URL that is kept, in characters of its serialisation; longer ones are nobody's article.
MAX_URL = 4096


@dataclass(frozen=True, slots=True)
class HostRule:
    """What is known about the URLs of one site.

    `host` matches itself and every host below it. `drop` are parameters without meaning there (a trailing `*` makes a
    prefix), `keep` parameters that identify an article there and win over every list.
    """

    host: str
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Parameter names in the form that is quick to ask: lower case, prefixes apart."""

    exact: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, names: tuple[str, ...]) -> "Names":
        """From names as they are configured, in which a trailing `*` makes a prefix."""
        lower = [name.lower() for name in names]
        return cls(
            frozenset(name for name in lower if not name.endswith("*")),
            tuple(name[:-1] for name in lower if name.endswith("*") and len(name) > 1),
        )

    def __contains__(self, name: str) -> bool:
        return name in self.exact or (bool(self.prefixes) and name.startswith(self.prefixes))


# Who documents each family:
# - Google Analytics and Ads help ("Custom campaigns", "About GCLID", "URL passthrough", "Cross-domain linker");
# - Meta ("fbclid"), Microsoft Advertising ("msclkid"), X ("twclid"), TikTok ("ttclid"), LinkedIn ("li_fat_id");
# - Yandex Direct and Metrica ("yclid", "ysclid", "_openstat"), Baidu Tongji ("hmsr" and its family), Alibaba ("spm");
# - Matomo ("Tracking campaigns": mtm_*, pk_*, matomo_*, piwik_*), Webtrends, Adobe Analytics, comScore (ns_*),
#   AT Internet / Piano ("xtor", "at_campaign"), Mailchimp, HubSpot, Marketo, Klaviyo, Vero, Drip, Omeda (Olytics);
# - the lists that browsers strip by: Mozilla's query-stripping list, Brave's query filter, the AdGuard URL Tracking
#   filter and ClearURLs. Taken from them is what no site is known to use as an identifier.
# Left alone on purpose, because somewhere they identify an article: ref, source, from, sid, cid, id, p, mid, icid.
TRACKING: tuple[str, ...] = (
    *("utm_*", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl", "gad_source", "gad_campaignid"),
    *("fbclid", "fb_action_ids", "fb_action_types", "fb_source", "fb_ref", "fb_comment_id", "igshid", "igsh"),
    *("msclkid", "twclid", "ttclid", "li_fat_id", "__twitter_impression", "rdt_cid", "scclid", "epik"),
    *("yclid", "ysclid", "ymclid", "_openstat", "bd_vid", "hmsr", "hmpl", "hmcu", "hmkw", "hmci", "spm", "spm_id_from"),
    *("mtm_*", "pk_campaign", "pk_kwd", "pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid", "matomo_*"),
    *("piwik_*", "wt.mc_id", "wt.mc_ev", "wt.zmc", "wt_mc", "s_kwcid", "s_cid", "ef_id", "ns_mchannel", "ns_source"),
    *("ns_campaign", "ns_linkname", "ns_fee", "xtor", "at_campaign", "at_medium", "at_custom1", "at_custom2"),
    *("at_custom3", "at_custom4", "at_link_id", "at_link_type", "at_link_origin", "at_ptr_name", "at_bbc_team"),
    *("mc_cid", "mc_eid", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "mkt_tok", "_kx"),
    *("vero_id", "vero_conv", "__s", "oly_anon_id", "oly_enc_id", "ml_subscriber", "ml_subscriber_hash", "wickedid"),
    *("rb_clickid", "guccounter", "guce_referrer", "guce_referrer_sig", "sr_share", "share_token", "isappinstalled"),
)

_WECHAT = (
    *("chksm", "scene", "subscene", "ascene", "srcid", "sharer_*", "mpshare", "pass_ticket", "key", "uin", "lang"),
    *("devicetype", "version", "nettype", "abtest_cookie", "exportkey", "wx_header", "clicktime", "enterid", "from"),
    *("sessionid", "poc_token", "click_id", "xtrack", "a8scene", "fontgear", "fontscale", "countrycode", "acctmode"),
)

HOST_RULES: tuple[HostRule, ...] = (
    HostRule("mp.weixin.qq.com", drop=_WECHAT, keep=("__biz", "mid", "idx", "sn", "appmsgid", "itemidx", "sign")),
    HostRule("youtube.com", drop=("feature", "si", "pp", "ab_channel", "app"), keep=("v", "list")),
    HostRule("music.youtube.com", drop=("feature", "si"), keep=("v", "list")),
    HostRule(
        "bilibili.com",
        drop=("vd_source", "from_source", "from_spmid", "share_*", "unique_k", "bbid", "msource", "buvid"),
    ),
    HostRule("thepaper.cn", drop=("commtag",)),
    HostRule("solidot.org", drop=("from",), keep=("sid",)),
    HostRule("36kr.com", drop=("f",)),
    HostRule("toutiao.com", drop=("tt_from", "use_new_style", "req_id", "log_from", "timestamp", "app")),
    HostRule("weibo.com", drop=("from", "wvr", "refer_flag", "mod")),
    HostRule("163.com", drop=("spss", "spsnuid", "spsdevid", "spsvid", "spsshare", "spsts", "spstoken")),
    HostRule("dw.com", drop=("maca",)),
    HostRule("bbc.com", drop=("ocid", "at_*", "ns_*", "intlink_from_url")),
    HostRule("bbc.co.uk", drop=("ocid", "at_*", "ns_*", "intlink_from_url")),
    HostRule("nytimes.com", drop=("partner", "emc", "smid", "smtyp", "rss", "ref")),
    HostRule("washingtonpost.com", drop=("tid", "wpsrc", "wpisrc")),
    HostRule("theguardian.com", drop=("cmp",)),
    HostRule("wsj.com", drop=("mod", "reflink")),
    HostRule("bloomberg.com", drop=("srnd", "cmpid", "sref", "leadsource")),
    HostRule("asahi.com", drop=("ref",)),
    HostRule("nikkei.com", drop=("n_cid",)),
    HostRule("medium.com", drop=("source", "gi", "sk")),
    HostRule("substack.com", drop=("r", "triedredirect", "publication_id", "post_id")),
    HostRule("twitter.com", drop=("s", "t", "ref_src", "ref_url")),
    HostRule("x.com", drop=("s", "t", "ref_src", "ref_url")),
    HostRule("reddit.com", drop=("share_id", "rdt")),
)

#: Mobile, AMP and regional hosts that serve the same paths as another host: (host, the host in the key).
HOST_ALIASES: tuple[tuple[str, str], ...] = (
    ("youtube.com", "www.youtube.com"),
    ("m.youtube.com", "www.youtube.com"),
    ("m.bilibili.com", "www.bilibili.com"),
    ("m.thepaper.cn", "www.thepaper.cn"),
    ("www.bbc.co.uk", "www.bbc.com"),
    ("amp.theguardian.com", "www.theguardian.com"),
    ("edition.cnn.com", "www.cnn.com"),
    ("twitter.com", "x.com"),
    ("www.twitter.com", "x.com"),
    ("mobile.twitter.com", "x.com"),
    ("www.x.com", "x.com"),
    ("old.reddit.com", "www.reddit.com"),
    ("np.reddit.com", "www.reddit.com"),
    ("reddit.com", "www.reddit.com"),
    ("zh.m.wikipedia.org", "zh.wikipedia.org"),
    ("en.m.wikipedia.org", "en.wikipedia.org"),
)


@dataclass(frozen=True, slots=True)
class UrlRules:
    """The rules by which URLs become keys: those above, and the user's own.

    `drop` are further tracking parameters of every host, `keep` parameters that no general list may drop, `hosts`
    rules of single hosts, which replace a built-in rule of the same host, `aliases` pairs of a host and the host that
    stands for it in the key.
    """

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    hosts: tuple[HostRule, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    _tracking: Names = field(init=False, repr=False, compare=False)
    _keep: Names = field(init=False, repr=False, compare=False)
    _hosts: Mapping[str, tuple[Names, Names]] = field(init=False, repr=False, compare=False)
    _aliases: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tracking", Names.of((*TRACKING, *self.drop)))
        object.__setattr__(self, "_keep", Names.of(self.keep))
        rules = {rule.host.lower(): rule for rule in (*HOST_RULES, *self.hosts)}
        by_host = {host: (Names.of(rule.drop), Names.of(rule.keep)) for host, rule in rules.items()}
        object.__setattr__(self, "_hosts", by_host)
        object.__setattr__(self, "_aliases", _closed({**dict(HOST_ALIASES), **dict(self.aliases)}))

    def alias_of(self, host: str) -> str:
        """The host that stands for `host` in a key: itself, unless a rule says otherwise."""
        return self._aliases.get(host, host)

    def of_host(self, host: str) -> tuple[Names, Names]:
        """The rule of the longest configured host that `host` is or lies below: what it drops, what it keeps."""
        while host:
            found = self._hosts.get(host)
            if found is not None:
                return found
            host = host.partition(".")[2]
        return _NO_RULE

    def is_tracking(self, name: str, host_drop: Names, host_keep: Names) -> bool:
        """Whether a parameter tells nothing about the article; a host's word wins over the general lists."""
        lower = name.lower()
        if lower in host_keep:
            return False
        if lower in host_drop:
            return True
        return lower in self._tracking and lower not in self._keep


def _closed(aliases: dict[str, str]) -> dict[str, str]:
    """Aliases followed to their end, so that a key is never an alias of another key; circles lead nowhere."""
    ends = {}
    for host in aliases:
        seen, end = {host}, aliases[host]
        while end in aliases and end not in seen:
            seen.add(end)
            end = aliases[end]
        if end not in aliases:
            ends[host] = end
    return ends


_NO_RULE: tuple[Names, Names] = (Names(frozenset(), ()), Names(frozenset(), ()))
DEFAULT_RULES = UrlRules()

_SURROGATE = re.compile("[\ud800-\udfff]")
# A URL that is its own serialisation: most are, and the check is cheaper than a parser's work.
_PLAIN = re.compile(
    r"https?://(?!xn--)(?:(?!-)[a-z0-9-]+\.)+[a-z][a-z0-9]*"
    r"/[A-Za-z0-9\-_~!$&'()*+,;=:@/%.]*(?:\?[A-Za-z0-9\-._~!$&()*+,;=:@/?%]*)?(?:#[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*)?"
)


def serialise(url: str) -> str | None:
    """An absolute http(s) URL as the WHATWG URL parser serialises it; None where it is none, or longer than MAX_URL."""
    if len(url) <= MAX_URL and _PLAIN.fullmatch(url) and "/." not in url and "xn--" not in url and "%2" not in url:
        return url
    return _parse(url, None)


def resolve(base: str | None, link: str) -> str | None:
    """A link as its page means it: absolute http(s), serialised; None where it is something else or too long."""
    return _parse(link, base) if base else serialise(link)


def _parse(url: str, base: str | None) -> str | None:
    # A URL much longer than its serialisation may be is white space, or an attack on the parser's time.
    if len(url) > 4 * MAX_URL or (base is not None and len(base) > 4 * MAX_URL):
        return None
    clean = _SURROGATE.sub("\ufffd", url)
    try:
        href = ada_url.URL(clean, None if base is None else _SURROGATE.sub("\ufffd", base)).href
    except ValueError:
        # A base that cannot be parsed is no reason to lose an absolute link.
        return None if base is None else _parse(url, None)
    return href if href.startswith(("http://", "https://")) and len(href) <= MAX_URL else None


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that changed a URL on its way to the key: the rule's name, and the URL afterwards."""

    rule: str
    url: str


def normalise(url: str, rules: UrlRules = DEFAULT_RULES) -> str | None:
    """The key by which an article at `url` is known: an https URL; None where `url` is not http(s) or too long.

    Two URLs with one key are one article. Alike are: http and https, the case of scheme and host, Unicode and punycode
    hosts, a default port, a user name, percent-encoded and plain unreserved characters, the order of differently
    named parameters, any tracking parameters, and any fragment that is no route. Idempotent.
    """
    href = serialise(url)
    while href is not None:
        parts = urlsplit(href)
        inner = _unwrap(parts)
        if inner is None:
            return _key(parts, rules)
        href = serialise(inner)
    return None


def _key(parts: SplitResult, rules: UrlRules) -> str | None:
    name, port = _name_and_port(parts.netloc.rpartition("@")[2])
    name = rules.alias_of(name.rstrip(".") or name)
    drop, keep = rules.of_host(name)
    host = name if port in ("", "80", "443") else f"{name}:{port}"
    path = _percent(parts.path)
    query = _query(parts.query, rules, drop, keep) if parts.query else ""
    fragment = _route(parts.fragment) if parts.fragment else ""
    key = f"https://{host}{path}{query}{fragment}"
    return key if len(key) <= MAX_URL else None


def _name_and_port(host: str) -> tuple[str, str]:
    name, _, port = host.rpartition(":")
    return (name, port) if name and port.isdigit() else (host, "")


_ESCAPE = re.compile(r"%(?:[0-9A-Fa-f]{2})?|[|^`{}\"<>\\]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _percent(text: str) -> str:
    """RFC 3986, 6.2.2: hexadecimal digits upper case, unreserved characters decoded; all other bytes stay encoded."""
    return _ESCAPE.sub(_escape, text) if _ESCAPE.search(text) else text


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) < 3:  # a stray percent sign, or a character that no URI may hold
        return f"%{ord(found):02X}"
    char = chr(int(found[1:], 16))
    return char if char in _UNRESERVED else found.upper()


def _query(query: str, rules: UrlRules, drop: Names, keep: Names) -> str:
    kept = []
    for written in query.split("&"):
        if written:
            pair = _percent(written)
            name = pair.partition("=")[0]
            if not rules.is_tracking(name, drop, keep):
                kept.append((name, pair))
    if not kept:
        return ""
    # By name only: the order of values under one name may have a meaning.
    kept.sort(key=lambda item: item[0])
    return "?" + "&".join(pair for _, pair in kept)


def _route(fragment: str) -> str:
    """A fragment that leads to a page of its own: `#!…` and `#/…` routes, and our own `#guid=…`."""
    if not fragment.startswith(("!", "/", "guid=")) or fragment in ("!", "/", "!/", "guid="):
        return ""
    return "#" + _percent(fragment)


def _unwrap(parts: SplitResult) -> str | None:
    """The URL inside an AMP cache's (https://developers.google.com/amp/cache/overview), None where it is no cache."""
    path = parts.path
    if parts.netloc in ("www.google.com", "google.com") and path.startswith("/amp/"):
        rest = path[len("/amp/") :]
    elif parts.netloc.endswith(".cdn.ampproject.org") and path[:3] in ("/c/", "/v/"):
        rest = path[3:]
    else:
        return None
    inner = rest.removeprefix("s/")
    if "." not in inner.partition("/")[0]:
        return None
    return "https://" + inner + ("?" + parts.query if parts.query else "")


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # a quarter of a second that most commands never need

    return PublicSuffixList()


def host_of(url: str) -> str:
    """The host of a URL in lower case without its port, empty where it has none."""
    href = serialise(url)
    return (urlsplit(href).hostname or "") if href else ""


def registrable_domain(host: str) -> str:
    """The part of a host that somebody registered (https://publicsuffix.org), or the host itself (addresses)."""
    host = host.rstrip(".")
    if not host or ":" in host or host.rpartition(".")[2].isdigit():
        return host
    return str(_suffixes().privatesuffix(host) or host)


def same_site(a: str, b: str) -> bool:
    """Whether two URLs belong to one registrable domain; False where either is no http(s) URL."""
    host_a, host_b = host_of(a), host_of(b)
    if not host_a or not host_b:
        return False
    return host_a == host_b or registrable_domain(host_a) == registrable_domain(host_b)


def is_home(url: str) -> bool:
    """Whether a URL is a site's front page: nothing but a host, perhaps with index.html or a language."""
    href = serialise(url)
    if href is None:
        return False
    parts = urlsplit(href)
    return not parts.query and not _route(parts.fragment) and _HOME_PATH.fullmatch(parts.path.lower()) is not None


_HOME_PATH = re.compile(r"/(?:[a-z]{2}(?:[-_][a-z]{2,4})?/?)?(?:(?:index|default|home)(?:\.[a-z]{3,5})?/?)?")
_SECTION_WORD = re.compile(r"[a-z]+(?:[-_][a-z]+)?")
_LISTING = frozenset(
    ("category", "categories", "tag", "tags", "topic", "topics", "author", "section", "channel", "page")
)


def is_home_or_section(url: str) -> bool:
    """Whether a URL looks like a front page or a list of articles rather than an article: a guess, on the safe side.

    A list's path is one to three short words without a number; an article's has a number, a long slug or a query.
    """
    href = serialise(url)
    if href is None or is_home(href):
        return href is not None
    parts = urlsplit(href)
    if _query(parts.query, DEFAULT_RULES, _NO_RULE[0], _NO_RULE[1]) or _route(parts.fragment):
        return False
    segments = [segment for segment in parts.path.lower().split("/") if segment]
    if segments and segments[0] in _LISTING and len(segments) <= 3:
        return True
    if segments and segments[-1].startswith("index."):
        segments.pop()
    return len(segments) <= 3 and all(len(s) <= 16 and _SECTION_WORD.fullmatch(s) for s in segments)


_SECRET = re.compile(
    r"(?i)([?&](?:[^=&#]*(?:token|secret|passw|auth|apikey|api_key|signature)[^=&#]*|key|sig|pwd)=)[^&#]*"
)


def redact(url: str) -> str:
    """A URL that may stand in a log: without user name and password, the values of secret parameters replaced."""
    scheme, separator, rest = url[:MAX_URL].partition("://")
    if separator:
        authority, slash, tail = rest.partition("/")
        rest = authority.rpartition("@")[2] + slash + tail
    return _SECRET.sub(r"\1***", scheme + separator + rest)
