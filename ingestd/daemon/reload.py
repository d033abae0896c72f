"""What a reload may not do: stop all polling, or go to another database."""

from pathlib import Path
from urllib.parse import urlsplit

from ingestd.config.settings import Config
from ingestd.config.source_table import table_of
from ingestd.identity.urls import redact
from ingestd.model.errors import ConfigError
from ingestd.sources.configured import require_sources

#: Names of sources that one event of the log lists.
MAX_LISTED_NAMES = 20


def refuse_reload(running: Config, new: Config) -> None:
    """Raise ConfigError where a new configuration is likelier a file that was cut than what its user wants."""
    if running.sources:
        require_sources(new)
    if _database(running) != _database(new):
        raise ConfigError(
            f"{new.path}: names another database, {redact(new.database.url)}: was it written completely? "
            "Only a restart changes the database"
        )


def _database(config: Config) -> tuple[str, ...]:
    """What tells databases apart: the file, or server and name; credentials may change."""
    url = config.database.url
    if url.startswith("sqlite:///"):
        return (str(Path(url.removeprefix("sqlite:///")).absolute()),)
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2], parts.path, parts.query


def dropped_sources(running: Config, new: Config) -> str | None:
    """Names of the sources that leave with a reload, for the log; None where none leaves."""
    before, after = table_of(running.sources), table_of(new.sources)
    kept = {*after.names, *after.urls}
    names = [name for name, url in zip(before.names, before.urls, strict=True) if name not in kept and url not in kept]
    more = f" and {len(names) - MAX_LISTED_NAMES} more" if len(names) > MAX_LISTED_NAMES else ""
    return ", ".join(names[:MAX_LISTED_NAMES]) + more if names else None
