"""Rules of synaptic plasticity. The traces are variables of the neurons: one per neuron, not one per synapse.

A spike changes weights with the traces before the spike. When a presynaptic and a postsynaptic spike fall into one time
step, the presynaptic spike comes first.
"""

from dataclasses import replace

from zoo import Rule

# Song, Miller & Abbott (2000), Nature Neuroscience 3:919-926, with nearest-neighbour traces: x is 1 at a spike of the
# presynaptic neuron, y at one of the postsynaptic neuron. A postsynaptic spike potentiates, a presynaptic one
# depresses.
pair_stdp = Rule(
    source="dx/dt = -x/tau_x : 1",
    source_reset="x = 1",
    target="dy/dt = -y/tau_y : 1",
    target_reset="y = 1",
    model="w : 1",
    on_pre="w = clip(w - A_minus*y_post, 0, w_max)",
    on_post="w = clip(w + A_plus*x_pre, 0, w_max)",
)

# The same with all pairs of spikes, as in Song, Miller & Abbott: every spike adds 1 to a trace, whose mean is then
# proportional to the rate of the neuron, whereas a nearest-neighbour trace saturates.
pair_all_stdp = replace(pair_stdp, source_reset="x += 1", target_reset="y += 1")

# Pfister & Gerstner (2006), J. Neurosci. 26:9673-9682, the minimal triplet model, A_3^- = 0, with nearest-neighbour
# traces (their tables 3 and 4): x, y and y_slow are their r_1, o_1 and o_2, A_plus their A_3^+, A_pair their A_2^+. A
# postsynaptic spike potentiates in proportion to x and to the trace y_slow of earlier postsynaptic spikes. With A_pair = 0
# it is the rule of the program of Diehl & Cook (2015).
triplet_stdp = Rule(
    source="dx/dt = -x/tau_x : 1",
    source_reset="x = 1",
    target="""
    dy/dt      = -y/tau_y           : 1
    dy_slow/dt = -y_slow/tau_y_slow : 1
    """,
    target_reset="""
    y = 1
    y_slow = 1
    """,
    model="""
    w      : 1
    A_pair : 1 (shared, constant)
    """,
    on_pre="w = clip(w - A_minus*y_post, 0, w_max)",
    on_post="w = clip(w + x_pre*(A_pair + A_plus*y_slow_post), 0, w_max)",
)

# Diehl & Cook (2015), Frontiers in Computational Neuroscience 9:99, section 2.3: only postsynaptic spikes change a
# weight, by eta (x - x_tar) (w_max - w)^mu, where x grows by 1 at a presynaptic spike; A_plus is their eta. Weights of
# silent inputs decrease.
diehl_cook_stdp = Rule(
    source="dx/dt = -x/tau_x : 1",
    source_reset="x += 1",
    model="""
    w     : 1
    x_tar : 1 (shared, constant)
    mu    : 1 (shared, constant)
    """,
    on_post="w = clip(w + A_plus*(x_pre - x_tar)*(w_max - w)**mu, 0, w_max)",
)

# Tsodyks, Pawelzik & Markram (1998), Neural Computation 10:821-835, equations (2.1)-(2.3): a spike raises u, the fraction of
# resources that is used, and releases u x of the resources x. Add what a release does, such as Rule(on_pre="I_post += A*r").
tsodyks_markram = Rule(
    model="""
    du/dt = -u/tau_f       : 1 (event-driven)
    dx/dt = (1 - x)/tau_d  : 1 (event-driven)
    r                      : 1
    U_SE                   : 1 (constant)
    tau_f                  : second (constant)
    tau_d                  : second (constant)
    """,
    on_pre="""
    u += U_SE*(1 - u)
    r = u*x
    x -= r
    """,
)

#: The rules of long-term plasticity by name.
RULES = {"pair": pair_stdp, "pair_all": pair_all_stdp, "triplet": triplet_stdp, "diehl_cook": diehl_cook_stdp}
