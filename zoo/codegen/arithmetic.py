"""Arithmetic with Python's results on all backends.

Brian2's C++ computes quotients of integers in single precision, products of integers in 32 bits, and the remainder of
floating-point numbers by a division whose rounding can leave a whole period. NumPy computes integers in 32 bits when one of
them is an array. Here quotients are double, integers have 64 bits until they are stored, and // and % are Python's.
"""

import contextlib
import re

import numpy as np
from brian2 import prefs
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.codegen.generators.numpy_generator import NumpyCodeGenerator
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.devices.device import get_device
from brian2.parsing.rendering import CPPNodeRenderer
from brian2.utils.stringtools import word_substitute

from zoo.codegen.deferred import DeferredCodeObject, DeferringDevice

# Declarations of integers; names that begin with an underscore are indices.
_NARROW = re.compile(r"^(const )?int32_t (?=[^_\W]|_lio_)")

# Brian2's versions for all types but integers, and Python's.
_DIVISIONS = (
    ("return x-y*floor(1.0*x/y);", "typedef typename _higher_type<T1,T2>::type T; return _zoo_mod((T)x, (T)y);"),
    ("return floor(1.0*x/y);", "typedef typename _higher_type<T1,T2>::type T; return _zoo_floordiv((T)x, (T)y);"),
)
_PYTHONS_DIVISIONS = """
template <typename T> static inline T _zoo_mod(T x, T y)
{
    const T r = fmod(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
template <typename T> static inline T _zoo_floordiv(T x, T y)
{
    const T quotient = (x - _zoo_mod(x, y))/y, whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}
"""

# 64 bits only for values that may need them: a loop over booleans, or 32 bits, has more elements in a vector.
_INT = """
template <typename T> static inline int64_t _zoo_int(T value) { return (int64_t)value; }
static inline int _zoo_int(int value) { return value; }
static inline int _zoo_int(char value) { return value; }
static inline int _zoo_int(bool value) { return value; }
"""
_CLIP = """
template <typename T, typename A, typename B, typename R = typename std::conditional<
              std::is_integral<typename std::common_type<T, A, B>::type>::value, int64_t, double>::type>
static inline R _zoo_clip(const T value, const A a_min, const B a_max)
{
    return value < a_min ? (R)a_min : value > a_max ? (R)a_max : (R)value;
}
"""


class ExactRenderer(CPPNodeRenderer):
    """Brian2's renderer with quotients in double precision."""

    def render_BinOp(self, node):
        text = super().render_BinOp(node)
        if type(node.op).__name__ == "Div" and prefs.core.default_float_dtype == np.float64:
            return re.sub(r"^1\.0f\*", "1.0*", text)
        return text


class ExactCodeGenerator(CPPCodeGenerator):
    """Brian2's generator with the arithmetic of this file."""

    universal_support_code = _PYTHONS_DIVISIONS + CPPCodeGenerator.universal_support_code
    for _brian2s, _ours in _DIVISIONS:
        assert universal_support_code.count(_brian2s) == 1
        universal_support_code = universal_support_code.replace(_brian2s, _ours)

    def _add_user_function(self, varname, variable, added):
        with get_device().writing_function():
            return super()._add_user_function(varname, variable, added)

    def translate_expression(self, expr):
        expr = word_substitute(expr, self.func_name_replacements)
        return ExactRenderer(auto_vectorise=self.auto_vectorise).render_expr(expr).strip()

    def translate_to_read_arrays(self, read, write, indices):
        return [_NARROW.sub(r"\1int64_t ", line) for line in super().translate_to_read_arrays(read, write, indices)]

    def translate_statement(self, statement):
        return _NARROW.sub(r"\1int64_t ", super().translate_statement(statement))


class ExactCodeObject(DeferredCodeObject):
    """The code object of the backend cpp-stock."""

    class_name = "brian2-zoo-stock"
    generator_class = ExactCodeGenerator


class StockDevice(DeferringDevice):
    """Brian2's C++ standalone device with the arithmetic of this file."""

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or ExactCodeObject


def add_functions(code_object_class):
    """Use int() and clip() of this file in a class of code objects."""
    for name, code in (("int", _INT), ("clip", _CLIP)):
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(code_object_class, code=code, name=f"_zoo_{name}")


add_functions(ExactCodeObject)


@contextlib.contextmanager
def exact_numpy():
    """In the block, Brian2's NumPy code computes integers in 64 bits."""
    read_arrays = NumpyCodeGenerator.read_arrays

    def read_wide(generator, read, write, indices, variables, variable_indices):
        lines = read_arrays(generator, read, write, indices, variables, variable_indices)
        narrow = {
            name
            for name in read
            if not name.startswith("_") and np.dtype(variables[name].dtype).name in ("int8", "int16", "int32")
        }
        return lines + [f"{name} = {name} + _numpy.int64(0)" for name in sorted(narrow)]

    functions = {
        "int": np.int64,
        "floor": np.floor,
        "ceil": np.ceil,
    }
    kept = {name: DEFAULT_FUNCTIONS[name].implementations[NumpyCodeGenerator] for name in functions}
    NumpyCodeGenerator.read_arrays = read_wide
    for name, function in functions.items():
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(NumpyCodeGenerator, code=function)
    try:
        yield
    finally:
        NumpyCodeGenerator.read_arrays = read_arrays
        for name, implementation in kept.items():
            DEFAULT_FUNCTIONS[name].implementations._implementations[NumpyCodeGenerator] = implementation
