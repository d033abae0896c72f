"""Site rules and URL rules, from the shipped files and the configuration."""

from functools import lru_cache
from pathlib import Path

from ingestd.config.settings import Config
from ingestd.config.source_settings import SourceConfig
from ingestd.config.source_table import distinct_settings
from ingestd.extract.rules.site_rules import SiteRules, load_rules
from ingestd.identity.urls import HostRule, UrlRules
from ingestd.model.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """The path of a file of `config/`: inside the installed package, or beside the package in a checkout."""
    inside = _PACKAGE / "_config" / name
    return inside if inside.exists() else _PACKAGE.parent / "config" / name


def site_rules(config: Config) -> SiteRules:
    """The shipped site rules, overridden by the user's. Raises ConfigError for an unreadable file or bad selector."""
    pack = shipped("sites.toml")
    rules = _shipped_rules(_read(pack), str(pack))
    for path in map(Path, config.sites.rules):
        rules += load_rules(_read(path), str(path))
    for source in distinct_settings(config.sources):
        _check_selectors(source, config.path)
    return rules


@lru_cache(maxsize=1)
def _shipped_rules(text: str, where: str) -> SiteRules:
    """The shipped pack: many hundred rules, which are the same whenever the configuration is read again."""
    return load_rules(text, where, check=False)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the site rules cannot be read: {error}") from error


def _check_selectors(source: SourceConfig, path: Path | None) -> None:
    for selector in (source.select, *source.remove, source.title, source.author, source.date, source.next_page):
        if selector and not _is_valid_selector(selector):
            raise ConfigError(f"{path}: the source {source.name!r}: {selector!r} is not a CSS selector")


def _is_valid_selector(selector: str) -> bool:
    from ingestd.extract.rules.selectors import is_valid_selector  # slow to import, and few sources have selectors

    return is_valid_selector(selector)


def url_rules(config: Config) -> UrlRules:
    """The rules by which URLs are normalised to keys: the built-in ones and those of `[urls]`."""
    hosts = tuple(HostRule(host, drop=rule.drop, keep=rule.keep) for host, rule in config.urls.hosts.items())
    aliases = tuple(config.urls.aliases.items())
    return UrlRules(drop=config.urls.tracking, keep=config.urls.keep, hosts=hosts, aliases=aliases)
