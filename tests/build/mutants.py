"""Mutants of one module: its syntax tree with one rule, number or word changed.

What only types, documents or orders equal results is left alone: annotations (but for the bounds
in them), docstrings, texts of errors, `maintain_order`.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
}  # fmt: skip
METHODS: Final = {
    "first": "last", "last": "first", "min": "max", "max": "min", "any": "all", "all": "any",
    "min_horizontal": "max_horizontal", "max_horizontal": "min_horizontal",
    "any_horizontal": "all_horizontal", "all_horizontal": "any_horizontal",
    "casefold": "upper", "lower": "upper", "is_null": "is_not_null", "is_not_null": "is_null",
    "ne_missing": "eq_missing", "eq_missing": "ne_missing", "n_unique": "count", "sum": "max",
    "backward_fill": "forward_fill", "forward_fill": "backward_fill",
}  # fmt: skip
DROPPED: Final = (
    "filter", "drop_nulls", "unique", "clip", "fill_null", "sort", "strip", "strip_chars", "abs",
    "casefold", "lower", "not_", "shift",
)  # fmt: skip
"""Methods without which their object would say something else."""

WORDS: Final = {
    "left": "inner", "inner": "left", "anti": "semi", "semi": "anti", "full": "left",
    "first": "last", "last": "first", "both": "none", "none": "both", "right": "both",
}  # fmt: skip
"""Values of the keywords `how`, `keep`, `closed` and `strategy`."""

FLAGS: Final = ("descending", "nulls_last", "value", "ignore_nulls", "is_number", "default")
UNTOUCHED: Final = ("maintain_order", "dtype", "return_dtype", "schema", "orient", "suffix")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module: where it stands, what it was, what it is, and the changed tree."""

    line: int
    scope: str
    before: str
    after: str
    tree: ast.Module

    @property
    def change(self) -> str:
        """What was changed into what, on one line."""
        return f"{self.before} -> {self.after}"


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of its lines."""
    tree = ast.parse(source)
    words = sorted(_lit_words(tree))
    places = sorted(_places(tree, ""), key=lambda place: (place.node.lineno, place.node.col_offset))
    for place in places:
        for changed in _changes(place.node, words):
            path = [_FieldStep(*step) for step in place.path]
            yield Mutant(
                place.node.lineno,
                place.scope,
                _text(place.node),
                _text(changed),
                _replaced(tree, path, changed),
            )


@dataclass(frozen=True, slots=True)
class _Place:
    node: ast.expr
    scope: str
    path: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class _FieldStep:
    name: str
    index: int | None

    def child(self, node: ast.AST) -> ast.AST:
        value = getattr(node, self.name)
        return cast(ast.AST, value if self.index is None else value[self.index])


def _places(
    node: ast.AST, scope: str, path: tuple[tuple[str, int | None], ...] = ()
) -> Iterator[_Place]:
    """Expressions that may be changed, each with the way to it from the root."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        scope = f"{scope}.{node.name}".lstrip(".")
    if isinstance(node, ast.expr):
        yield _Place(node, scope, path)
    for name, value in ast.iter_fields(node):
        if _is_left_alone(node, name, value):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield from _places(child, scope, (*path, (name, index)))


def _is_left_alone(node: ast.AST, name: str, value: object) -> bool:
    match node:
        case ast.FunctionDef() | ast.arg():
            return name in {"annotation", "returns", "decorator_list"}
        case ast.AnnAssign():
            return name == "annotation" and "Field(" not in ast.unparse(cast(ast.AST, value))
        case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.JoinedStr() | ast.Import():
            return True
        case ast.keyword(arg=arg):
            return arg in UNTOUCHED
        case ast.Subscript():
            return name == "slice" and not isinstance(value, ast.Slice | ast.Constant)
        case _:
            return False


def _changes(node: ast.expr, words: Sequence[str]) -> Iterator[ast.expr]:
    for kind, change in CHANGES:
        if isinstance(node, kind):
            yield from change(node, words)


