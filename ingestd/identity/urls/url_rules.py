"""The rules by which URLs are normalised: tracking parameters, parameters of single hosts, and host aliases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ingestd.identity.urls.whatwg import host_of


@dataclass(frozen=True, slots=True)
class HostRule:
    """The query parameters of one site.

    `host` matches itself and its subdomains. `drop` are parameters that do not identify an article (a trailing `*`
    makes a prefix), `keep` those that do; `keep` takes precedence over every list.
    """

    host: str
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParameterNames:
    """A set of parameter names for fast look-up: lower case, with prefixes apart. `in` tells membership."""

    exact: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, names: tuple[str, ...]) -> "ParameterNames":
        """From configured names, in which a trailing `*` makes a prefix."""
        lower = [name.lower() for name in names]
        return cls(
            frozenset(name for name in lower if not name.endswith("*")),
            tuple(name[:-1] for name in lower if name.endswith("*") and len(name) > 1),
        )

    def __contains__(self, name: str) -> bool:
        return name in self.exact or (bool(self.prefixes) and name.startswith(self.prefixes))


# Sources of each family:
# - Google Analytics and Ads help ("Custom campaigns", "About GCLID", "URL passthrough", "Cross-domain linker");
# - Meta ("fbclid"), Microsoft Advertising ("msclkid"), X ("twclid"), TikTok ("ttclid"), LinkedIn ("li_fat_id");
# - Yandex Direct and Metrica ("yclid", "ysclid", "_openstat"), Baidu Tongji ("hmsr" and its family), Alibaba ("spm");
# - Matomo ("Tracking campaigns": mtm_*, pk_*, matomo_*, piwik_*), Webtrends, Adobe Analytics, comScore (ns_*),
#   AT Internet / Piano ("xtor", "at_campaign"), Mailchimp, HubSpot, Marketo, Klaviyo, Vero, Drip, Omeda (Olytics);
# - the lists that browsers strip by: Mozilla's query-stripping list, Brave's query filter, the AdGuard URL Tracking
#   filter and ClearURLs. Only names that no known site uses as an identifier.
# - sessions of PHP, Java, ASP and ColdFusion, which servers write into links for clients without cookies.
# Not in the list, because on some sites they identify an article: ref, source, from, sid, cid, id, p, mid, icid.
TRACKING_PARAMETERS: tuple[str, ...] = (
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
    *("phpsessid", "jsessionid", "aspsessionid*", "asp.net_sessionid", "cfid", "cftoken"),
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
    """The rules by which URLs are normalised: the built-in ones and those of the user.

    `drop` are further tracking parameters of every host, `keep` parameters that are never dropped as such, `hosts`
    rules of single hosts, which replace a built-in rule of the same host, `aliases` pairs of a host and the host that
    replaces it in the key.
    """

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    hosts: tuple[HostRule, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    _tracking: ParameterNames = field(init=False, repr=False, compare=False)
    _keep: ParameterNames = field(init=False, repr=False, compare=False)
    _hosts: Mapping[str, tuple[ParameterNames, ParameterNames]] = field(init=False, repr=False, compare=False)
    _aliases: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tracking", ParameterNames.of((*TRACKING_PARAMETERS, *self.drop)))
        object.__setattr__(self, "_keep", ParameterNames.of(self.keep))
        rules = {_ascii(rule.host): rule for rule in (*HOST_RULES, *self.hosts)}
        by_host = {host: (ParameterNames.of(rule.drop), ParameterNames.of(rule.keep)) for host, rule in rules.items()}
        object.__setattr__(self, "_hosts", by_host)
        object.__setattr__(self, "_aliases", _resolved_aliases(dict((*HOST_ALIASES, *self.aliases))))

    def __reduce__(self) -> tuple[Callable[..., "UrlRules"], tuple[object, ...]]:
        """Pickle only the arguments: the rules go to a worker with every feed, and the worker caches the result."""
        return _cached_rules, (self.drop, self.keep, self.hosts, self.aliases)

    def alias_of(self, host: str) -> str:
        """The host that replaces `host` in a key; `host` itself without an alias."""
        return self._aliases.get(host, host)

    def of_host(self, host: str) -> tuple[ParameterNames, ParameterNames]:
        """What is dropped and kept at `host`, by the most specific rule for it or a parent domain."""
        host = host[-253:]  # the longest DNS name
        while host:
            found = self._hosts.get(host)
            if found is not None:
                return found
            host = host.partition(".")[2]
        return _NO_RULE

    def is_tracking(self, name: str, host_drop: ParameterNames, host_keep: ParameterNames) -> bool:
        """Whether a parameter does not identify the article. Rules of the host take precedence over general lists."""
        lower = name.lower()
        if lower in host_keep:
            return False
        if lower in host_drop:
            return True
        return lower in self._tracking and lower not in self._keep


def _ascii(host: str) -> str:
    """A configured host as in serialised URLs: lower case, punycode."""
    return host_of(f"https://{host}/") or host.lower()


def _resolved_aliases(aliases: dict[str, str]) -> dict[str, str]:
    """Aliases resolved transitively, so that no key has an alias as host; cycles are dropped."""
    aliases = {_ascii(host): _ascii(other) for host, other in aliases.items()}
    ends = {}
    for host in aliases:
        seen, end = {host}, aliases[host]
        while end in aliases and end not in seen:
            seen.add(end)
            end = aliases[end]
        if end not in aliases:
            ends[host] = end
    return ends


@lru_cache(maxsize=4)
def _cached_rules(*arguments: Any) -> UrlRules:
    return UrlRules(*arguments)


_NO_RULE: tuple[ParameterNames, ParameterNames] = (ParameterNames(frozenset(), ()), ParameterNames(frozenset(), ()))
DEFAULT_RULES = UrlRules()
