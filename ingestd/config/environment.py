"""`${NAME}` in the configuration: variables of the environment in any string value."""

import re
from collections.abc import Mapping
from typing import Any

#: `${NAME}`, or `$${NAME}` for the characters themselves.
_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]{0,200})\}")


class UnsetVariableError(Exception):
    """A variable that the environment lacks; `location` is the key whose value names it."""

    def __init__(self, name: str, location: tuple[int | str, ...]) -> None:
        super().__init__(f"${{{name}}} is not set in the environment")
        self.location = location


def expand_variables(value: Any, environ: Mapping[str, str], location: tuple[int | str, ...] = ()) -> Any:
    """A value of a TOML file with the variables in all its strings, keys aside. Raises UnsetVariableError."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _replacement(match, environ, location), value)
    if isinstance(value, list):
        return [expand_variables(item, environ, (*location, index)) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: expand_variables(item, environ, (*location, key)) for key, item in value.items()}
    return value


def _replacement(match: re.Match[str], environ: Mapping[str, str], location: tuple[int | str, ...]) -> str:
    if match[1]:
        return match[0][1:]
    if match[2] not in environ:
        raise UnsetVariableError(match[2], location)
    return environ[match[2]]
