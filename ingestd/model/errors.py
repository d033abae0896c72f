"""The closed vocabulary of outcomes, and every exception that ingestd raises.

IngestdError
├── ConfigError          the configuration is wrong; nothing is started (exit status 78)
├── UsageError           the command line is wrong (exit status 2)
├── StoreError           the database cannot be used
│   ├── StoreBusyError   another program holds it
│   ├── StoreDamagedError its file is damaged
│   ├── StoreLostError   its file was deleted or replaced
│   └── StoreTimeoutError a read took too long
├── ArchiveError         a file of an archive, or a list of subscriptions, cannot be read or written
└── PollError            one source, entry or page failed; carries an `Outcome`
    ├── TemporaryError   may work when tried again: short back-off
    └── PermanentError   will not work unless something changes: long back-off

A library's error is translated once, where the library is called, with `raise ... from`.
"""

from enum import StrEnum


class Cause(StrEnum):
    """Words of an error's reason that decide what a user can do, where the outcome alone does not."""

    NOT_PUBLIC = "not a public address"
    PORT = "is not one that web pages are served from"
    PROXY_LOGIN = "the proxy asks for a user name and password"
    UNKNOWN_ISSUER = "the issuer of its certificate is not known"
    SELF_SIGNED = "its certificate is its own"
    EXPIRED = "its certificate has expired"
    NOT_YET_VALID = "its certificate is not valid yet"
    WRONG_NAME = "its certificate is for another name"
    OLD_TLS = "its TLS is too old"
    NO_TLS = "its port does not speak TLS"
    LINKS = "`links`"
    KIND = "leave out `kind"


class Outcome(StrEnum):
    """How a poll, an entry, a page or an image ended: the same words in database, logs, metrics and documentation."""

    # The source was reached.
    OK = "ok"
    NOT_MODIFIED = "not-modified"
    UNCHANGED = "unchanged"
    # Temporary failures.
    DNS_FAILED = "dns-failed"
    CONNECT_FAILED = "connect-failed"
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection-lost"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    OFFLINE = "offline"
    INTERRUPTED = "interrupted"
    STORE_FAILED = "store-failed"
    INTERNAL_ERROR = "internal-error"
    FEED_TRUNCATED = "feed-truncated"
    LOCAL_FAULT = "local-fault"
    LOCAL_FEED_FAILED = "local-feed-failed"
    # Permanent failures.
    TLS_FAILED = "tls-failed"
    ADDRESS_REFUSED = "address-refused"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    CHALLENGE = "challenge"
    NOT_FOUND = "not-found"
    GONE = "gone"
    HTTP_ERROR = "http-error"
    PROTOCOL_ERROR = "protocol-error"
    REDIRECT_FAILED = "redirect-failed"
    TOO_LARGE = "too-large"
    BAD_ENCODING = "bad-encoding"
    # Permanent failures of a feed.
    NOT_A_FEED = "not-a-feed"
    FEED_BROKEN = "feed-broken"
    FEED_TOO_COSTLY = "feed-too-costly"
    # Failures of one entry.
    ENTRY_WITHOUT_LINK = "entry-without-link"
    ENTRY_BROKEN = "entry-broken"
    OTHER_HOST = "other-host"
    FILTER_TOO_COSTLY = "filter-too-costly"
    # Failures of one article page.
    ROBOTS_DISALLOWED = "robots-disallowed"
    NOT_HTML = "not-html"
    PAGE_EMPTY = "page-empty"
    NO_ARTICLE = "no-article"
    PAGE_TOO_COSTLY = "page-too-costly"
    RULE_MISSED = "rule-missed"
    BEHIND_A_WALL = "behind-a-wall"
    # Failures of one image.
    NOT_AN_IMAGE = "not-an-image"


#: The outcomes of a poll whose source was reached and read.
SUCCESSFUL_OUTCOMES = frozenset({Outcome.OK, Outcome.NOT_MODIFIED, Outcome.UNCHANGED})
#: Failures of requests that say nothing about who was to be asked: this machine has no network, or no files left.
LOCAL_OUTCOMES = frozenset({Outcome.OFFLINE, Outcome.LOCAL_FAULT})


class IngestdError(Exception):
    """The base of every error that ingestd raises on purpose; its text is one clear line for the user."""


class ConfigError(IngestdError):
    """The configuration is wrong; the text names file, key and line where they are known."""


class UsageError(IngestdError):
    """The command line asks for something that does not exist."""


class StoreError(IngestdError):
    """The database cannot be opened, read, written or upgraded."""


class StoreTimeoutError(StoreError):
    """A read took longer than it may."""


class StoreDamagedError(StoreError):
    """The file of the database is damaged: nothing may be written to it."""


class StoreLostError(StoreError):
    """The file of the database was deleted or replaced while it was in use: what is written to it would be lost."""


class StoreBusyError(StoreError):
    """Another program has kept the database to itself for longer than a write waits."""


class LeaseLostError(StoreError):
    """What this process has done must not be written: its lease has expired, and another process may have taken it."""


class ArchiveError(IngestdError):
    """A file of an archive, or a list of subscriptions, cannot be read or written; the text says why."""


class PollError(IngestdError):
    """One source, entry or page failed.

    `outcome` is the word of the closed vocabulary, `reason` one line for a person, `url` the address concerned
    (None where the caller adds it), `http_status` the answer's status where there was one, and
    `retry_after_s` the seconds that the site asked us to wait, already clamped to a day. `after_answer`: a request for
    the same resource was answered before, by a redirect for instance.
    """

    def __init__(
        self,
        outcome: Outcome,
        reason: str,
        *,
        url: str | None = None,
        http_status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.url = url
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        self.after_answer = False

    def __reduce__(self) -> tuple[object, ...]:
        """Cross a process boundary whole: the default pickling of exceptions loses keyword arguments."""
        return (
            _rebuild_poll_error,
            (type(self), self.outcome, self.reason, self.url, self.http_status, self.retry_after_s),
        )


class TemporaryError(PollError):
    """May work when tried again."""


class PermanentError(PollError):
    """Will not work unless something is changed at the source or in the configuration."""


def _rebuild_poll_error(
    kind: type[PollError],
    outcome: Outcome,
    reason: str,
    url: str | None,
    http_status: int | None,
    retry_after_s: float | None,
) -> PollError:
    return kind(outcome, reason, url=url, http_status=http_status, retry_after_s=retry_after_s)
