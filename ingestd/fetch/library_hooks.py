"""The names of aiohttp and httpx that the transport relies on beyond their documented API, in one table.

The libraries may change them in any release. pyproject.toml bounds aiohttp to the releases that are tested, and a test
compares `HOOKS` with the installed ones, so that an upgrade says which hook is gone or has changed.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.streams import StreamReader


@dataclass(frozen=True, slots=True)
class Hook:
    """One name, `owner.name`, and what it is used for.

    `parameters` are those of a method without `self`, as `inspect` writes their kinds (`*args`, `**kwargs`); None for
    an attribute, a property, and a method whose parameters are passed through.
    """

    owner: type
    name: str
    used_for: str
    parameters: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f"{self.owner.__module__}.{self.owner.__qualname__}.{self.name}"


HOOKS: Sequence[Hook] = (
    # connector.open_session
    Hook(aiohttp.TCPConnector, "_factory", "replaced, so that every connection gets our ResponseHandler"),
    # connector._Handler
    Hook(ResponseHandler, "__init__", "constructed with the loop", ("loop",)),
    Hook(ResponseHandler, "data_received", "overridden, to repair heads and bound framing", ("data",)),
    Hook(ResponseHandler, "set_response_params", "overridden: called at the beginning of every request"),
    Hook(ResponseHandler, "set_exception", "called, to fail a response that never begins", ("exc", "exc_cause")),
    Hook(ResponseHandler, "exception", "called, to notice broken framing", ()),
    Hook(ResponseHandler, "transport", "aborted, to end such a connection"),
    Hook(ResponseHandler, "_payload", "read: the body that is being received, None before the first response"),
    Hook(StreamReader, "total_bytes", "read: the bytes of a body so far, without its framing"),
    Hook(StreamReader, "is_eof", "called, to know whether a body is complete", ()),
    Hook(StreamReader, "exception", "called, to know whether a body has failed", ()),
    Hook(StreamReader, "set_exception", "called, to fail a body", ("exc", "exc_cause")),
    Hook(BadHttpMessage, "__init__", "raised for a response that never begins", ("message", "headers")),
    # proxies.SocksConnector
    Hook(
        aiohttp.TCPConnector,
        "_wrap_create_connection",
        "overridden, to connect through SOCKS",
        ("*args", "addr_infos", "req", "timeout", "client_error", "**kwargs"),
    ),
    Hook(aiohttp.TCPConnector, "_loop", "read, to create the connection on the socket"),
    # transport
    Hook(aiohttp.ClientResponse, "wait_for_close", "called, to wait until the request is written", ()),
    Hook(httpx.Response, "has_redirect_location", "overridden, so that httpx does not parse Location"),
    Hook(httpx.AsyncClient, "cookies", "overridden, so that httpx keeps no cookies"),
    Hook(httpx.Cookies, "extract_cookies", "overridden for the same", ("response",)),
)


def changed_hooks(hooks: Sequence[Hook] = HOOKS) -> list[str]:
    """One line for each hook that the installed libraries no longer have, or have with other parameters."""
    problems = ((hook, _problem(hook)) for hook in hooks)
    return [f"{hook} {problem} ({hook.used_for})" for hook, problem in problems if problem is not None]


def _problem(hook: Hook) -> str | None:
    if not hasattr(hook.owner, hook.name) and not _assigned_in_init(hook.owner, hook.name):
        return "is gone"
    if hook.parameters is None:
        return None
    try:
        found = _parameters(getattr(hook.owner, hook.name))
    except (TypeError, ValueError):
        return "is no Python function any more"
    return None if found == hook.parameters else f"takes {found} instead of {hook.parameters}"


def _assigned_in_init(owner: type, name: str) -> bool:
    """Whether a class, or one of its bases, names an attribute in its `__init__`."""
    codes = (getattr(vars(base).get("__init__"), "__code__", None) for base in owner.__mro__)
    return any(name in code.co_names for code in codes if code is not None)


def _parameters(method: object) -> tuple[str, ...]:
    assert callable(method)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return tuple(
        str(parameter.replace(annotation=parameter.empty, default=parameter.empty)) for parameter in parameters
    )
