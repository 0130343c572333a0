"""Rates, figures, phase planes, and results as other tools read them."""
