"""URLs: every way to write one address has one key, and two addresses never share one."""

import pickle
import sys
import time
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.identity import urls
from ingestd.identity.urls import HostRule, UrlRules, normalise

SAME = [
    # scheme, host, port, user
    ("http://example.com/a", "https://example.com/a"),
    ("HTTPS://EXAMPLE.com/a", "https://example.com/a"),
    ("http://example.com:80/a", "https://example.com/a"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("https://user:secret@example.com/a", "https://example.com/a"),
    ("https://example.com./a", "https://example.com/a"),
    ("https://例え.中国/a", "https://xn--r8jz45g.xn--fiqs8s/a"),
    ("https://faß.de/a", "https://xn--fa-hia.de/a"),
    ("http://0x7f.1/a", "https://127.0.0.1/a"),
    ("http://[0:0::1]:80/a", "https://[::1]/a"),
    ("  https://example.com/a\n", "https://example.com/a"),
    ("https:\\\\example.com\\a", "https://example.com/a"),
    # path
    ("https://example.com", "https://example.com/"),
    ("https://example.com/%7Eme/%e4%b8%ad", "https://example.com/~me/%E4%B8%AD"),
    ("https://example.com/中", "https://example.com/%E4%B8%AD"),
    ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("https://example.com/a/%2e%2E/c", "https://example.com/c"),
    ("https://example.com/%d6%d0", "https://example.com/%D6%D0"),  # GBK bytes, no UTF-8
    ("https://example.com/100%", "https://example.com/100%25"),
    ("https://example.com/a|b", "https://example.com/a%7Cb"),
    # query
    ("https://example.com/a?", "https://example.com/a"),
    ("https://example.com/a?&&", "https://example.com/a"),
    ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
    ("https://example.com/a?%69d=%31", "https://example.com/a?id=1"),
    ("https://example.com/a?utm_source=rss&id=1&UTM_Medium=x", "https://example.com/a?id=1"),
    ("https://example.com/a;jsessionid=0AAB6C8D.node1?id=1", "https://example.com/a?id=1"),
    ("https://example.com/a;JSESSIONID=1/b;v=2;jsessionid=3", "https://example.com/a/b;v=2"),
    ("https://example.com/a;id=1", "https://example.com/a;id=1"),
    (
        "https://example.com/a?id=1&PHPSESSID=26dc&ASPSESSIONIDQQ=C&ASP.NET_SessionId=x&CFID=1&CFTOKEN=2",
        "https://example.com/a?id=1",
    ),
    ("https://example.com/a?fbclid=1&gclid=2&mc_cid=3&spm=4&yclid=5&_hsenc=6", "https://example.com/a"),
    # fragment
    ("https://example.com/a#comments", "https://example.com/a"),
    ("https://example.com/a#!", "https://example.com/a"),
    ("https://example.com/#/news/1", "https://example.com/#/news/1"),
    ("https://example.com/#!news/1", "https://example.com/#!news/1"),
    # hosts with rules of their own
    (
        "http://mp.weixin.qq.com/s?__biz=MzA==&mid=1&idx=2&sn=ff&chksm=e&scene=27&key=k#rd",
        "https://mp.weixin.qq.com/s?__biz=MzA==&idx=2&mid=1&sn=ff",
    ),
    ("https://m.youtube.com/watch?v=abc&feature=share&si=x", "https://www.youtube.com/watch?v=abc"),
    ("https://youtube.com/watch?v=abc&list=PL1", "https://www.youtube.com/watch?list=PL1&v=abc"),
    ("https://www.solidot.org/story?sid=74561&from=rss", "https://www.solidot.org/story?sid=74561"),
    (
        "https://www.dw.com/zh/标题/a-57234567?maca=chi-rss-chi-all",
        "https://www.dw.com/zh/%E6%A0%87%E9%A2%98/a-57234567",
    ),
    ("https://www.bbc.co.uk/zhongwen/simp/1?at_medium=RSS&at_x=1", "https://www.bbc.com/zhongwen/simp/1"),
    ("https://mobile.twitter.com/a/status/1?s=20&t=x", "https://x.com/a/status/1"),
    ("https://zh.m.wikipedia.org/wiki/中", "https://zh.wikipedia.org/wiki/%E4%B8%AD"),
    # AMP caches
    ("https://www.google.com/amp/s/example.com/a.html", "https://example.com/a.html"),
    ("https://example-com.cdn.ampproject.org/c/s/example.com/a?id=1", "https://example.com/a?id=1"),
    ("https://www.google.com/amp/s/www.google.com/amp/s/example.com/a", "https://example.com/a"),
]


@pytest.mark.parametrize(("written", "key"), SAME)
def test_forms_of_one_url_have_one_key(written, key):
    assert normalise(written) == key
    assert normalise(key) == key


DIFFERENT = [
    ("https://example.com/article/101", "https://example.com/article/1012"),
    ("https://example.com/A", "https://example.com/a"),
    ("https://example.com/a", "https://example.com/a/"),
    ("https://example.com/a//b", "https://example.com/a/b"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com/?p=123", "https://example.com/?p=124"),
    ("https://example.com/?id=1", "https://example.com/?ID=1"),
    ("https://example.com/a?x", "https://example.com/a?x="),
    ("https://example.com/?x=1&x=2", "https://example.com/?x=2&x=1"),
    ("https://example.com/?q=a%26b", "https://example.com/?q=a&b"),
    ("https://example.com/?ref=1", "https://example.com/?ref=2"),
    ("https://example.com/?source=1", "https://example.com/"),
    ("https://example.com/?sid=1", "https://example.com/?sid=2"),
    ("https://example.com/?cid=1", "https://example.com/?cid=2"),
    ("https://example.com/?from=1", "https://example.com/"),
    ("https://example.com/?feature=1", "https://example.com/"),  # noise on YouTube only
    ("https://www.youtube.com/watch?v=a", "https://www.youtube.com/watch?v=A"),
    ("https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=1&sn=a", "https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=2&sn=b"),
    ("https://example.com/#/news/1", "https://example.com/#/news/2"),
    ("https://example.com/#guid=1", "https://example.com/#guid=2"),
    ("https://example.com:8080/a", "https://example.com/a"),
    ("https://m.example.com/a", "https://example.com/a"),
    ("https://www.example.com/a", "https://example.com/a"),
    ("https://news.bbc.co.uk/a", "https://www.bbc.com/a"),
    ("https://example.com/amp/s/other.com/a", "https://other.com/a"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_urls_have_different_keys(one, other):
    assert normalise(one) is not None
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    "url",
    [
        *("", "ftp://example.com/", "javascript:alert(1)", "mailto:a@b.c", "/a", "example.com/a", "http://"),
        *("http://a b/", "data:text/html,x", "http://[::1/"),
        *("https://example.com/" + "a" * 4096, "https://example.com/" + "中" * 500),
    ],
)
def test_other_text_has_no_key(url):
    assert normalise(url) is None
    assert urls.serialise(url) is None
    assert urls.steps(url) == ()


@pytest.mark.parametrize(
    ("base", "link", "absolute"),
    [
        ("https://example.com/a/b", "c?x=1#y", "https://example.com/a/c?x=1#y"),
        ("https://example.com/a/b", "//cdn.example.com/c", "https://cdn.example.com/c"),
        ("https://example.com/a/b", "https://other.com/新闻", "https://other.com/%E6%96%B0%E9%97%BB"),
        ("https://example.com/a/b", " ../c\n", "https://example.com/c"),
        ("https://example.com/a/b", "mailto:x@y.z", None),
        ("https://example.com/a/b", "x" * 5000, None),
        ("not a base", "https://example.com/a", "https://example.com/a"),
        ("not a base", "a", None),
        (None, "https://example.com", "https://example.com/"),
        ("https://example.com/", "\ud800", "https://example.com/%EF%BF%BD"),
    ],
)
def test_links_resolve_against_their_base(base, link, absolute):
    assert urls.resolve(base, link) == absolute


def test_serialising_keeps_scheme_fragment_and_tracking():
    written = "http://user@Example.com:80/%7ea/../b?utm_source=x&b=2&a='1'#top"
    assert urls.serialise(written) == "http://user@example.com/b?utm_source=x&b=2&a=%271%27#top"


def test_configured_url_rules():
    rules = UrlRules(
        drop=("Track", "my_*"),
        keep=("utm_content",),
        hosts=(HostRule("例え.中国", drop=("ref",), keep=("track",)), HostRule("dw.com")),
        aliases=(
            ("m.例え.中国", "www.例え.中国"),
            ("WWW.例え.中国", "例え.中国"),
            ("a.org", "b.org"),
            ("b.org", "a.org"),
        ),
    )
    dropped = "https://example.com/?track=1&my_id=2&utm_content=3&utm_term=4"
    assert normalise(dropped, rules) == "https://example.com/?utm_content=3"
    assert normalise("http://m.例え.中国/?ref=1&track=2", rules) == "https://xn--r8jz45g.xn--fiqs8s/?track=2"
    assert normalise("https://www.dw.com/?maca=1", rules) == "https://www.dw.com/?maca=1"  # a rule was replaced
    assert normalise("https://a.org/", rules) == "https://a.org/"  # aliases in a circle lead nowhere
    assert pickle.loads(pickle.dumps(rules)) == rules


def test_steps_name_every_rule_that_changed_a_url():
    written = "HTTP://u@M.YouTube.com:80/%77atch?v=1&feature=x&app=%6D#t"
    steps = urls.steps(written)
    assert [step.rule for step in steps] == [
        "written as the WHATWG URL standard does",
        "http and https are one",
        "one host: no user name, no default port, no alias",
        "percent-encoding in one form (path)",
        "percent-encoding in one form (query)",
        "without tracking parameters: feature, app",
        "without the fragment, which is no route",
    ]
    assert steps[-1].url == normalise(written) == "https://www.youtube.com/watch?v=1"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://news.example.com/a", "http://example.com/b", True),
        ("https://a.example.co.uk/", "https://b.example.co.uk/", True),
        ("https://a.co.uk/", "https://b.co.uk/", False),
        ("https://a.github.io/", "https://b.github.io/", False),
        ("https://a.com.cn/", "https://b.com.cn/", False),
        ("https://127.0.0.1/", "https://10.0.0.1/", False),
        ("https://127.0.0.1:1/", "https://127.0.0.1:2/", True),
        ("https://例子.中国/", "https://www.例子.中国/", True),
        ("https://localhost/", "https://localhost/", True),
        ("nothing", "nothing", False),
    ],
)
def test_registrable_domain(a, b, same):
    assert urls.same_site(a, b) is same


HOMES = [
    "https://a.com",
    "https://a.com/?utm_source=x",
    "https://a.com/index.html",
    "https://a.com/zh-hans/",
    "https://a.com/en/#top",
]
LISTS = [
    "https://a.com/news",
    "https://a.com/zhongwen/simp",
    "https://a.com/category/tech-2024",
    "https://a.com/news/index.html",
]
ARTICLES = [
    "https://a.com/news/2024/05/title",
    "https://a.com/why-the-sky-is-blue",
    "https://a.com/?p=1",
    "https://a.com/news/12",
    "https://a.com/#/post/1",
    "https://a.com/%E6%96%B0%E9%97%BB",
    "https://a.com/incomprehensibilities",
]


@pytest.mark.parametrize("url", HOMES)
def test_front_page_paths(url):
    assert urls.is_home(url)
    assert urls.is_home_or_section(url)


@pytest.mark.parametrize("url", LISTS)
def test_listing_paths(url):
    assert not urls.is_home(url)
    assert urls.is_home_or_section(url)


@pytest.mark.parametrize("url", ARTICLES)
def test_article_paths(url):
    assert not urls.is_home_or_section(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pass@example.com/a@b?x=1", "https://example.com/a@b?x=1"),
        ("https://example.com/feed?access_token=abc&id=1#top", "https://example.com/feed?access_token=***&id=1#top"),
        ("https://example.com/?key=abc&keyword=news", "https://example.com/?key=***&keyword=news"),
        ("https://me:p@ss@example.com?API_KEY=1", "https://example.com?API_KEY=***"),
        ("https://me:pass@example.com/#access_token=abc&state=1", "https://example.com/#access_token=***&state=1"),
        (
            "https://example.com/a;jsessionid=abc/b;v=1?x=1;token=y",
            "https://example.com/a;jsessionid=***/b;v=1?x=1;token=***",
        ),
        ("https://example.com/?token=a;b&x=1", "https://example.com/?token=***&x=1"),
        ("https://proxy.example/https://me:pass@example.com/f", "https://proxy.example/https://example.com/f"),
        (
            "https://proxy.example/?u=https%3A%2F%2Fme%3Apass%40example.com",
            "https://proxy.example/?u=https%3A%2F%2Fexample.com",
        ),
        ("//me:pass@example.com/", "//example.com/"),
        ("socks5://me:pass@example.com:1080", "socks5://example.com:1080"),
        ("no url", "no url"),
    ],
)
def test_secrets_in_urls_are_masked(url, shown):
    assert urls.redact(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:pw@a.example/f?key=x: timed out", "http://a.example/f?key=***: timed out"),
        (
            "see (https://a.example/?token=x), or ftp://u:p@b.example.",
            "see (https://a.example/?token=***), or ftp://b.example.",
        ),
        ("postgresql+psycopg://u:p@host/db is locked", "postgresql+psycopg://host/db is locked"),
        ("no address: 5 of 6, key=x", "no address: 5 of 6, key=x"),
        ("://", "://"),
    ],
)
def test_secrets_of_urls_in_a_text_are_masked(text, shown):
    assert urls.redact_text(text) == shown


