"""Parameters a b c d of Izhikevich neurons by the name of the cell type.

E. M. Izhikevich (2003), Simple model of spiking neurons, IEEE Trans. Neural Networks 14:1569-1572, section III and
figure 2, with the values of the program that draws this figure.
"""

izhikevich_presets = {
    "RS": dict(a=0.02, b=0.20, c=-65, d=8),  # regular spiking
    "IB": dict(a=0.02, b=0.20, c=-55, d=4),  # intrinsically bursting
    "CH": dict(a=0.02, b=0.20, c=-50, d=2),  # chattering
    "FS": dict(a=0.10, b=0.20, c=-65, d=2),  # fast spiking
    "TC": dict(a=0.02, b=0.25, c=-65, d=0.05),  # thalamo-cortical
    "RZ": dict(a=0.10, b=0.26, c=-65, d=2),  # resonator
    "LTS": dict(a=0.02, b=0.25, c=-65, d=2),  # low-threshold spiking
}
