"""Equations of neurons that more than one model uses."""

# E. M. Izhikevich (2003), Simple model of spiking neurons, IEEE Trans. Neural Networks 14:1569-1572, equations (1), (2).
# v and u in mV, I in the paper's unit, time in ms, as printed: all variables are dimensionless.
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

# A. L. Hodgkin and A. F. Huxley (1952), A quantitative description of membrane current, J. Physiol. 117:500-544, with the
# sign and origin of v as in NEURON's mechanism hh: rest near -65 mV, 6.3 degrees Celsius. The gate n is called n_K here, as
# n is the number of cells. exprel(x) = (exp(x) - 1)/x: alpha_m is 0.1 (v + 40)/(1 - exp(-(v + 40)/10)), also at v = -40 mV.
hodgkin_huxley_gates = """
dm/dt   = alpha_m*(1 - m) - beta_m*m              : 1       # (15)
dh/dt   = alpha_h*(1 - h) - beta_h*h              : 1       # (16)
dn_K/dt = alpha_n*(1 - n_K) - beta_n*n_K          : 1       # (7)
alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms       : Hz      # (20)
beta_m  = 4*exp(-(v + 65*mV)/(18*mV))/ms          : Hz      # (21)
alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms       : Hz      # (23)
beta_h  = 1/(exp(-(v + 35*mV)/(10*mV)) + 1)/ms    : Hz      # (24)
alpha_n = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms     : Hz      # (12)
beta_n  = 0.125*exp(-(v + 65*mV)/(80*mV))/ms      : Hz      # (13)
"""

# The gates at the steady state for the present v.
hodgkin_huxley_rest = """
m = alpha_m/(alpha_m + beta_m)
h = alpha_h/(alpha_h + beta_h)
n_K = alpha_n/(alpha_n + beta_n)
"""

# R. D. Traub and R. Miles (1991), Neuronal networks of the hippocampus, Cambridge University Press, as in benchmark 3 of
# Brette et al. (2007); the letters are those of the cards. A model adds I, the current into the cell. n_K is the gate n.
traub_miles = """
dv/dt   = (I - g_L*(v - E_L) - g_Na*m**3*h*(v - E_Na)
        - g_K*n_K**4*(v - E_K))/C                      : volt                   # (a)
dm/dt   = alpha_m*(1 - m) - beta_m*m                   : 1                      # (b)
dh/dt   = alpha_h*(1 - h) - beta_h*h                   : 1
dn_K/dt = alpha_n*(1 - n_K) - beta_n*n_K               : 1
alpha_m = 1.28/exprel((13*mV - u)/(4*mV))/ms           : Hz                     # (c)
beta_m  = 1.4/exprel((u - 40*mV)/(5*mV))/ms            : Hz
alpha_h = 0.128*exp((17*mV - u)/(18*mV))/ms            : Hz                     # (d)
beta_h  = 4/(1 + exp((40*mV - u)/(5*mV)))/ms           : Hz
alpha_n = 0.16/exprel((15*mV - u)/(5*mV))/ms           : Hz                     # (e)
beta_n  = 0.5*exp((10*mV - u)/(40*mV))/ms              : Hz
u       = v - V_T                                      : volt
V_T                                                    : volt (constant)
"""

# X.-J. Wang and G. Buzsáki (1996), J. Neuroscience 16:6402-6413; the letters are those of the cards. A model adds I, the
# current into the cell. n_K is the gate n.
wang_buzsaki = """
dv/dt   = (I - I_Na - I_K - I_L)/C                     : volt                       # (a)
I_L     = g_L*(v - E_L)                                : amp/meter**2               # (b)
I_Na    = g_Na*m_inf**3*h*(v - E_Na)                   : amp/meter**2               # (c)
I_K     = g_K*n_K**4*(v - E_K)                         : amp/meter**2               # (d)
m_inf   = alpha_m/(alpha_m + beta_m)                   : 1                          # (e)
alpha_m = 1/exprel(-(v + 35*mV)/(10*mV))/ms            : Hz                         # (f)
beta_m  = 4*exp(-(v + 60*mV)/(18*mV))/ms               : Hz                         # (g)
dh/dt   = phi*(alpha_h*(1 - h) - beta_h*h)             : 1                          # (h)
alpha_h = 0.07*exp(-(v + 58*mV)/(20*mV))/ms            : Hz                         # (i)
beta_h  = 1/(exp(-(v + 28*mV)/(10*mV)) + 1)/ms         : Hz                         # (j)
dn_K/dt = phi*(alpha_n*(1 - n_K) - beta_n*n_K)         : 1                          # (k)
alpha_n = 0.1/exprel(-(v + 34*mV)/(10*mV))/ms          : Hz                         # (l)
beta_n  = 0.125*exp(-(v + 44*mV)/(80*mV))/ms           : Hz                         # (m)
phi                                                    : 1 (constant)
"""

# The gates at the steady state for the present v.
wang_buzsaki_rest = """
h = alpha_h/(alpha_h + beta_h)
n_K = alpha_n/(alpha_n + beta_n)
"""
