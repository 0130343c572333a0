"""Rules of synaptic plasticity. The traces are variables of the neurons: one per neuron, not one per synapse."""

from zoo import Rule

# Song, Miller & Abbott (2000), Nature Neuroscience 3:919-926, with nearest-neighbour traces: x is 1 at a spike of the
# presynaptic neuron, y at one of the postsynaptic neuron. A postsynaptic spike potentiates, a presynaptic one depresses.
pair_stdp = Rule(
    source="dx/dt = -x/tau_x : 1",
    source_reset="x = 1",
    target="dy/dt = -y/tau_y : 1",
    target_reset="y = 1",
    model="w : 1",
    on_pre="w = clip(w - A_minus*y_post, 0, w_max)",
    on_post="w = clip(w + A_plus*x_pre, 0, w_max)",
)