def _compared(node: ast.Compare, _: Sequence[str]) -> Iterator[ast.expr]:
    for index, sign in enumerate(node.ops):
        new = copy.deepcopy(node)
        new.ops[index] = COMPARISONS[type(sign)]()
        yield new


def _operated(node: ast.BinOp, _: Sequence[str]) -> Iterator[ast.expr]:
    if type(node.op) in OPERATORS and not _is_type(node):
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)


def _is_type(node: ast.BinOp) -> bool:
    """Whether it is a union of types, `X | None`."""
    return isinstance(node.right, ast.Constant) and node.right.value is None


def _joined(node: ast.BoolOp, _: Sequence[str]) -> Iterator[ast.expr]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def _unsigned(node: ast.UnaryOp, _: Sequence[str]) -> Iterator[ast.expr]:
    yield node.operand


def _chosen(node: ast.IfExp, _: Sequence[str]) -> Iterator[ast.expr]:
    yield ast.IfExp(node.test, node.orelse, node.body)


def _counted(node: ast.Constant, _: Sequence[str]) -> Iterator[ast.expr]:
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)


def _listed(node: ast.Tuple | ast.List, _: Sequence[str]) -> Iterator[ast.expr]:
    """Without each of its words."""
    is_words = all(
        isinstance(one, ast.Constant) and isinstance(one.value, str) for one in node.elts
    )
    for index in range(len(node.elts)) if is_words and isinstance(node.ctx, ast.Load) else ():
        new = copy.deepcopy(node)
        del new.elts[index]
        yield new


def _called(node: ast.Call, words: Sequence[str]) -> Iterator[ast.expr]:
    name = _name(node.func)
    yield from _decimal(node) if name == "Decimal" else _renamed(node, name)
    if name == "lit":
        yield from _other_words(node, words)
    if name == "coalesce" and len(node.args) > 1:
        yield ast.Call(node.func, list(reversed(node.args)), node.keywords)
    yield from _branches(node)
    yield from _keywords(node)


def _decimal(node: ast.Call) -> Iterator[ast.expr]:
    """The number with its last digit one higher and one lower."""
    value = Decimal(str(ast.literal_eval(node.args[0]))) if _is_constant(node.args) else None
    for step in (1, -1) if value is not None and isinstance(_value(node.args[0]), str) else ():
        assert value is not None
        other = value + step * Decimal(1).scaleb(int(value.as_tuple().exponent))
        yield ast.Call(node.func, [ast.Constant(str(other))], [])


def _renamed(node: ast.Call, name: str) -> Iterator[ast.expr]:
    """The opposite of the method, and the object without it."""
    if not isinstance(node.func, ast.Attribute):
        return
    if name in METHODS:
        yield ast.Call(
            ast.Attribute(node.func.value, METHODS[name], ast.Load()), node.args, node.keywords
        )
    if name in DROPPED and not (isinstance(node.func.value, ast.Name) and not node.args):
        yield node.func.value


def _other_words(node: ast.Call, words: Sequence[str]) -> Iterator[ast.expr]:
    given = _value(node.args[0]) if _is_constant(node.args) else None
    if given in words and len(words) > 1:
        other = words[(words.index(given) + 1) % len(words)]
        yield ast.Call(node.func, [ast.Constant(other)], node.keywords)


def _branches(node: ast.Call) -> Iterator[ast.expr]:
    """The value of this branch of `when` and that of the branch before it, swapped."""
    if _name(node.func) not in {"then", "otherwise"} or not node.args:
        return
    before = cast(ast.Attribute, node.func).value
    while isinstance(before, ast.Call) and _name(before.func) == "when":
        before = before.func.value if isinstance(before.func, ast.Attribute) else before.func
    if isinstance(before, ast.Call) and _name(before.func) == "then":
        new = copy.deepcopy(node)
        other = cast(ast.Attribute, new.func).value
        while isinstance(other, ast.Call) and _name(other.func) == "when":
            other = cast(ast.Attribute, other.func).value
        assert isinstance(other, ast.Call)
        new.args, other.args = other.args, new.args
        yield new


