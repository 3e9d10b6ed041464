"""Sums of rows of eight lanes, spelt in vector instructions: a compiler's own vectors need longer rows.

A row is LANES numbers that stand together; a place is the index of its first number in a flat array.
"""

from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 8
"""Numbers in a row: one AVX register of float32, two of float64."""

FUSED = ("contract",)
"""A product and a sum may be one instruction: it rounds once instead of twice."""


class _Lanes:
    """Emits loads and stores of rows, and products of rows with numbers."""

    def __init__(self, context: Any, builder: Any, number: Any) -> None:
        self.context, self.builder = context, builder
        self.element = context.get_value_type(number)
        self.vector = ir.VectorType(self.element, LANES)
        self.size = context.get_abi_sizeof(self.element)

    def pointer(self, kind: Any, array: Any, place: Any) -> Any:
        """Where a row stands."""
        data = self.context.make_array(kind)(self.context, self.builder, array).data
        return self.builder.bitcast(self.builder.gep(data, [place]), self.vector.as_pointer())

    def load(self, pointer: Any) -> Any:
        """A row; it need not stand at a multiple of its length."""
        row = self.builder.load(pointer)
        row.align = self.size
        return row

    def store(self, row: Any, pointer: Any) -> None:
        """Write a row."""
        self.builder.store(row, pointer).align = self.size

    def scale(self, number: Any, row: Any) -> Any:
        """Product of a number and a row."""
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.builder.fmul(self.builder.shuffle_vector(first, undefined, everywhere), row, flags=FUSED)

    def sums(self, weights: list[Any], rows: list[Any]) -> list[Any]:
        """Sums of C rows, each with C of the weights."""
        C = len(rows)
        terms = [
            [self.scale(weight, row) for weight, row in zip(weights[k : k + C], rows, strict=True)]
            for k in range(0, len(weights), C)
        ]
        return [reduce(partial(self.builder.fadd, flags=FUSED), each) for each in terms]


@intrinsic
def add_row(_: Any, T: Any, to: Any, w: Any, F: Any, f: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ARG001
    """Add w times the row of F at f to the row of T at `to`."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = _Lanes(context, builder, signature.args[2])
        T_, to_, w_, F_, f_ = arguments
        there = lanes.pointer(signature.args[0], T_, to_)
        term = lanes.scale(w_, lanes.load(lanes.pointer(signature.args[3], F_, f_)))
        lanes.store(builder.fadd(lanes.load(there), term, flags=FUSED), there)
        return context.get_dummy_value()

    return types.void(T, types.intp, w, F, types.intp), emit


@intrinsic
def join_rows(_: Any, U: Any, to: Any, step: Any, T: Any, places: Any, w: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ARG001
    """From the classes of one or two binary options to their levels, for one row of each.

    Two sums of the C rows of T at `places`, C of the 2 C weights w in each, go to U at `to` and `to` + step. Of two
    options the C^2 rows and 4 C weights stand one option after the other, and four sums come out.
    """
    n_options = 1 if len(places) < 4 else 2

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = _Lanes(context, builder, signature.args[5].dtype)
        U_, to_, step_, T_, places_, w_ = arguments
        given = [builder.extract_value(places_, k) for k in range(len(places))]
        rows = [lanes.load(lanes.pointer(signature.args[3], T_, place)) for place in given]
        weights = [builder.extract_value(w_, k) for k in range(len(w))]
        C = len(w) // (2 * n_options)
        if n_options == 2:  # the second option's levels for each class of the first
            there = [lanes.sums(weights[2 * C :], rows[C * c : C * c + C]) for c in range(C)]
            pairs = list(
                zip(*(lanes.sums(weights[: 2 * C], list(column)) for column in zip(*there, strict=True)), strict=True)
            )
            totals = [total for pair in pairs for total in pair]
        else:
            totals = lanes.sums(weights, rows)
        for total in totals:
            lanes.store(total, lanes.pointer(signature.args[0], U_, to_))
            to_ = builder.add(to_, step_)
        return context.get_dummy_value()

    return types.void(U, types.intp, types.intp, T, places, w), emit