# ---------------------------------------------------------------------------------------------------------------------
# For all URLs

hosts = st.sampled_from(
    ["example.com", "www.youtube.com", "mp.weixin.qq.com", "例え.中国", "127.0.0.1", "m.bilibili.com"]
)
texts = st.text(alphabet="aZ0~.%/-_|'+中é^[]4142eE", max_size=12)
paths = texts.map(lambda text: "/" + text)
names = st.sampled_from(["id", "p", "v", "mid", "utm_source", "spm", "ref", "feature", "%69d", "q"])
pairs = st.lists(st.tuples(names, texts.map(lambda text: text.replace("/", ""))), max_size=4)
fragments = st.sampled_from(["", "#top", "#/route", "#!x", "#guid=%41"])


@st.composite
def addresses(draw):
    query = "&".join(f"{name}={value}" for name, value in draw(pairs))
    scheme = draw(st.sampled_from(["http", "HTTPS"]))
    return f"{scheme}://{draw(hosts)}{draw(paths)}{'?' + query if query else ''}{draw(fragments)}"


@given(addresses())
def test_normalising_is_idempotent(url):
    key = normalise(url)
    if key is not None:
        assert normalise(key) == key
        assert urls.serialise(key) == key
        assert ([step.url for step in urls.steps(url)] or [url])[-1] == key


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_accepted(text, tail):
    for url in (text, "https://" + text, "http://a.com/" + text + "#" + tail):
        key = normalise(url)
        assert key is None or normalise(key) == key
        urls.redact(url)
        urls.is_home_or_section(url)


