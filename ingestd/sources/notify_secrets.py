"""The secrets with which webhooks are signed: from the configuration, or from a file of their own."""

from ingestd.config.service_settings import NotifyConfig
from ingestd.config.settings import Config
from ingestd.model.errors import ConfigError
from ingestd.sources.password_files import read_password_file


def notify_secrets(config: Config) -> dict[str, str | None]:
    """The secret of each target by its name, None for one without. Raises ConfigError for a file without one."""
    return {item.shown_name: _secret(item, config) for item in config.notify}


def _secret(item: NotifyConfig, config: Config) -> str | None:
    if item.secret_file is None:
        return item.secret
    try:
        return read_password_file(item.secret_file, config.path, key="secret_file")
    except ConfigError as error:
        where = f"{config.path}: " if config.path else ""
        raise ConfigError(f"{where}the target {item.shown_name!r} of notifications: {error}") from error
