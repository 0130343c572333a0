"""Compilers, and the cache of compiled programs."""
