"""A cell of two compartments, a soma and a dendrite, with synapses on the dendrite: ball and stick.

The soma has the channels of Hodgkin and Huxley, the dendrite a leak. Both are cylinders of length L and diameter d with
the membrane capacitance C_m; g_c couples their centres through the axial resistivity R_a.
"""

from zoo import Rule
from zoo.models.equations.neurons import hodgkin_huxley_gates

cell = """
dv/dt   = (-I_ion + (g_c*(v_d - v) + I_soma)/A_s)/C_m                   : volt                # soma
dv_d/dt = (-g_pas*(v_d - E_pas) + (g_c*(v - v_d) - I_syn)/A_d)/C_m      : volt                # dendrite
I_ion   = g_Na*m**3*h*(v - E_Na) + g_K*n_K**4*(v - E_K) + g_L*(v - E_L) : amp/meter**2
A_s     = pi*d_s*L_s                                                    : meter**2 (shared)   # membrane areas
A_d     = pi*d_d*L_d                                                    : meter**2 (shared)
g_c     = pi/(2*R_a*(L_s/d_s**2 + L_d/d_d**2))                          : siemens (shared)    # from centre to centre
""" + hodgkin_huxley_gates  # fmt: skip

# The parameters of the cell; E_pas may differ between cells.
parameters = """
E_pas : volt (constant)
L_s   : meter (shared, constant)
d_s   : meter (shared, constant)
L_d   : meter (shared, constant)
d_d   : meter (shared, constant)
R_a   : ohm*meter (shared, constant)
C_m   : farad/meter**2 (shared, constant)
g_Na  : siemens/meter**2 (shared, constant)
g_K   : siemens/meter**2 (shared, constant)
g_L   : siemens/meter**2 (shared, constant)
g_pas : siemens/meter**2 (shared, constant)
E_Na  : volt (shared, constant)
E_K   : volt (shared, constant)
E_L   : volt (shared, constant)
"""

# An electrode in the soma.
clamp = """
I_soma  = I_clamp*clamped : amp
clamped = int((t_in_timesteps + 0.5)*dt >= t_on)*int((t_in_timesteps + 0.5)*dt < t_off) : 1 (shared)
I_clamp                   : amp (constant)
t_on                      : second (shared, constant)
t_off                     : second (shared, constant)
"""

# A conductance on the dendrite that jumps by w at a spike, NEURON's ExpSyn.
exp_syn = Rule(
    target="""
    dg/dt = -g/tau : siemens
    tau            : second (shared, constant)
    E              : volt (shared, constant)
    """,
    model="w : siemens",
    on_pre="g_post += w",
)
excitation = exp_syn.rename(g="g_e", tau="tau_e", E="E_e")
inhibition = exp_syn.rename(g="g_i", tau="tau_i", E="E_i")


def synapses(kinds: str) -> str:
    """The synaptic current for the conductances g_x and the reversal potentials E_x, for every letter x."""
    rules = {"e": excitation, "i": inhibition}
    return f"""
        I_syn  = g_syn*v_d - gE_syn : amp
        g_syn  = {" + ".join(f"g_{x}" for x in kinds)} : siemens
        gE_syn = {" + ".join(f"g_{x}*E_{x}" for x in kinds)} : amp
        """ + "".join(rules[x].target for x in kinds)


def decays(kinds: str) -> str:
    """The exact step of these conductances."""
    return "".join(f"g_{x} *= exp(-dt/tau_{x})\n" for x in kinds)


# The implicit Euler step of v and v_d, the solution of
#     a_s v - k_s v_d = b_s
#     a_d v_d - k_d v = b_d
implicit_step = """
g_m = g_Na*m**3*h
g_n = g_K*n_K**4
k_s = g_c/A_s
k_d = g_c/A_d
a_s = C_m/dt + g_m + g_n + g_L + k_s
a_d = C_m/dt + g_pas + g_syn/A_d + k_d
b_s = C_m/dt*v + g_m*E_Na + g_n*E_K + g_L*E_L + I_soma/A_s
b_d = C_m/dt*v_d + g_pas*E_pas + gE_syn/A_d
v   = (a_d*b_s + k_s*b_d)/(a_s*a_d - k_s*k_d)
v_d = (b_d + k_d*v)/a_d
"""