def _keywords(node: ast.Call) -> Iterator[ast.expr]:
    for index, keyword in enumerate(node.keywords):
        value = _value(keyword.value)
        other: object = None
        if keyword.arg in {"how", "keep", "closed", "strategy"} and value in WORDS:
            other = WORDS[str(value)]
        if keyword.arg in FLAGS and isinstance(value, bool):
            other = not value
        if other is not None:
            new = copy.deepcopy(node)
            new.keywords[index].value = ast.Constant(cast(str | bool, other))
            yield new


def _flag_lists(node: ast.List, _: Sequence[str]) -> Iterator[ast.expr]:
    """A list of flags with each of them turned: `descending=[True, False]`."""
    flags = [_value(one) for one in node.elts]
    for index in range(len(flags)) if flags and all(isinstance(f, bool) for f in flags) else ():
        new = copy.deepcopy(node)
        new.elts[index] = ast.Constant(not flags[index])
        yield new


CHANGES: Final[tuple[tuple[type | tuple[type, ...], Callable[..., Iterator[ast.expr]]], ...]] = (
    (ast.Compare, _compared),
    (ast.BinOp, _operated),
    (ast.BoolOp, _joined),
    (ast.UnaryOp, _unsigned),
    (ast.IfExp, _chosen),
    (ast.Constant, _counted),
    ((ast.Tuple, ast.List), _listed),
    (ast.List, _flag_lists),
    (ast.Call, _called),
)


def defaults(source: str) -> Iterator[Mutant]:
    """Mutants of the words, flags and empty defaults of the fields of a module of parameters."""
    tree = ast.parse(source)
    for place in _places(tree, ""):
        parent: ast.AST = tree
        for step in place.path[:-1]:
            parent = _FieldStep(*step).child(parent)
        if not isinstance(parent, ast.AnnAssign) or place.path[-1] != ("value", None):
            continue
        other = _other_default(place.node)
        if other is not None:
            path = [_FieldStep(*step) for step in place.path]
            name = ast.unparse(parent.target)
            yield Mutant(
                place.node.lineno,
                f"{place.scope}.{name}",
                _text(place.node),
                _text(other),
                _replaced(tree, path, other),
            )


def _other_default(node: ast.expr) -> ast.expr | None:
    """Another value for a default that no other change reaches."""
    match node:
        case ast.Constant(value=bool() as flag):
            return ast.Constant(not flag)
        case ast.Constant(value=None):
            return ast.Constant(1)
        case ast.Constant(value=str() as word):
            return ast.Constant(f"{word}x")
        case ast.Tuple(elts=[]):
            return ast.Tuple([ast.Constant("x")], ast.Load())
        case ast.Dict(keys=[]):
            return ast.Dict([ast.Constant("x")], [ast.Constant(1)])
        case _:
            return None


def _replaced(tree: ast.Module, path: Sequence[_FieldStep], changed: ast.expr) -> ast.Module:
    new = copy.deepcopy(tree)
    parent: ast.AST = new
    for step in path[:-1]:
        parent = step.child(parent)
    last = path[-1]
    if last.index is None:
        setattr(parent, last.name, changed)
    else:
        getattr(parent, last.name)[last.index] = changed
    return ast.fix_missing_locations(new)


def _lit_words(tree: ast.Module) -> set[str]:
    """Words that a module gives as a value: those in `pl.lit`."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    given = (_value(call.args[0]) for call in calls if _name(call.func) == "lit")
    return {value for value in given if isinstance(value, str)}


def _name(func: ast.expr) -> str:
    match func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _is_constant(given: Sequence[ast.expr]) -> bool:
    return bool(given) and isinstance(given[0], ast.Constant)


def _value(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _text(node: ast.expr) -> str:
    return " ".join(ast.unparse(node).split())
