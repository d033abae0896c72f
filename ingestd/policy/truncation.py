"""What follows where a feed breaks off before its end: when it is asked again, and what is kept of it. Pure.

Its entries after the break are missing, and the next response may have them. So nothing is kept by which the server
could say that nothing has changed, and the feed is asked again soon. Some feeds never have their end tag: the delay
doubles until it is the usual one, and where no entry was ever cut they are polled like any other after a while.
"""

#: Truncated bodies in a row after which a feed is taken to be served like this always.
HABIT_POLLS = 8


def asked_again_after_s(truncated_polls: int, min_s: float) -> float:
    """Seconds until a truncated feed is asked again, where that is sooner than usual: they double with each poll.

    `truncated_polls` counts the truncated bodies in a row with this one; `min_s` is the shortest interval.
    """
    return min_s * 2.0 ** min(truncated_polls - 1, 20)


def is_habit(truncated_polls: int) -> bool:
    """Whether a feed breaks off at every poll, so that a missing end says nothing about this one."""
    return truncated_polls > HABIT_POLLS


def may_keep_validators(truncated_polls: int, *, entry_cut: bool) -> bool:
    """Whether the body is taken as known when it comes again, and its validators are sent back.

    Not for a truncated body, unless that is the feed's habit and the break is between two entries.
    """
    return not truncated_polls or (is_habit(truncated_polls) and not entry_cut)
