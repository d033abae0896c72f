"""Puts a mutant into the module that is imported already, so that no test has to be imported again.

The changed code is run as a module of its own, beside the real one. Its functions' code and defaults go into the real
functions, which every importer holds; what else differs at the module's top (constants, tables, prepared statements)
takes the place of the real value in every module that imported it by its name.
"""

import ast
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

#: Values of these types are compared: a name at a module's top whose value is equal needs no change.
_PLAIN = (int, float, str, bytes, tuple, frozenset, list, dict, set, type(None))


def transplant(module: ModuleType, tree: ast.Module) -> None:
    """Make `module` behave as `tree` says. Raises whatever the changed code raises when it is imported."""
    changed = ModuleType(module.__name__)
    changed.__dict__.update(__file__=module.__file__, __package__=module.__package__, __builtins__=__builtins__)
    exec(compile(tree, str(module.__file__), "exec"), changed.__dict__)
    for name, new in list(vars(changed).items()):
        old = vars(module).get(name)
        if name.startswith("__") or old is new:
            continue
        if isinstance(old, type):
            _replace_methods(old, new)
        elif functions := list(_functions(old)):
            for real, other in zip(functions, _functions(new), strict=True):
                _replace_code(real, other)
        elif not (isinstance(new, _PLAIN) and type(new) is type(old) and new == old):
            _rebind(name, old, new)


def _replace_methods(old: type, new: type) -> None:
    for name, member in vars(new).items():
        for real, other in zip(_functions(vars(old).get(name)), _functions(member), strict=False):
            _replace_code(real, other)


def _functions(value: Any) -> Iterator[FunctionType]:
    """The functions behind a name: plain, wrapped by a decorator, of a property or a class method."""
    if isinstance(value, property):
        value = value.fget
    while value is not None:
        if hasattr(value, "cache_clear"):
            value.cache_clear()
        if isinstance(value, FunctionType):
            yield value
        value = getattr(value, "__wrapped__", None) or getattr(value, "__func__", None)


def _replace_code(real: FunctionType, other: FunctionType) -> None:
    if len(real.__code__.co_freevars) == len(other.__code__.co_freevars):
        real.__code__ = other.__code__
    real.__defaults__ = other.__defaults__
    real.__kwdefaults__ = other.__kwdefaults__


def _rebind(name: str, old: object, new: object) -> None:
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        if name in names and names[name] is old:
            names[name] = new
