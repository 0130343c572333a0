"""Equations of neurons that more than one model uses."""

# E. M. Izhikevich (2003), Simple model of spiking neurons, IEEE Trans. Neural Networks 14:1569-1572, equations (1), (2).
# v and u in mV, I in the paper's own unit, time in ms, as printed: all variables are plain numbers.
izhikevich = """
dv/dt = (0.04*v**2 + 5*v + 140 - u + I)/ms : 1             # (1)
du/dt = a*(b*v - u)/ms                     : 1             # (2)
a                                          : 1 (constant)
b                                          : 1 (constant)
c                                          : 1 (constant)
d                                          : 1 (constant)
"""
izhikevich_threshold = "v >= 30"
izhikevich_reset = "v = c; u += d"  # (3)
