"""Passwords and other secrets that are kept in a file of their own, apart from the configuration."""

import os
from collections.abc import Mapping
from pathlib import Path

from ingestd.model.errors import ConfigError

MAX_PASSWORD_BYTES = 4096


def read_password_file(
    name: str, config_path: Path | None, environ: Mapping[str, str] = os.environ, *, key: str = "password_file"
) -> str:
    """The password in a file, without the end of its line; `key` is what names it in the configuration.

    A relative name is looked for among the credentials that systemd hands to the service ($CREDENTIALS_DIRECTORY, see
    `LoadCredential=` in systemd.exec(5)), then beside the configuration. Raises ConfigError.
    """
    path = Path(name)
    try:
        path = _find(path, config_path, environ)
        with path.open("rb") as stream:
            data = stream.read(MAX_PASSWORD_BYTES + 1)
        password = data.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ConfigError(f"its {key} {error.filename or path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"its {key} {path} is not UTF-8 text") from error
    if not password or len(data) > MAX_PASSWORD_BYTES or "\n" in password:
        raise ConfigError(f"its {key} {path} must hold one line of at most {MAX_PASSWORD_BYTES} bytes")
    return password


def _find(path: Path, config_path: Path | None, environ: Mapping[str, str]) -> Path:
    """Raises OSError where the credentials may not be looked at."""
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if path.is_absolute():
        return path
    if credentials and (Path(credentials) / path).exists():
        return Path(credentials) / path
    return config_path.parent / path if config_path is not None else path
