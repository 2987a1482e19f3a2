"""The single changes that can be made to a module: flipped comparisons, dropped statements, shifted constants."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import cast

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_NOT_BEHAVIOUR = {"annotation", "returns", "decorator_list", "type_params", "pattern"}
_NOT_BEHAVIOUR_KEYWORDS = {
    "strict",
    "nullable",
}  # of zip, where lengths agree by design, and of columns that migrations made
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_CONTEXT = 36

_Placed = ast.stmt | ast.expr | ast.excepthandler | ast.arg | ast.keyword
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One edit of a syntax tree: the value that a field, or one element of a field, gets instead."""

    owner: ast.AST
    field: str
    place: int | None
    new: object
    statement: ast.AST
    """The statement, exception handler or case that is shown in the report."""
    function: str
    """Qualified name, such as `Sync.poll`; empty for the module itself."""
    at_import: bool
    """The changed code runs when the module is imported."""

    @property
    def lines(self) -> range:
        """The lines of the statement, without the blocks below its header."""
        parts = [node for node in _header(self.statement) if isinstance(node, _Placed)]
        first = min(node.lineno for node in parts)
        return range(first, max(node.end_lineno or node.lineno for node in parts) + 1)

    def apply(self) -> None:
        self._put(self.new)

    def text(self) -> tuple[str, str]:
        """The statement before and after, both cut to the part around the difference."""
        before, old = _shown(self.statement), self._get()
        if old is self.statement:
            after = _shown(cast("ast.AST", self.new))
        else:
            self.apply()
            after = _shown(self.statement)
            self._put(old)
        return _around_difference(before, after)

    def _get(self) -> object:
        value = getattr(self.owner, self.field)
        return value if self.place is None else value[self.place]

    def _put(self, value: object) -> None:
        if self.place is None:
            setattr(self.owner, self.field, value)
        else:
            getattr(self.owner, self.field)[self.place] = value


def find_changes(tree: ast.Module) -> list[Change]:
    """All changes of a module, in the order of its lines; the same source gives the same list."""
    finder = _Finder()
    finder.children(tree)
    return finder.found


class _Finder:
    def __init__(self) -> None:
        self.found: list[Change] = []
        self._statement: ast.AST = ast.Pass()
        self._names: list[str] = []
        self._at_import = True
        self._may_return_none = False

    def children(self, node: ast.AST) -> None:
        for field, value in ast.iter_fields(node):
            if field in _NOT_BEHAVIOUR:
                continue
            inside = isinstance(node, _Function | ast.Lambda) and field == "body"
            before, self._at_import = self._at_import, self._at_import and not inside
            for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    self._visit(child, node, field, place)
            self._at_import = before

    def _visit(self, node: ast.AST, owner: ast.AST, field: str, place: int | None) -> None:
        if _is_left_out(node):
            return
        before = self._statement, self._may_return_none
        if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            self._statement = node
        if isinstance(node, _Function):
            self._may_return_none = node.returns is not None and "None" in ast.unparse(node.returns)
        named = isinstance(node, _Function | ast.ClassDef)
        if named:
            self._names.append(cast("ast.ClassDef", node).name)
        edits = _replacements(node, may_return_none=self._may_return_none), _operators(node), _conditions(node)
        for target, new in chain(*edits):
            at = (owner, field, place) if target is None else (node, *target)
            self._add(*at, new)
        self.children(node)
        if named:
            self._names.pop()
        self._statement, self._may_return_none = before

    def _add(self, owner: ast.AST, field: str, place: int | None, new: object) -> None:
        self.found.append(
            Change(
                owner=owner,
                field=field,
                place=place,
                new=new,
                statement=self._statement,
                function=".".join(self._names),
                at_import=self._at_import,
            )
        )


_Target = tuple[str, int | None] | None
_Edit = tuple[_Target, object]
"""What a field of the node, or the node itself (no field), becomes."""


