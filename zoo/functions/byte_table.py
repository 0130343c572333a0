"""A table of bytes, such as images, as a function of Brian2 equations.

A TimedArray of rates takes eight bytes for every pixel of every image; a table takes one. Like the values of a TimedArray,
its values are data of a program: `Program.run({"images.values": bytes})` shows other images without recompiling.
"""

import numpy as np
from brian2 import Function

from zoo.core.errors import ZooError

# Brian2 has no arrays of unsigned bytes.
_CPP = """\
static inline double %NAME%(const double row, const double column)
{
    const int64_t r = (int64_t)row, c = (int64_t)column;
    if (!(row >= 0 && r < %ROWS% && column >= 0 && c < %COLUMNS%)) return 0;
    return (unsigned char)_namespace%NAME%_values[r*%COLUMNS% + c];
}
"""


class ByteTable(Function):
    """The function ``name(row, column)`` of a table of bytes; see `byte_table`. `values` is the table."""

    def __init__(self, name, shape):
        self.name = name
        self.values = np.zeros(shape, dtype=np.uint8)
        values = self.values

        def look_up(row, column):
            row, column = np.asarray(row), np.asarray(column)
            inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
            found = values[np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int)]
            return np.where(inside, found, 0).astype(float)

        super().__init__(look_up, arg_units=[1, 1], return_unit=1)
        self.implementations.add_numpy_implementation(look_up, discard_units=True)
        code = _CPP.replace("%NAME%", name).replace("%ROWS%", str(shape[0])).replace("%COLUMNS%", str(shape[1]))
        namespace = {f"{name}_values": self.values.ravel().view(np.int8)}
        self.implementations.add_implementation("cpp", code, namespace=namespace, name=name)
        self.implementations.add_implementation("cuda", f"__host__ __device__\n{code}", namespace=namespace, name=name)


def byte_table(name: str, shape: tuple) -> ByteTable:
    """A function ``name(row, column)`` that returns the byte at that position, 0..255, and 0 outside the table.

    `shape` is (rows, columns), a part of the program; the bytes, initially 0, are data under the key "name.values".
    Non-integer rows and columns are rounded towards 0.
    """
    if len(shape) != 2 or not all(size >= 1 for size in shape):
        raise ZooError(f"the table {name} has the shape {shape}; it needs rows and columns, at least one of each.")
    return ByteTable(name, tuple(int(size) for size in shape))
