"""The columns of a source that a poll changes: when it is polled next, how it went, validators, what the feed says."""

import json
from datetime import datetime

from ingestd import policy
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.model.feed import Feed
from ingestd.model.poll import Poll
from ingestd.model.source import SourceState, SourceUpdate
from ingestd.poll.mirror_step import mirror_columns
from ingestd.poll.progress import PollProgress
from ingestd.store.codec import optional_utc_text
from ingestd.store.sources import redirects_text, sitemap_files_text
from ingestd.text.times import utc_text

#: The columns by which the next poll would tell that the feed is still as it was read last, emptied.
_NOTHING_READ: tuple[tuple[str, object], ...] = (
    ("etag", None),
    ("last_modified", None),
    ("body_digest", None),
    ("conditional_polls", 0),
)


def forget_last_body(source_id: int) -> SourceUpdate:
    """What lets the next poll read the feed whole.

    Written before the words of posts are changed by their entries. The last body is not what is stored any more: where
    the end of the poll cannot be recorded, or a push was an old copy that a hub delivered late, the feed may be as it
    was before, and that it is unmodified would leave the posts with words that the site has taken back.
    """
    return SourceUpdate(source_id, _NOTHING_READ)


def source_update(
    state: SourceState,
    progress: PollProgress,
    poll: Poll,
    now: datetime,
    planned: policy.NextPoll,
    condition: str | None,
) -> SourceUpdate | None:
    changed = {"condition": condition} if condition != state.condition else {}
    if progress.pushed:
        return _update_after_push(state, poll, now, planned, changed)
    succeeded = poll.outcome in SUCCESSFUL_OUTCOMES
    values: dict[str, object] = {
        "last_polled_at": utc_text(now),
        "last_outcome": str(poll.outcome),
        "last_error": None if succeeded else poll.error,
        "next_poll_at": utc_text(planned.at),
        "interval_s": planned.interval_s,
        "failures": planned.failures,
        "failing_since": optional_utc_text(planned.failing_since),
        "paused": int(planned.paused),
        **changed,
    }
    if succeeded:
        values |= {"last_ok_at": utc_text(now), "redirects": redirects_text((*state.redirects, progress.redirects))}
        values |= _feed_columns(state, progress, now)
    if poll.new:
        values["last_new_at"] = utc_text(now)
    if poll.may_have_missed:
        values["suspected_loss_at"] = utc_text(now)
    return SourceUpdate(state.source.id, tuple(values.items()))


def _update_after_push(
    state: SourceState,
    poll: Poll,
    now: datetime,
    planned: policy.NextPoll,
    changed: dict[str, str | None],
) -> SourceUpdate | None:
    """A push changes nothing about the source's own address: it adds posts, and delays the next poll."""
    if poll.outcome not in SUCCESSFUL_OUTCOMES:
        return None
    values: dict[str, object] = {**changed}
    if poll.new:
        values["last_new_at"] = utc_text(now)
    if not state.failures and not state.paused:
        values |= {"next_poll_at": utc_text(planned.at), "interval_s": planned.interval_s}
    return SourceUpdate(state.source.id, tuple(values.items())) if values else None


def truncated_polls_after(state: SourceState, feed: Feed | None) -> int:
    """The truncated bodies in a row, up to the last one that was read; `feed` is None where this poll read none."""
    if feed is None:
        return state.truncated_polls
    return state.truncated_polls + 1 if feed.truncated else 0


def _feed_columns(state: SourceState, progress: PollProgress, now: datetime) -> dict[str, object]:
    """The columns that a successful response sets: validators, fingerprint, and what the feed says of itself."""
    result, response = progress.feed_result, progress.response
    if result is None or response is None:
        return {}
    values: dict[str, object] = {"conditional_polls": state.conditional_polls + 1, "body_digest": result.body_digest}
    values |= mirror_columns(state, result, now)
    if result.sitemap_files or state.sitemap_files:
        values["sitemap_files"] = sitemap_files_text(result.sitemap_files)
    if result.outcome is Outcome.NOT_MODIFIED:
        return values
    etag, last_modified = policy.validators_to_store(response.headers)
    values |= {"etag": etag, "last_modified": last_modified, "conditional_polls": 1 if etag or last_modified else 0}
    if policy.should_skip_validators(state.conditional_polls):
        values["conditional_polls"] = 1
    if (feed := result.feed) is not None:
        if result.complete:
            values["rules_digest"] = policy.rules_digest(state.source)
        truncated_polls = truncated_polls_after(state, feed)
        if not policy.may_keep_validators(truncated_polls, entry_cut=feed.entry_cut):
            values |= dict(_NOTHING_READ)
            values["sitemap_files"] = "[]"
        values |= {
            "truncated_polls": truncated_polls,
            "title": feed.title or None,
            "site_url": feed.link,
            "language": feed.language,
            "feed_ttl_s": feed.ttl_s,
            "skip_hours": json.dumps(feed.skip_hours),
            "skip_days": json.dumps(feed.skip_days),
        }
    return values
