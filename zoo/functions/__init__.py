"""Functions that the strings of equations call: tables of bytes, convolutions with a kernel."""