plain_names = st.text(alphabet="abcXYZ019-_", min_size=1, max_size=8)


@given(plain_names, plain_names)
def test_different_paths_have_different_keys(a, b):
    keys = {normalise(f"https://example.com/{name}") for name in (a, b)}
    assert len(keys) == len({a, b})


@given(st.sampled_from(["id", "p", "ref", "source", "sid", "cid", "v", "__biz", "x"]), hosts, plain_names, plain_names)
def test_different_values_of_a_kept_parameter_have_different_keys(name, host, a, b):
    if name in ("p", "x", "ref", "source", "__biz") and host != "mp.weixin.qq.com":
        host = "example.com"
    keys = {normalise(f"https://{host}/a?utm_medium=1&{name}={value}") for value in (a, b)}
    assert len(keys) == len({a, b})
    assert all(f"{name}=" in urlsplit(key).query for key in keys)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/amp/s/" + "www.google.com/amp/s/" * 190,
        "https://" + "a." * 2000 + "com/",
        "https://example.com/?" + "&" * 4000,
        "https://example.com/?" + "a&" * 2000,
        "https://example.com/" + "../" * 1300,
        "https://example.com/" + "%" * 1300,
        "https://" + "a" * 4000,
        "https://example.com/?" + "token" * 800,
        "https://example.com/" + "://a" * 100_000,
        "https://example.com/" + ";a=" * 100_000,
        "a." * 100_000 + "://",
        "https:" + "/" * 16_000,
        " " * 1_000_000,
    ],
)
@pytest.mark.slow
def test_hostile_urls_take_bounded_time(url):
    started = time.process_time()
    normalise(url)
    urls.redact(url)
    urls.redact_text(f"{url} https://{url}" * 3)
    urls.is_home_or_section(url)
    assert time.process_time() - started < 60


