"""From the configuration to the sources that are polled."""

import base64
from collections.abc import Sequence
from difflib import get_close_matches

from ingestd.config import Config, SourceConfig
from ingestd.errors import UsageError
from ingestd.records import SiteRule, Source


def configured(config: Config) -> list[Source]:
    """Every source of the configuration, in its order, without rows in the database yet."""
    return [_source(item, config.schedule.interval) for item in config.sources]


def _source(item: SourceConfig, interval_s: float) -> Source:
    return Source(
        name=item.name,
        url=item.url,
        tags=item.tags if item.tags is not None else (item.name,),
        categories=item.categories if item.categories is not None else (item.name,),
        article=item.article,
        rule=SiteRule(item.select, item.remove, item.title, item.author, item.date, item.next_page),
        timezone=item.timezone,
        language=item.language,
        headers=_headers(item),
        proxy=item.proxy,
        interval_s=item.interval or interval_s,
        enabled=item.enabled,
        revisit=item.revisit,
    )


def _headers(item: SourceConfig) -> tuple[tuple[str, str], ...]:
    headers = dict(item.headers)
    if item.username is not None or item.password is not None:
        # RFC 7617: user-id and password as UTF-8, in base 64.
        secret = f"{item.username or ''}:{item.password or ''}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(secret).decode("ascii")
    return tuple(headers.items())


def named(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """The sources of these names, in the order of the configuration; all that are enabled where no name is given.

    Raises UsageError for a name that is not configured.
    """
    if not names:
        return [source for source in sources if source.enabled]
    known = [source.name for source in sources]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4)
            hint = f"; did you mean {' or '.join(repr(item) for item in near)}?" if near else ""
            raise UsageError(f"no source is named {name!r}{hint} (`ingestd sources list` shows all)")
    wanted = set(names)
    return [source for source in sources if source.name in wanted]