def _replacements(node: ast.AST, *, may_return_none: bool) -> Iterator[_Edit]:
    """What can stand in the place of the whole node."""
    match node:
        case ast.Constant(value=bool(value)):
            yield None, _like(node, ast.Constant(not value))
        case ast.Constant(value=int(number) | float(number)):
            yield None, _like(node, ast.Constant(number + 1))
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield None, operand
        case ast.BoolOp(values=[first, second]):
            yield None, first
            yield None, second
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Raise() | ast.Continue() | ast.Break() | ast.AugAssign():
            yield None, _like(node, ast.Pass())
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]) | ast.Delete() | ast.Return(value=None):
            yield None, _like(node, ast.Pass())
        case ast.Return(value=value) if may_return_none and not isinstance(value, ast.Constant):
            yield ("value", None), _like(node, ast.Constant(None))


def _operators(node: ast.AST) -> Iterator[_Edit]:
    """Another operator, another function, an argument less."""
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                yield ("ops", place), _COMPARISONS[type(op)]()
        case ast.BoolOp(op=op):
            yield ("op", None), ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC and not (
            _is_text(left) or _is_text(right)
        ):
            yield ("op", None), _ARITHMETIC[type(op)]()
        case ast.Call(func=ast.Name(id=name) as function) if name in _FUNCTIONS:
            yield ("func", None), _like(function, ast.Name(_FUNCTIONS[name], ast.Load()))
    if isinstance(node, ast.Call):
        yield from _without_each(node, "keywords", _may_be_dropped)


def _conditions(node: ast.AST) -> Iterator[_Edit]:
    """A condition that always or never holds, a filter or a caught error less."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Constant):
            yield ("test", None), _like(test, ast.Constant(value=True))
            yield ("test", None), _like(test, ast.Constant(value=False))
        case ast.While(test=test) if not isinstance(test, ast.Constant):
            yield ("test", None), _like(test, ast.Constant(value=False))
        case ast.comprehension(ifs=[_, *_]):
            yield from _without_each(node, "ifs")
        case ast.match_case(guard=ast.expr()):
            yield ("guard", None), None
        case ast.ExceptHandler(type=ast.Tuple(elts=elements) as types):
            for place in range(len(elements)):
                kept = [*elements[:place], *elements[place + 1 :]]
                yield ("type", None), _like(types, ast.Tuple(kept, ast.Load()))


def _without_each(node: ast.AST, field: str, may_go: Callable[..., object] = lambda _: True) -> Iterator[_Edit]:
    elements = getattr(node, field)
    for place, element in enumerate(elements):
        if may_go(element):
            yield (field, None), [*elements[:place], *elements[place + 1 :]]


def _may_be_dropped(keyword: ast.keyword) -> bool:
    return keyword.arg is not None and not _is_left_out(keyword) and not _is_text(keyword.value)


def _like(node: ast.AST, new: ast.AST) -> ast.AST:
    return ast.fix_missing_locations(ast.copy_location(new, node))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_left_out(node: ast.AST) -> bool:
    """What is no behaviour: imports, assertions, log lines, `__all__`, and what only a type checker runs."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name.strip("_") in {"log", "logger", "logging"}
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.keyword(arg=str(name)):
            return name in _NOT_BEHAVIOUR_KEYWORDS
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def _header(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement without the statements below it."""
    if not any(getattr(statement, field, None) for field in _BLOCKS):
        yield from ast.walk(statement)
        return
    for field, value in ast.iter_fields(statement):
        if field not in _BLOCKS and field != "decorator_list":
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from ast.walk(child)
    if isinstance(statement, ast.stmt | ast.excepthandler):
        yield _like(statement, ast.Pass(lineno=statement.lineno, end_lineno=statement.lineno))


def _shown(statement: ast.AST) -> str:
    bare = copy.copy(statement)
    for field in _BLOCKS:
        if hasattr(bare, field):
            setattr(bare, field, [])
    if isinstance(bare, _Function | ast.ClassDef):
        bare.decorator_list = []
    return " ".join(ast.unparse(bare).split())


def _around_difference(before: str, after: str) -> tuple[str, str]:
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    same = 0
    while same < min(len(before), len(after)) - start and before[-1 - same] == after[-1 - same]:
        same += 1
    return _cut(before, start, len(before) - same), _cut(after, start, len(after) - same)


def _cut(text: str, start: int, end: int) -> str:
    first, last = max(0, start - _CONTEXT), end + _CONTEXT
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}"
