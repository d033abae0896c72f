"""The mutants of one module: every small change of its code that a test ought to notice.

A mutant changes one node of the module's syntax tree: an operator, a constant, a condition, a returned value, a
statement that goes, an element of a collection. Docstrings, annotations, decorators, the texts of
messages and `__all__` stay as they are.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

#: Longest expression that describes a mutant; around a longer one only the part that changes is shown.
MAX_SHOWN_CHARS = 70

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_METHODS = {
    "partition": "rpartition",
    "rpartition": "partition",
    "split": "rsplit",
    "rsplit": "split",
    "startswith": "endswith",
    "endswith": "startswith",
}
#: Methods of texts that may be left out.
_LEFT_OUT_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "casefold"})
#: Methods whose text arguments decide what they do.
_TEXT_METHODS = frozenset(
    {"startswith", "endswith", "partition", "rpartition", "split", "rsplit", "replace", "strip", "rstrip", "join"}
    | {"get", "sub", "encode", "decode"}
)


@dataclass(frozen=True)
class Mutant:
    """One change: `edit` makes it in the tree that it was read from. `lines` are those of its statement.

    `at_import` where the code runs when the module is imported, not when a function is called.
    """

    function: str
    line: int
    lines: range
    at_import: bool
    change: str
    edit: Callable[[], None]

    @property
    def name(self) -> str:
        """What names the mutant among those of its module, as long as its code stays the same."""
        return f"{self.function}: {self.change}"


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """Every mutant of a module, in the order of its code, each once."""
    found = list(_Finder(tree).run())
    seen: Counter[str] = Counter()
    numbered = []
    for mutant in found:
        seen[mutant.name] += 1
        count = seen[mutant.name]
        numbered.append(mutant if count == 1 else replace(mutant, change=f"{mutant.change} ({count})"))
    return numbered


@dataclass(frozen=True)
class _Slot:
    """Where a node hangs in the tree."""

    parent: ast.AST
    field: str
    index: int | None = None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


class _Finder:
    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.above: dict[ast.AST, tuple[ast.AST, _Slot]] = {}
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
                    if isinstance(child, ast.AST):
                        self.above[child] = parent, _Slot(parent, name, index)

    def run(self) -> Iterator[Mutant]:
        yield from self._visit(self.tree, "", at_import=True, bound=set())

    def _visit(self, node: ast.AST, function: str, *, at_import: bool, bound: set[str]) -> Iterator[Mutant]:
        if self._is_left_alone(node):
            return
        for new in _replacements(node, self._parents(node), at_import=at_import, bound=bound):
            yield self._mutant(node, new, function, at_import=at_import)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)):
                yield from self._visit(default, _inner(function, node.name), at_import=True, bound=set())
            names = {arg.arg for arg in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs)}
            for statement in node.body:
                yield from self._visit(statement, _inner(function, node.name), at_import=False, bound=names)
            return
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                yield from self._visit(statement, _inner(function, node.name), at_import=True, bound=set())
            return
        inside = at_import and not isinstance(node, ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from self._visit(child, function, at_import=inside, bound=bound)
        if isinstance(node, ast.Assign):
            bound |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def _is_left_alone(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.expr_context):
            return True
        if isinstance(node, ast.JoinedStr) and any(isinstance(parent, ast.Raise) for parent in self._parents(node)):
            return True  # a message
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return True  # a docstring
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("field", "TypeVar"):
            return True
        if node not in self.above:
            return False
        parent, slot = self.above[node]
        return slot.field in ("annotation", "returns", "decorator_list", "type_params") or (
            isinstance(parent, ast.Assign | ast.AnnAssign) and isinstance(node, ast.Subscript) and _is_type(node)
        )

    def _parents(self, node: ast.AST) -> list[ast.AST]:
        parents = []
        while node in self.above:
            node = self.above[node][0]
            parents.append(node)
        return parents

    def _mutant(self, node: ast.AST, new: ast.AST | None, function: str, *, at_import: bool) -> Mutant:
        slot = self.above[node][1]

        def edit() -> None:
            if new is None:
                getattr(slot.parent, slot.field).remove(node)
            else:
                slot.put(ast.fix_missing_locations(ast.copy_location(new, node)))

        statement: ast.AST = node
        while not isinstance(statement, ast.stmt):
            statement = self.above[statement][0]
        lines = _own_lines(statement)
        line = getattr(node, "lineno", lines.start)
        return Mutant(function or "module", line, lines, at_import, self._change(node, new), edit)

    def _change(self, node: ast.AST, new: ast.AST | None) -> str:
        """What is changed into what, with as much of the expression around it as is still short."""
        if new is None:
            return f"{_text(node)} left out"
        if isinstance(node, ast.stmt):
            return f"{_text(node)} deleted" if isinstance(new, ast.Pass) else f"{_text(node)} → {_text(new)}"
        top, slot = node, self.above[node][1]
        while top in self.above:
            parent = self.above[top][0]
            if (
                not isinstance(parent, ast.expr | ast.keyword | ast.comprehension)
                or len(_text(parent)) > MAX_SHOWN_CHARS
            ):
                break
            top = parent
        before = _text(top)
        if top is node:
            after = _text(new)
        else:
            slot.put(new)
            after = _text(top)
            slot.put(node)
        return f"{before} → {after}"


def _inner(function: str, name: str) -> str:
    return f"{function}.{name}" if function else name


def _is_type(node: ast.Subscript) -> bool:
    """Whether a subscript names a type, as in `Same = Callable[[int], bool]`."""
    return isinstance(node.value, ast.Name) and node.value.id in ("Callable", "tuple", "list", "dict", "Literal")


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If | ast.While):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.comprehension):
        return ast.unparse(node).strip()
    return " ".join(ast.unparse(node).split())


def _own_lines(statement: ast.AST) -> range:
    """The lines of a statement; of one with a body those of its head."""
    assert isinstance(statement, ast.stmt)
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else (statement.end_lineno or statement.lineno)
    return range(statement.lineno, max(last, statement.lineno) + 1)


def _replacements(
    node: ast.AST, parents: list[ast.AST], *, at_import: bool, bound: set[str]
) -> Iterator[ast.AST | None]:
    """What may stand in the place of `node`; None for an element that goes."""
    parent = parents[0] if parents else None
    yield from _of_conditions(node, parent)
    if isinstance(node, ast.Constant):
        yield from _of_constant(node, parents)
    elif isinstance(node, ast.stmt):
        yield from _of_statement(node, bound)
    else:
        yield from _of_expression(node)
    if (
        isinstance(parent, ast.Slice)
        and isinstance(node, ast.expr)
        and not isinstance(node, ast.Constant | ast.UnaryOp)
    ):
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))
    if isinstance(node, ast.expr) and _is_element(parents, at_import=at_import):
        yield None


def _of_expression(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        yield from _of_comparison(node)
    elif isinstance(node, ast.BoolOp):
        yield from _of_alternatives(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.BinOp):
        yield from _of_arithmetic(node)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_alternatives(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for value in node.values:
        rest = [other for other in node.values if other is not value]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _of_conditions(node: ast.AST, parent: ast.AST | None) -> Iterator[ast.AST]:
    if isinstance(parent, ast.If) and node is parent.test:
        yield ast.Constant(True)
        yield ast.Constant(False)
    elif isinstance(parent, ast.While) and node is parent.test:
        yield ast.Constant(False)
    elif isinstance(parent, ast.comprehension) and node in parent.ifs:
        yield ast.Constant(True)
        yield ast.Constant(False)
    else:
        return
    if isinstance(node, ast.Name | ast.Attribute | ast.Call):
        yield ast.UnaryOp(ast.Not(), node)


def _of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for place, old in enumerate(node.ops):
        for new in _COMPARISONS[type(old)]:
            yield ast.Compare(node.left, [*node.ops[:place], new(), *node.ops[place + 1 :]], node.comparators)


def _of_arithmetic(node: ast.BinOp) -> Iterator[ast.AST]:
    sides = (node.left, node.right)
    if any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in sides):
        return  # texts are put together
    if type(node.op) in _OPERATORS:
        yield ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _of_constant(node: ast.Constant, parents: list[ast.AST]) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str | bytes) and _text_matters(parents):
        yield ast.Constant(type(value)()) if value else ast.Constant("?" if isinstance(value, str) else b"?")


def _text_matters(parents: list[ast.AST]) -> bool:
    """Whether a text decides something: it is compared, an element, added, or handed to a method of texts."""
    if any(isinstance(parent, ast.Raise) for parent in parents):
        return False
    parent = parents[0]
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Attribute) and parent.func.attr in _TEXT_METHODS
    return isinstance(parent, ast.Compare | ast.BinOp | ast.Attribute) or (
        isinstance(parent, ast.Tuple | ast.List | ast.Set)
        and any(isinstance(above, ast.Compare | ast.Call) for above in parents[1:3])
    )


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name):
        if node.func.id in _FUNCTIONS:
            yield ast.Call(ast.Name(_FUNCTIONS[node.func.id], ast.Load()), node.args, node.keywords)
        if node.func.id == "sorted":
            yield ast.Call(ast.Name("list", ast.Load()), node.args, [])
        if node.keywords and node.func.id in ("sorted", "min", "max"):
            yield ast.Call(node.func, node.args, [])
    elif isinstance(node.func, ast.Attribute):
        method = node.func.attr
        if method in _METHODS and (method not in ("split", "rsplit") or len(node.args) > 1):
            yield ast.Call(ast.Attribute(node.func.value, _METHODS[method], ast.Load()), node.args, node.keywords)
        if method in _LEFT_OUT_METHODS:
            yield node.func.value


def _of_statement(node: ast.stmt, bound: set[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Return):
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Raise | ast.Continue | ast.Break | ast.AugAssign | ast.Expr):
        yield ast.Pass()
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
            yield ast.AugAssign(node.target, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.value)
    elif isinstance(node, ast.Assign) and all(
        isinstance(target, ast.Attribute | ast.Subscript) or (isinstance(target, ast.Name) and target.id in bound)
        for target in node.targets
    ):
        yield ast.Pass()


def _is_element(parents: list[ast.AST], *, at_import: bool) -> bool:
    """Whether a node is one of the several elements of a table, or of a collection that something is looked up in."""
    parent = parents[0] if parents else None
    if not isinstance(parent, ast.Tuple | ast.List | ast.Set) or len(parent.elts) < 2:
        return False
    if not isinstance(parent.__dict__.get("ctx", ast.Load()), ast.Load):
        return False
    above = parents[1]
    if isinstance(above, ast.Compare):
        return isinstance(above.ops[0], ast.In | ast.NotIn) and parent is not above.left
    if at_import and isinstance(above, ast.Call | ast.Assign):
        return True
    return isinstance(above, ast.For | ast.comprehension)
