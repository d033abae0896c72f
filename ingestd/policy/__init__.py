"""Decisions about sources: when to poll next, which validators to keep, when one has moved. Pure: clock and random
numbers are passed in.
"""

from ingestd.policy.condition import FAILING, SILENT, condition_after_poll, condition_event
from ingestd.policy.entry_filters import HISTORY, MAX_EXPRESSION_S, has_rules, left_out, rules_digest, still_holds
from ingestd.policy.freshness import answered_at, freshness_s, should_skip_validators, validators_to_store
from ingestd.policy.health import advice, health, is_dead, zone_remark
from ingestd.policy.hub_links import named_hubs
from ingestd.policy.moves import leads_to, moved
from ingestd.policy.schedule import NextPoll, PollSummary, ScheduleLimits, next_poll
from ingestd.policy.silence import HABIT_DAYS, Silence, silence
from ingestd.policy.truncation import is_habit, may_keep_validators

__all__ = [
    "FAILING",
    "HABIT_DAYS",
    "HISTORY",
    "MAX_EXPRESSION_S",
    "SILENT",
    "NextPoll",
    "PollSummary",
    "ScheduleLimits",
    "Silence",
    "advice",
    "answered_at",
    "condition_after_poll",
    "condition_event",
    "freshness_s",
    "has_rules",
    "health",
    "is_dead",
    "is_habit",
    "leads_to",
    "left_out",
    "may_keep_validators",
    "moved",
    "named_hubs",
    "next_poll",
    "rules_digest",
    "should_skip_validators",
    "silence",
    "still_holds",
    "validators_to_store",
    "zone_remark",
]
