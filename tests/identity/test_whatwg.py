"""URLs as the URL standard reads and writes them: the tables of examples in https://url.spec.whatwg.org."""

import ada_url
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestd.identity.urls import MAX_URL_CHARS, host_of, is_serialised, resolve, serialise, shown_url

#: "Example URL parsing" (4.3): input, base, output. None is a failure, and what is no http(s) URL.
PARSING = [
    ("https:example.org", None, "https://example.org/"),
    ("https://////example.com///", None, "https://example.com///"),
    ("https://example.com/././foo", None, "https://example.com/foo"),
    ("hello:world", "https://example.com", None),
    ("https:example.org", "https://example.com", "https://example.com/example.org"),
    ("\\example\\..\\demo/.\\", "https://example.com", "https://example.com/demo/"),
    ("example", "https://example.com/demo", "https://example.com/example"),
    ("file:///C|/demo", None, None),
    ("..", "file:///C:/demo", None),
    ("file://loc%61lhost/", None, None),
    ("https://user:password@example.org/", None, "https://user:password@example.org/"),
    ("https://example.org/foo bar", None, "https://example.org/foo%20bar"),
    ("https://EXAMPLE.com/../x", None, "https://example.com/x"),
    ("https://ex ample.org/", None, None),
    ("example", None, None),
    ("https://example.com:demo", None, None),
    ("http://[www.example.com]/", None, None),
    ("https://example.org//", None, "https://example.org//"),
    ("https://example.com/[]?[]#[]", None, "https://example.com/[]?[]#[]"),
    ("https://example/%?%#%", None, "https://example/%?%#%"),
    ("https://example/%25?%25#%25", None, "https://example/%25?%25#%25"),
]

#: "Example host parsing" (3.5): input, and the host of a special URL; None is a failure.
HOSTS = [
    ("EXAMPLE.COM", "example.com"),
    ("example%2Ecom", "example.com"),
    ("faß.example", "xn--fa-hia.example"),
    ("0", "0.0.0.0"),
    ("%30", "0.0.0.0"),
    ("0x", "0.0.0.0"),
    ("0xffffffff", "255.255.255.255"),
    ("[0:0::1]", "[::1]"),
    ("[0:0::1%5D", None),
    ("[0:0::%31]", None),
    ("09", None),
    ("example.255", None),
    ("example^example", None),
]


@pytest.mark.parametrize(("url", "base", "href"), PARSING)
def test_parsing(url, base, href):
    assert resolve(base, url) == href
    if base is None:
        assert serialise(url) == href


@pytest.mark.parametrize(("host", "parsed"), HOSTS)
def test_hosts(host, parsed):
    assert serialise(f"https://{host}/") == (parsed and f"https://{parsed}/")
    assert host_of(f"https://{host}:8080/") == (parsed or "").strip("[]")


@pytest.mark.parametrize(
    ("port", "written"),
    [
        *(
            (":443", ""),
            (":80", ":80"),
            (":", ""),
            (":0443", ""),
            (":00080", ":80"),
            (":0", ":0"),
            (":65535", ":65535"),
        ),
        *((":65536", None), (":99999", None), (":-1", None), (":8a", None)),
    ],
)
def test_ports(port, written):
    assert serialise(f"https://example.org{port}/") == (None if written is None else f"https://example.org{written}/")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://example.org/a?b=c#d", True),
        ("https://example.org:8080/", True),
        ("http://192.0.2.1/%41", True),
        ("https://example.org", False),
        ("https://example.org:443/", False),
        ("http://example.org:443/", False),
        ("https://example.org:65535/", False),
        ("https://example.org/a/../b", False),
        ("https://example.org/%2e%2E/b", False),
        ("https://xn--fa-hia.example/", False),
        ("https://192.0.2.256/", False),
        ("https://192.0.2/", False),
        ("https://example.1/", False),
        ("https://EXAMPLE.org/", False),
        ("https://example.org/ ", False),
        ("https://example.org/?a='", False),
        ("https://example.org/\n", False),
        ("https://example.org/" + "a" * (MAX_URL_CHARS - 20), True),
        ("https://example.org/" + "a" * (MAX_URL_CHARS - 19), False),
    ],
)
def test_urls_that_need_no_parser(url, plain):
    assert is_serialised(url) is plain


_PIECES = st.sampled_from(
    [
        *("https://", "http://", "example.org", "a.b", "192.0.2.1", "0x7f", "1", ".", "..", "/", "//", "\\", ":", "80"),
        *("443", "65535", "@", "?", "#", "%", "%2e", "%41", "xn--", "A", "é", "'", '"', "<", "|", "^", "`", "{", " "),
        *("\t", "\n", "-", "_", "~", "!", "$", "&", "(", "*", ",", ";", "=", "[", "]", "\ud800", "\x7f"),
    ]
)


@given(st.lists(_PIECES, max_size=12).map("".join), st.sampled_from(["https://example.org/", "http://a.b:1/", ""]))
@example("a/%2E./b", "https://example.org/")
@example("?a='", "https://example.org/")
def test_what_needs_no_parser_is_what_the_parser_writes(tail, start):
    url = start + tail
    if is_serialised(url):
        assert ada_url.URL(url).href == url
    href = serialise(url)
    assert href is None or serialise(href) == href


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:secret@a.example/x", "http://a.example/x"),
        ("http://a.example/\x1b[31mred", "http://a.example/�[31mred"),
        ("http://a.example/\u202egpj", "http://a.example/�gpj"),
        ("http://[::1/", "http://[::1/"),
    ],
)
def test_urls_in_messages_have_no_password_and_no_control_characters(text, shown):
    assert shown_url(text) == shown


def test_urls_in_messages_are_cut():
    assert shown_url("http://a.example/" + "x" * 500) == "http://a.example/" + "x" * 283 + "…"


def test_messages_show_no_fragment_and_no_password_of_a_broken_address():
    assert shown_url("http://a.example/x#secret") == "http://a.example/x"
    assert shown_url("http://user:secret@[::1/") == "http://[::1/"
    assert shown_url("//user:secret@[::1/") == "//[::1/"
