"""Firing rates, figures, phase planes, and results in exchange formats."""
