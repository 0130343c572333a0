"""Voltage-based spike-timing-dependent plasticity: pairs of spikes at several rates.

Source: C. Clopath, L. Büsing, E. Vasilaki and W. Gerstner (2010), Connectivity reflects coding: a model of voltage-based STDP
with homeostasis, Nature Neuroscience 13:344-352. The equations are lettered here; [y] is y where it is positive, else 0:

    (a)  C v' = -g_L (v - E_L) + g_L Delta_T exp((v - V_T)/Delta_T) - w_ad + z
    (b)  tau_w w_ad' = a (v - E_L) - w_ad        tau_z z' = -z        tau_T V_T' = V_rest - V_T
    (c)  v > V_peak:  z <- I_sp,  V_T <- V_max,  w_ad <- w_ad + b,  and v is V_clamp for t_clamp, then V_r
    (d)  tau_minus u_minus' = v - u_minus        tau_plus u_plus' = v - u_plus
    (e)  tau_x x' = -x                           a presynaptic spike:  x <- x + 1
    (f)  a presynaptic spike:    w <- w - A_LTD [u_minus(t - d) - theta_minus],  then v <- v + w mV
    (g)  at all times:           w' = A_LTP x/tau_x [v - theta_plus] [u_plus(t - d) - theta_minus]

Each cell has one synapse. The presynaptic neuron fires n_spikes times at `rate`, and all but the last time the cell is made to
fire a time `lag` later by a step of 80 mV. At low rates pairs in the order pre-post potentiate, and post-pre depress;
at high rates both potentiate.

Differs from the paper: the delay d of (f) and (g) is not in the paper, but in its published program and in NEST, whose parameters
these are; b is 0.0805 pA, as in NEST's example. (g) is summed over steps of 0.1 ms, as in NEST, in each of which v above
0 mV counts as V_peak in (a), (b) and (d): the upstroke of a spike is shorter than a step.

Cite: Clopath2010
Chapter: plasticity
"""

from brian2 import Hz, Network, NeuronGroup, Synapses, farad, ms, mV, nS, pA, pF, second, siemens, volt

from zoo import Model
from zoo.models.equations.synapses import whole_steps


