"""What servers answer that is none of a site's documents: notices, errors, robots.txt, and 304."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime

from tests.world.documents import etag
from tests.world.truth import Fault, Site, moment

MAINTENANCE = (
    "<!doctype html><html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1>"
    "<p>This site is down for scheduled maintenance. Please check back in a few minutes.</p></body></html>"
)
_WALL_TEXT = "".join(
    f"<p>Before you continue, we and our {number} partners ask for your consent to store cookies on your device. You"
    " can accept them all, or choose for yourself which of them may be used for which purpose.</p>"
    for number in ("many", "other", "trusted", "new")
)
WALL = (
    "<!doctype html><html><head><title>Before you continue</title></head><body><main>"
    f"<h1>Before you continue</h1>{_WALL_TEXT}</main></body></html>"
)
HOME = (
    "<!doctype html><html><head><title>Home</title></head><body><nav><a href='/'>Home</a></nav><main><h1>Welcome</h1>"
    "<ul><li><a href='/a'>What is new</a></li><li><a href='/b'>What was</a></li></ul></main></body></html>"
)
HTML = (("Content-Type", "text/html; charset=utf-8"),)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sends. `cut`: the connection ends after so many bytes, before the announced length."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None


def robots_txt(site: Site) -> Answer:
    """The robots.txt of a site, 404 where it has none."""
    rules = "".join(f"Disallow: {prefix}\n" for prefix in site.forbidden)
    return Answer(body=f"User-agent: *\n{rules}".encode()) if rules else Answer(404)


def untrue_304(fault: Fault, headers: Mapping[str, str]) -> Answer | None:
    """A 304 of a server with such a fault; None where it has none."""
    conditional = "if-none-match" in headers or "if-modified-since" in headers
    if fault.kind == "always-304" or (fault.kind == "stale-304" and conditional):
        return Answer(304)
    return None


def faulty_answer(fault: Fault) -> Answer | None:
    """The answer of a server with a fault to whatever it is asked; None where it answers as usual."""
    match fault.kind:
        case "error-503" | "error-500":
            return Answer(int(fault.kind[-3:]), b"oops")
        case "limit-429":
            return Answer(429)
        case "limit-429-retry":
            return Answer(429, headers=(("Retry-After", f"{fault.value:.0f}"),))
        case "maintenance":
            return Answer(200, MAINTENANCE.encode(), HTML)
        case "not-found":
            return Answer(404)
    return None


def validators(habit: str, body: str, last_change: float) -> tuple[tuple[str, str], ...]:
    """The headers by which a later request can be conditional."""
    tag, modified = ("ETag", etag(body)), ("Last-Modified", format_datetime(moment(int(last_change)), usegmt=True))
    return {"etag": (tag,), "modified": (modified,), "both": (tag, modified), "none": ()}[habit]


def is_current(tags: tuple[tuple[str, str], ...], headers: Mapping[str, str]) -> bool:
    """Whether a conditional request has these validators."""
    by_name = dict(tags)
    if "if-none-match" in headers:
        return headers["if-none-match"] == by_name.get("ETag")
    return "if-modified-since" in headers and headers["if-modified-since"] == by_name.get("Last-Modified")
