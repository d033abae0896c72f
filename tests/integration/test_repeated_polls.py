"""A source over many polls: requests, validators, redirects, and responses that are no feed."""

import pytest

from ingestd.model.errors import Outcome
from ingestd.policy.freshness import UNCONDITIONAL_POLL_EVERY
from tests.support.installation import Installation, Item, feed, rss
from tests.support.server import Answer

ONE, TWO = Item("渡轮停航", "https://a.example/1"), Item("渡轮复航", "https://a.example/2")


@pytest.fixture
def source(installation: Installation) -> Installation:
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    return installation


def titles(installation: Installation) -> list[str]:
    return [row["title"] for row in installation.rows("SELECT title FROM posts ORDER BY id")]


async def test_changed_body_under_the_same_etag_is_detected(source):
    source.server.route("/f", feed(ONE, etag='"same"'))
    assert (await source.fetch_one()).new == 1
    changed = feed(ONE, TWO, etag='"same"')
    source.server.route("/f", lambda got: Answer(304) if got.header("if-none-match") else changed)
    outcomes = [(await source.fetch_one()).outcome for _ in range(UNCONDITIONAL_POLL_EVERY)]
    assert outcomes.count(Outcome.OK) == 1
    assert titles(source) == [ONE.title, TWO.title]


LONG = "x" * 501
VALIDATORS = [
    ({"ETag": 'W/"a\\"b'}, 'W/"a\\"b', None),
    ({"ETag": "no quotes", "Last-Modified": "gestern"}, "no quotes", "gestern"),
    ({"ETag": LONG, "Last-Modified": LONG}, None, None),
    ({"ETag": '"文"', "Last-Modified": "Sat, 04 May 2024 10:00:00 GMT"}, None, "Sat, 04 May 2024 10:00:00 GMT"),
]


@pytest.mark.parametrize(("headers", "etag", "last_modified"), VALIDATORS)
async def test_validators_are_sent_back_unchanged_or_omitted(source, headers, etag, last_modified):
    source.server.route("/f", Answer(body=rss(ONE), headers=headers))
    for _ in range(2):
        await source.fetch_one()
    [row] = source.rows("SELECT etag, last_modified FROM sources")
    assert (row["etag"], row["last_modified"]) == (etag, last_modified)
    again = source.server.requests[-1]
    assert (again.header("if-none-match"), again.header("if-modified-since")) == (etag, last_modified)


async def test_a_permanent_redirect_moves_the_source_after_three_polls(source):
    """`status` shows the new URL before the move, `sources list` the earlier one after it."""
    source.server.route("/f", Answer(301, headers={"Location": "/new?token=sesame"}))
    source.server.route("/new", feed(ONE))
    new = source.server.url("/new?token=sesame")
    for polls in (1, 2, 3):
        await source.fetch_one()
        assert source.value("SELECT url FROM sources") == (new if polls == 3 else source.server.url("/f"))
        _, out, _ = source.command("status")
        assert ("moved to" in out) is (polls < 3)
        assert "sesame" not in out
    _, out, _ = source.command("sources", "list")
    assert source.server.url("/f") in out
    assert "sesame" not in out
    await source.fetch_one()
    assert source.server.requests[-1].target == "/new?token=sesame"


async def test_temporary_redirect_does_not_move_the_source(source):
    source.server.route("/f", Answer(302, headers={"Location": "/new"}))
    source.server.route("/new", feed(ONE))
    for _ in range(4):
        await source.fetch_one()
    assert source.value("SELECT url FROM sources") == source.server.url("/f")


async def test_permanent_redirect_to_no_feed_does_not_move_the_source(source):
    source.server.route("/f", feed(ONE))
    await source.fetch_one()
    source.server.route("/f", Answer(301, headers={"Location": "/home"}))
    source.server.route("/home", Answer(body="<html><title>Home</title><p>Welcome"))
    for _ in range(4):
        assert (await source.fetch_one()).outcome is Outcome.NOT_A_FEED
    assert source.value("SELECT url FROM sources") == source.server.url("/f")
    assert titles(source) == [ONE.title]


async def test_gone_pauses_the_source_and_a_good_poll_resumes_it(source):
    source.server.route("/f", Answer(410))
    assert (await source.fetch_one()).outcome is Outcome.GONE
    assert source.value("SELECT paused FROM sources") == 0, "one odd answer is tried again"
    assert (await source.fetch_one()).outcome is Outcome.GONE
    assert source.value("SELECT paused FROM sources") == 1
    _, out, _ = source.command("status")
    assert "paused" in out
    assert "Remove it" in out
    source.server.route("/f", feed(ONE))
    assert (await source.fetch_one()).outcome is Outcome.OK
    assert source.value("SELECT paused FROM sources") == 0