def test_a_typical_url_takes_few_calls():
    """A poll asks for the key of every entry: a URL that is its own serialisation does not go through the parser."""
    url = "https://www.example.com/news/2024/05/the-title-of-an-article?utm_source=rss&id=123"
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    normalise.__wrapped__(url)
    sys.setprofile(count)
    try:
        normalise.__wrapped__(url)
    finally:
        sys.setprofile(None)
    assert calls < 80


@pytest.mark.parametrize(
    ("text", "is_url", "with_spaces", "has_scheme"),
    [
        ("https://example.org/a", True, True, True),
        ("HTTP://EXAMPLE.ORG", True, True, True),
        ("http://example.org/a b", False, True, True),
        ("http://", False, False, True),
        ("http://[::1", False, False, True),
        ("//example.org/a", False, False, False),
        ("ftp://example.org/a", False, False, False),
        ("/a", False, False, False),
        ("", False, False, False),
    ],
)
def test_is_http_url(text, is_url, with_spaces, has_scheme):
    assert urls.is_http_url(text) is is_url
    assert urls.is_http_url(text, allow_spaces=True) is with_spaces
    assert urls.has_http_scheme(text) is has_scheme


@pytest.mark.parametrize(
    ("base", "link", "written", "serialised"),
    [
        ("https://a.example/b/", "c/é.jpg", "https://a.example/b/c/é.jpg", "https://a.example/b/c/%C3%A9.jpg"),
        ("https://a.example/b/", "//X.example", "https://X.example", "https://x.example/"),
        (None, "https://a.example/%7Eb", "https://a.example/%7Eb", "https://a.example/%7Eb"),
        (None, "b", None, None),
        ("https://a.example/", "mailto:a@b.example", None, None),
        ("https://a.example/", "http://[::1", None, None),
    ],
)
def test_links_as_written_and_as_serialised(base, link, written, serialised):
    assert urls.absolute_url(base, link) == written
    assert urls.resolve(base, link) == serialised