class Clopath2010(Model):
    n: int = 1  # cells, each with one synapse
    rate: Hz = 20 * Hz  # rate of pairs, one or one per cell
    lag: second = 10 * ms  # postsynaptic after presynaptic spike, one or one per cell
    onset: second = 40 * ms  # first presynaptic spike
    n_spikes: int = 6  # presynaptic spikes
    w_0: 1 = 0.5  # initial weight
    C: farad = 281 * pF  # membrane capacitance
    g_L: siemens = 30 * nS  # leak conductance
    E_L: volt = -70.6 * mV  # resting potential
    Delta_T: volt = 2 * mV  # slope factor of the exponential
    a: siemens = 4 * nS  # adaptation below threshold
    b: pA = 0.0805 * pA  # step of adaptation at a spike
    tau_w: second = 144 * ms  # time constant of adaptation
    I_sp: pA = 400 * pA  # depolarising current after a spike
    tau_z: second = 40 * ms  # decay of this current
    V_rest: volt = -50.4 * mV  # threshold of the exponential at rest
    V_max: volt = 30.4 * mV  # threshold of the exponential after a spike
    tau_T: second = 50 * ms  # recovery of this threshold
    V_peak: volt = 33 * mV  # v at which a spike is registered
    V_clamp: volt = 33 * mV  # v during a spike
    t_clamp: second = 2 * ms  # duration of a spike
    V_r: volt = -49.6 * mV  # v after a spike
    kick: volt = 80 * mV  # step of v that makes the cell fire
    theta_minus: volt = -70.6 * mV  # threshold of the filtered potentials
    theta_plus: volt = -45.3 * mV  # threshold of v for potentiation
    tau_minus: second = 10 * ms  # filter of depression
    tau_plus: second = 7 * ms  # filter of potentiation
    tau_x: second = 15 * ms  # decay of the presynaptic trace
    A_LTD: 1 / volt = 0.14 / volt  # amplitude of depression
    A_LTP: 1 / volt**2 = 80 / volt**2  # amplitude of potentiation
    d: second = 4 * ms  # delay of the filtered potentials
    w_max: 1 = 100  # largest weight
    limits = {
        "C g_L Delta_T tau_w tau_z tau_T tau_minus tau_plus tau_x rate d t_clamp": "> 0", "A_LTD A_LTP w_0 w_max": ">= 0",
        "n_spikes": ">= 1",
    }  # fmt: skip

    neuron: str = """
    dv/dt       = int(clamp == 0)*(-g_L*(V - E_L)
                + g_L*Delta_T*exp((V - V_T)/Delta_T) - w_ad + z)/C             : volt            # (a)
    dw_ad/dt    = int(clamp == 0)*(a*(V - E_L) - w_ad)/tau_w                   : amp             # (b)
    dz/dt       = -z/tau_z                                                     : amp
    dV_T/dt     = (V_rest - V_T)/tau_T                                         : volt
    du_minus/dt = (V - u_minus)/tau_minus                                      : volt            # (d)
    du_plus/dt  = (V - u_plus)/tau_plus                                        : volt
    V           = int(v < 0*mV)*v + int(v >= 0*mV)*V_peak                      : volt
    clamp       : integer  # time steps for which v is V_clamp
    late_minus  : volt     # u_minus and u_plus a time d ago
    late_plus   : volt
    """

    train: str = """
    t_next : second
    count  : integer
    rate   : Hz (constant)
    """

    synapse: str = """
    w     : 1
    A_LTD : 1/volt (shared, constant)
    A_LTP : 1/volt**2 (shared, constant)
    """

    def build(self):
        steps = round(float(whole_steps(self.d, self.dt) / self.dt))
        clamped = round(float(whole_steps(self.t_clamp, self.dt) / self.dt))
        cells = NeuronGroup(
            self.n,
            self.neuron,
            threshold="v > V_peak and clamp == 0",
            reset="v = V_clamp\nz = I_sp\nV_T = V_max\nw_ad += b\nclamp = clamped",  # (c)
            method="rk4",
            namespace=self.namespace | {"clamped": clamped},
            name="cells",
        )
        cells.run_regularly(
            "v = v + int(clamp == 1)*(V_r - v)\nclamp = clamp - int(clamp > 0)", when="after_thresholds"
        )

        trains = {}
        for name, more, number, reset in (
            ("pre", "dx/dt = -x/tau_x : 1\n", self.n_spikes, "\nx += 1"),  # (e)
            ("post", "lag : second (constant)\n", self.n_spikes - 1, ""),
        ):
            trains[name] = NeuronGroup(
                self.n,
                self.train + more,
                threshold="t > t_next - dt/2 and count < number",
                reset="count += 1\nt_next += 1/rate" + reset,
                method="exact",
                namespace=self.namespace | {"number": number},
                name=name,
            )
        pairs = dict(i=range(self.n), j=range(self.n))  # pairs that a StateMonitor knows
        kicks = Synapses(trains["post"], cells, on_pre="v_post += kick*int(clamp_post == 0)", name="kicks")
        synapses = Synapses(
            trains["pre"],
            cells,
            self.synapse,
            on_pre={
                "depress": "w = clip(w - A_LTD*clip(late_minus_post - theta_minus, 0*volt, 1*volt), 0, w_max)",  # (f)
                "excite": "v_post += w*mV*int(clamp_post == 0)",
            },
            delay={"excite": 2 * self.dt},
            name="synapses",
        )
        synapses.run_regularly(
            """
            above = clip(clip(v_post, -1*volt, V_clamp) - theta_plus, 0*volt, 1*volt)
            w = clip(w + dt*A_LTP*x_pre/tau_x*above*clip(late_plus_post - theta_minus, 0*volt, 1*volt), 0, w_max)
            """,  # (g)
            when="after_synapses",
        )
        for group in (kicks, synapses):
            group.connect(**pairs)

        # The filtered potentials of the last steps: each synapse of a cell to itself keeps those of one step.
        line = Synapses(
            cells,
            cells,
            """
            slot : integer (constant)
            now = int(slot == t_in_timesteps % steps) : 1
            kept_minus : volt
            kept_plus  : volt
            late_minus_post = now*kept_minus : volt (summed)
            late_plus_post  = now*kept_plus  : volt (summed)
            """,
            namespace={"steps": steps},
            name="line",
        )
        line.run_regularly(
            """
            kept_minus = kept_minus + now*(u_minus_pre - kept_minus)
            kept_plus = kept_plus + now*(u_plus_pre - kept_plus)
            """,
            when="after_groups",
        )
        cell = [number for number in range(self.n) for _ in range(steps)]
        line.connect(i=cell, j=cell)
        line.slot = list(range(steps)) * self.n
        return Network(cells, *trains.values(), kicks, synapses, line)

    def initialise(self, network):
        cells, line = network["cells"], network["line"]
        for name in ("v", "u_minus", "u_plus", "late_minus", "late_plus"):
            setattr(cells, name, self.E_L)
        cells.V_T = self.V_rest
        line.kept_minus = line.kept_plus = self.E_L
        network["synapses"].w = self.w_0
        # A presynaptic spike acts at the end of its step.
        network["pre"].t_next = self.onset - self.dt
        network["post"].t_next = "onset + lag"
