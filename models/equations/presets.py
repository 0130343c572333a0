"""Parameters of typical neurons."""

# E. M. Izhikevich (2003), Simple model of spiking neurons, IEEE Trans. Neural Networks 14:1569-1572, figure 2.
# a in 1/ms, c in mV.
izhikevich_presets = {
    "RS": dict(a=0.02, b=0.2, c=-65, d=8),  # regular spiking
    "IB": dict(a=0.02, b=0.2, c=-55, d=4),  # intrinsically bursting
    "CH": dict(a=0.02, b=0.2, c=-50, d=2),  # chattering
    "FS": dict(a=0.1, b=0.2, c=-65, d=2),  # fast spiking
    "LTS": dict(a=0.02, b=0.25, c=-65, d=2),  # low-threshold spiking
    "TC": dict(a=0.02, b=0.25, c=-65, d=0.05),  # thalamo-cortical
    "RZ": dict(a=0.1, b=0.26, c=-65, d=2),  # resonator
}
