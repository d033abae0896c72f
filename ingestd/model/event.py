"""Events that users are told of: a closed list."""

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What can happen, as `events` in the configuration and `event` in a notification name it."""

    POST_NEW = "post-new"
    POST_EDITED = "post-edited"
    POST_GONE = "post-gone"
    SOURCE_FAILING = "source-failing"
    SOURCE_SILENT = "source-silent"
    SOURCE_RECOVERED = "source-recovered"
    POSSIBLE_LOSS = "possible-loss"


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """Something that happened to a source; `outcome` is how its poll ended, `reason` says why, in words."""

    kind: EventKind
    reason: str
    outcome: str | None = None
