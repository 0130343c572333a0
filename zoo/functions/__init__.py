"""Functions that equation strings call: tables of bytes, convolutions with a kernel."""