WRONG = {
    "a login page": '<!doctype html><html><form><input type="password" name="p"></form></html>',
    "a captive portal": "<HTML><HEAD><META HTTP-EQUIV='refresh' CONTENT='0;url=http://portal/'></HEAD></HTML>",
    "an error page": "<html><head><title>503 Service Unavailable</title></head><body><h1>Sorry</h1></body></html>",
    "XHTML": '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body/></html>',
    "a page that shows a feed": "<html><body><script>var x = '<rss version=\"2.0\">';</script></body></html>",
    "an error of a storage service": '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "a site map": '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a/1</loc></url></urlset>',
    "OPML": '<opml version="2.0"><body><outline xmlUrl="https://a/f"/></body></opml>',
    "SVG": '<svg xmlns="http://www.w3.org/2000/svg"><title>no feed</title></svg>',
    "SOAP": '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    "JSON with an error": '{"error": "quota exceeded", "items": null}',
    "a JSON list": "[]",
    "null": "null",
    "words": "Too many requests, please slow down.",
    "nothing": "",
    "spaces": " \n" * 100,
    "zeros": "\0" * 5000,
    "a picture": "\x89PNG\r\n\x1a\n" + "\0" * 100,
    "a page that shows an empty feed": "<html><head><title>x</title></head><pre><rss><channel></channel></rss></pre>",
    "half a feed's head": '<?xml version="1.0"?><rss vers',
    "a feed that breaks off": '<?xml version="1.0"?><rss version="2.0"><channel><title>联合早报</title><link>htt',
    "a comment alone": "<!-- cached at 10:00 -->",
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_response_without_a_feed_is_a_failure_and_not_an_empty_feed(source, wrong):
    source.server.route("/f", feed(ONE, etag='"good"'))
    await source.fetch_one()
    before = source.rows("SELECT etag, body_digest, last_ok_at FROM sources")
    for headers in ({"Content-Type": "application/rss+xml", "ETag": '"bad"'}, {"Content-Type": "text/html"}):
        source.server.route("/f", Answer(body=WRONG[wrong], headers=headers))
        for failures in (1, 2):
            poll = await source.fetch_one()
            assert poll.outcome in (Outcome.NOT_A_FEED, Outcome.FEED_BROKEN, Outcome.FEED_TRUNCATED), failures
            assert poll.entries == 0
            assert poll.error
    assert source.rows("SELECT etag, body_digest, last_ok_at FROM sources") == before
    assert titles(source) == [ONE.title]
    source.server.route("/f", feed(ONE, TWO))
    assert (await source.fetch_one()).new == 1


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
async def test_more_entries_than_are_read_are_recorded(source):
    """The newest are kept; what is said of the others is a problem of the poll and makes no entry a failed one."""
    entries = "".join(f"<item><title>{n}</title><link>https://a/{n}</link></item>" for n in range(5_003))
    body = f'<rss version="2.0"><channel><title>many</title>{entries}</channel></rss>'
    source.server.route("/f", Answer(body=body))
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new, poll.failed) == (Outcome.OK, 5_000, 0)
    assert poll.error == "the feed has 5,003 entries, of which the newest 5,000 are read"
    [problem] = source.rows("SELECT outcome, url, reason FROM problems")
    assert (problem["outcome"], problem["url"]) == ("too-large", source.server.url("/f"))
    assert source.value("SELECT count(*) FROM posts WHERE title IN ('0', '4999')") == 2


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_secrets_stay_out_of_logs_status_and_tables(installation):
    """User name, password, cookie and key are sent to the server, and are in no log, output or table."""
    secrets = ("s3same", "c00kie", "k3y")
    url = installation.server.url("/f").replace("//", "//me:s3same@") + "?api_key=k3y"
    installation.configure({"name": "甲", "url": url, "article": "never", "headers": {"Cookie": "sid=c00kie"}})
    installation.server.route("/f", Answer(500))
    seen = "".join("".join(installation.command(*command)[1:]) for command in (["fetch"], ["fetch", "--json"]))
    installation.server.route("/f", feed(ONE))
    installation.server.route("/private", Answer(404))
    for command in (["fetch"], ["status"], ["status", "--json"], ["sources", "list"], ["sources", "list", "--json"]):
        seen += "".join(installation.command(*command)[1:])
    assert installation.server.requests[0].header("cookie") == "sid=c00kie"
    assert (installation.server.requests[0].header("authorization") or "").startswith("Basic ")
    assert [secret for secret in secrets if secret in seen] == []
    # The address itself is what is polled; everything else in the database says it without them.
    installation.execute("UPDATE sources SET url = '', config_url = ''")
    installation.execute("VACUUM")
    stored = installation.database.read_bytes()
    assert [secret for secret in secrets if secret.encode() in stored] == []
