"""Lowering `np.r_[…]`, `np.c_[…]`, `np.mgrid[…]` and `np.ogrid[…]`, which make arrays of the items in brackets."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from s2sad.frontend.context import Binding, Context
from s2sad.frontend.scope import Known
from s2sad.ir import primitives
from s2sad.ir.program import Value
from s2sad.ir.types import Array, Literal, widen


def trick(ctx: Context, owner: Binding, node: gast.Subscript) -> Binding | None:
    """Lower a subscript of one of these objects; None for one of anything else."""
    value = owner.value if isinstance(owner, Known) else None
    if not any(value is one for one in (np.r_, np.c_, np.mgrid, np.ogrid)):
        return None
    hint, ctx.hint = ctx.hint, None
    is_grid = value is np.mgrid or value is np.ogrid
    parts = [
        _part(ctx, one, is_grid) for one in (node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice])
    ]
    if is_grid:
        return _grid(ctx, parts, value is np.ogrid, hint)
    if value is np.r_:
        parts = [_upright(ctx, part) for part in parts]
    joined = ctx.call(primitives.make_list, *parts)
    ctx.hint = hint
    return ctx.call(np.concatenate if value is np.r_ else np.column_stack, joined)


def _part(ctx: Context, node: Any, is_grid: bool) -> Value:
    """Lower one item: a slice stands for a range, and with an imaginary step for points with both ends."""
    if not isinstance(node, gast.Slice):
        part = ctx.value(node)
        if is_grid or isinstance(getattr(part.type, "value", None), str):
            ctx.refuse("S2S121", "this item is not supported here", "use np.concatenate or np.meshgrid", node)
        return part
    start = ctx.value(node.lower) if node.lower is not None else ctx.builder.constant(0)
    if node.upper is None:
        ctx.refuse("S2S121", "this slice has no end", "write the end", node)
    stop = ctx.value(node.upper)
    if node.step is None:
        return ctx.call(np.arange, start, stop)
    step = ctx.value(node.step)
    match step.type:
        case Literal(complex() as count):
            return ctx.call(np.linspace, start, stop, ctx.builder.constant(int(abs(count))))
        case Literal():
            return ctx.call(np.arange, start, stop, step)
    ctx.refuse("S2S121", "the step of this slice is not a constant", "use np.arange or np.linspace", node)


def _upright(ctx: Context, part: Value) -> Value:
    """Return an array with one axis at least."""
    type_ = widen(part.type)
    has_axes = isinstance(type_, Array) and type_.shape not in ((), None)
    return part if has_axes else ctx.call(np.atleast_1d, part)


def _grid(ctx: Context, parts: list[Value], is_open: bool, hint: str | None) -> Value:
    """Return the coordinates of the points of a grid."""
    if len(parts) == 1:
        return parts[0]
    keywords = {"indexing": ctx.builder.constant("ij")}
    if is_open:
        keywords["sparse"] = ctx.builder.constant(True)
    ctx.hint = hint if is_open else None
    grids = ctx.call(np.meshgrid, *parts, keywords=keywords)
    ctx.hint = hint
    return grids if is_open else ctx.call(np.array, grids)
