"""A table of numbers as a function of Brian2 equations: bytes, such as images, or one number for each pair of populations.

Like those of a TimedArray its values are data of a program: `Program.run({"images.values": bytes})` shows other images
without recompiling.
"""

import numpy as np
from brian2 import Function

from zoo.core.errors import ZooError

_CPP = """\
static inline double %NAME%(const double row, const double column)
{
    const int64_t r = (int64_t)row, c = (int64_t)column;
    if (!(row >= 0 && r < %ROWS% && column >= 0 && c < %COLUMNS%)) return 0;
    return %CAST%_namespace%NAME%_values[r*%COLUMNS% + c];
}
"""


class Table(Function):
    """The function ``name(row, column)`` of a table; see `table` and `byte_table`. `values` is the table."""

    def __init__(self, name, values):
        shape = values.shape
        if len(shape) != 2 or not all(size >= 1 for size in shape):
            raise ZooError(f"the table {name} has the shape {shape}; it needs rows and columns, at least one of each.")
        self.name = name
        self.values = values

        def look_up(row, column):
            row, column = np.asarray(row), np.asarray(column)
            inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
            found = values[np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int)]
            return np.where(inside, found, 0).astype(float)

        super().__init__(look_up, arg_units=[1, 1], return_unit=1)
        self.implementations.add_numpy_implementation(look_up, discard_units=True)
        # Brian2 has no arrays of unsigned bytes.
        bytes_ = values.dtype == np.uint8
        code = _CPP.replace("%NAME%", name).replace("%ROWS%", str(shape[0])).replace("%COLUMNS%", str(shape[1]))
        code = code.replace("%CAST%", "(unsigned char)" if bytes_ else "")
        namespace = {f"{name}_values": values.ravel().view(np.int8) if bytes_ else values.ravel()}
        self.implementations.add_implementation("cpp", code, namespace=namespace, name=name)
        self.implementations.add_implementation("cuda", f"__host__ __device__\n{code}", namespace=namespace, name=name)


def byte_table(name: str, shape: tuple) -> Table:
    """A function ``name(row, column)`` that gives the byte there, 0..255; outside of the table it gives 0.

    `shape` is (rows, columns), a part of the program; its bytes, all 0 at first, are data under the key "name.values".
    A TimedArray takes eight bytes for every pixel of every image; this takes one. Rows and columns that are no whole
    numbers are rounded towards 0. Raises ZooError for a shape without two sizes above 0.
    """
    if not all(size >= 0 for size in shape):
        raise ZooError(f"the table {name} has the shape {shape}; it needs rows and columns, at least one of each.")
    return Table(name, np.zeros([int(size) for size in shape], dtype=np.uint8))


def table(name: str, values: np.ndarray) -> Table:
    """A function ``name(row, column)`` that gives the number there, without a unit; outside of the table it gives 0.

    `values` (rows, columns) are copied, and data under the key "name.values"; their shape is a part of the program.
    Rows and columns that are no whole numbers are rounded towards 0. Raises ZooError for values without two dimensions.
    """
    return Table(name, np.array(values, dtype=float))
