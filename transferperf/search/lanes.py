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
def join_rows(_: Any, U: Any, to: Any, T: Any, places: Any, w: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ARG001
    """Write to U at two places `to` two sums of the three rows of T at `places`, times three of the weights w each."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        U_, to_, T_, places_, w_ = arguments
        lanes = _Lanes(context, builder, signature.args[4].dtype)
        places = [builder.extract_value(places_, k) for k in range(3)]
        rows = [lanes.load(lanes.pointer(signature.args[2], T_, place)) for place in places]
        for v in range(2):
            terms = [lanes.scale(builder.extract_value(w_, 3 * v + k), row) for k, row in enumerate(rows)]
            total = reduce(partial(builder.fadd, flags=FUSED), terms)
            lanes.store(total, lanes.pointer(signature.args[0], U_, builder.extract_value(to_, v)))
        return context.get_dummy_value()

    two, three = types.UniTuple(types.intp, 2), types.UniTuple(types.intp, 3)
    return types.void(U, two, T, three, w), emit
