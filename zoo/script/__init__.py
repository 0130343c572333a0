"""Plain Brian2 scripts on the zoo's C++ device."""
