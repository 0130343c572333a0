"""Two grids of Hodgkin-Huxley cells with dendrites: excitatory cells in front, inhibitory cells behind them.

Source: a network of squares of ball-and-stick cells for the simulator NEURON, with the populations of P. U. Diehl and
M. Cook (2015), Frontiers in Computational Neuroscience 9:99, and the channels of A. L. Hodgkin and A. F. Huxley (1952),
J. Physiol. 117:500-544, at 6.3 degrees Celsius.

    (a)  C_m v'   = -g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K) - g_L (v - E_L) + (g_c (v_d - v) + I_soma)/A_s
    (b)  C_m v_d' = -g_pas (v_d - E_pas) + (g_c (v - v_d) - sum_x g_x (v_d - E_x))/A_d
    (c)  tau_x g_x' = -g_x      g_x += w       at a spike, after the delay
    (d)  1/g_c = R_a (L_s/2)/(pi d_s^2/4) + R_a (L_d/2)/(pi d_d^2/4)

    population   cells   index            place                     receives                    synapses
    excitatory   n x n   i n + j          25 µm (i, j, 0)           stimuli, by g_e
                                                                    all inhibitory but its own  n^2 (n^2 - 1), by g_i
    inhibitory   n x n   n^2 + i n + j    25 µm (i, j, -2)          its excitatory cell         n^2, by g_e

The stimulus is "poisson" (spikes at `rate` to every excitatory cell), "event" (the source's: one event at `event_t` to
the first cell of both grids), or "events" (a list: `event_t` to the cells `event_i`).

The source gives each cell a resting potential, an initial value, a threshold and a refractory period, those of the
integrate-and-fire cells of Diehl and Cook: excitatory -65 mV, -65 mV, -52 mV, 5 ms, inhibitory -60 mV, -45 mV, -40 mV,
2 ms. In Hodgkin-Huxley cells they have other meanings. The resting potential is the reversal potential E_pas of the
leak of the dendrite; a cell rests where this balances the leak of the soma (-65.0 and -63.3 mV at the soma). All
voltages start at -65 mV and the gates at their steady state, as in NEURON; from -45 mV every inhibitory cell would spike
at once. The threshold is not a parameter: the cell generates its spike, and v_spike only sets when it is counted.
NEURON counts at 10 mV; at -52 and -40 mV the count is 0.6 and 0.35 ms earlier. NEURON counts every upward crossing, so
t_ref is 0 ms here. With synaptic input a cell is not excitable within 5 ms of a spike, and a refractory period changes
nothing; under a noisy current the soma crosses 10 mV several times in a spike, and t_ref_E = 5 ms counts one crossing.
`WRITTEN` has the potentials and refractory periods exactly as in the source.

Differs from the source: inhibition has separate synapses with the reversal potential E_i ("gaba"). The source inhibits
with negative weights on g_e; several of them make the conductance of a dendrite negative, and its voltage grows without
bound. `inhibition="written"` follows the source: with the stimulus "event" and n > 2 it is valid until 42.3 ms, when
the first volley of the inhibitory cells arrives.

An event changes the conductance before the first step with t + dt/2 >= event_t, as in NEURON; for an event in the middle
of a step NEURON's rounding decides. Delays are rounded to whole steps, halves up, also as in NEURON.

Solvers: "neuron" is NEURON's fixed-step scheme (models/equations/neuron_scheme.py); at dt = 0.025 ms it gives NEURON's
spikes, step by step. "rk4" has spikes 0.015 ms late on average at dt = 0.025 ms, 0.002 ms at dt = 0.005 ms, and within
0.12 and 0.02 ms in all 20 protocols that were compared with NEURON's cvode. A spike counts at the end of its step, up to
a step late, which adds up from synapse to synapse: longer chains have larger errors. A step takes twice as long, and is
unstable where a rate is above 2.8/dt: at dt = 0.025 ms with more than 690 nS on a dendrite, or a soma below -125 mV,
where the gate m closes faster (dt = 0.0125 ms: -137 mV). Written inhibition can reach this; "neuron" is stable there.
"exponential_euler" has errors of 0.7 ms.

Cite: HodgkinHuxley1952, DiehlCook2015
Chapter: networks
"""

import numpy as np
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    amp,
    cm,
    ms,
    mV,
    nS,
    ohm,
    second,
    siemens,
    uF,
    um,
    volt,
)

from zoo import Model, Rule, ZooError, encoding
from zoo.models.equations import ball_and_stick, neuron_scheme
from zoo.models.equations.ball_and_stick import excitation, inhibition
from zoo.models.equations.neurons import hodgkin_huxley_rest
from zoo.models.equations.synapses import whole_steps

#: The potentials and refractory periods exactly as in the source: replace(model, **WRITTEN).
WRITTEN = {
    "v_start_I": -45 * mV,
    "v_spike_E": -52 * mV,
    "v_spike_I": -40 * mV,
    "t_ref_E": 5 * ms,
    "t_ref_I": 2 * ms,
}


class HHGrid(Model):
    dt: second = 0.025 * ms  # time step
    n: int = 10  # cells along an edge of both grids
    inhibition: str = "gaba"  # gaba: separate synapses with the reversal potential E_i; written: negative weights
    beyond: bool = False  # continue when the written inhibition diverges
    solver: str = "neuron"  # neuron, rk4 or exponential_euler
    stimulus: str = "poisson"  # poisson, event (one) or events (a list)

    L_s: um = 12.6157 * um  # length of the soma
    d_s: um = 12.6157 * um  # diameter of the soma
    L_d: um = 200 * um  # length of the dendrite
    d_d: um = 1 * um  # diameter of the dendrite
    R_a: ohm * cm = 100 * ohm * cm  # axial resistivity
    C_m: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_Na: siemens / cm**2 = 0.12 * siemens / cm**2  # sodium conductance of the soma
    g_K: siemens / cm**2 = 0.036 * siemens / cm**2  # potassium conductance of the soma
    g_L: siemens / cm**2 = 0.0003 * siemens / cm**2  # leak conductance of the soma
    g_pas: siemens / cm**2 = 0.001 * siemens / cm**2  # leak conductance of the dendrite
    E_Na: volt = 50 * mV  # reversal potential of sodium
    E_K: volt = -77 * mV  # reversal potential of potassium
    E_L: volt = -54.3 * mV  # reversal potential of the leak of the soma

    v_rest_E: volt = -65 * mV  # reversal potential of the leak of the dendrite, excitatory cells
    v_rest_I: volt = -60 * mV  # the same, inhibitory cells
    v_start_E: volt = -65 * mV  # initial voltage, excitatory cells
    v_start_I: volt = -65 * mV  # the same, inhibitory cells; the source has -45 mV
    v_gates: volt = -65 * mV  # voltage at whose steady state the gates start
    v_spike_E: volt = 10 * mV  # threshold that a spike crosses upwards, excitatory cells; the source has -52 mV
    v_spike_I: volt = 10 * mV  # the same, inhibitory cells; the source has -40 mV
    t_ref_E: second = 0 * ms  # no second spike counts within this time, excitatory cells; the source has 5 ms
    t_ref_I: second = 0 * ms  # the same, inhibitory cells; the source has 2 ms

    tau_e: second = 2 * ms  # decay of excitation
    tau_i: second = 2 * ms  # decay of inhibition
    E_e: volt = 0 * mV  # reversal potential of excitation
    E_i: volt = -80 * mV  # reversal potential of inhibition
    w_stim: siemens = 40 * nS  # of an event of the stimulus, one or one per event (of "poisson": per excitatory cell)
    w_EI: siemens = 10 * nS  # from an excitatory to its inhibitory cell
    w_IE: siemens = 10 * nS  # from an inhibitory to all other excitatory cells
    delay_EI: second = 5 * ms  # of the first
    delay_IE: second = 5 * ms  # of the second

    rate: Hz = 25 * Hz  # of the Poisson stimulus, one or one per excitatory cell
    event_t: second = 10 * ms  # times of events, one or one per event
    event_i: 1 = 0  # cells of events, one or one per event
    I_clamp: amp = 0 * amp  # current into the soma, one or one per cell
    t_on: second = 0 * ms  # its start
    t_off: second = 1e6 * second  # its end

    spacing: um = 25 * um  # between neighbours
    depth: um = 50 * um  # from the excitatory to the inhibitory grid

    limits = {
        "L_s d_s L_d d_d R_a C_m tau_e tau_i": "> 0",
        "g_Na g_K g_L g_pas t_ref_E t_ref_I w_stim w_EI w_IE delay_EI delay_IE rate event_t spacing depth": ">= 0",
        "inhibition": ("gaba", "written"),
        "solver": ("neuron", "rk4", "exponential_euler"),
        "stimulus": ("poisson", "event", "events"),
    }
    explore = {"v_spike_E": None, "v_spike_I": None}

    neuron: str = (
        ball_and_stick.cell
        + ball_and_stick.parameters
        + ball_and_stick.clamp
        + """
        v_spike                                                             : volt (constant)
        t_ref                                                               : second (constant)
        excitatory                                                          : boolean (constant)
        x                                                                   : meter (constant)
        y                                                                   : meter (constant)
        z                                                                   : meter (constant)
        v_rest_E                                                            : volt (shared, constant)
        v_rest_I                                                            : volt (shared, constant)
        v_start_E                                                           : volt (shared, constant)
        v_start_I                                                           : volt (shared, constant)
        v_gates                                                             : volt (shared, constant)
        v_spike_E                                                           : volt (shared, constant)
        v_spike_I                                                           : volt (shared, constant)
        t_ref_E                                                             : second (shared, constant)
        t_ref_I                                                             : second (shared, constant)
        spacing                                                             : meter (shared, constant)
        depth                                                               : meter (shared, constant)
        """
    )

    def __post_init__(self):
        super().__post_init__()
        if self.stimulus == "poisson":
            encoding.check_rates(self.rate, self.dt, "the Poisson stimulus (--rate)")
        t, i = self.events
        if self.stimulus == "events" and len(t) == 0:
            raise ZooError("event_t has no event; give at least one, or choose another stimulus.")
        if np.any((i < 0) | (i >= 2 * self.n**2) | (i != np.rint(i))):
            raise ZooError(f"event_i must be cell indices from 0 to {2 * self.n**2 - 1}.")
        targets, kind = (self.n**2, "excitatory cells") if self.stimulus == "poisson" else (len(t), "events")
        if np.size(self.w_stim) not in (1, targets):
            raise ZooError(
                f"w_stim has {np.size(self.w_stim)} weights for {targets} {kind}; give one, or one for each."
            )

    @property
    def events(self):
        """Times and cells of the single events: (events,) each, none for a Poisson stimulus."""
        if self.stimulus == "poisson":
            return np.zeros(0) * second, np.zeros(0)
        cells = (0, self.n**2) if self.stimulus == "event" else self.event_i
        try:
            t, i = np.broadcast_arrays(np.atleast_1d(np.asarray(self.event_t)), np.atleast_1d(cells))
        except ValueError:
            raise ZooError(
                f"event_t has {np.size(self.event_t)} times and event_i {np.size(self.event_i)} cells; give one cell "
                "for every time."
            ) from None
        return t * second, i

    def check_duration(self, duration):
        """Refuse to run the written inhibition until the voltages diverge.

        The time is that of the source's parameters and stimulus; others have other times.
        """
        if self.inhibition == "written" and duration > 42.3 * ms and not self.beyond:
            raise ZooError(
                "the written inhibition is valid until 42.3*ms, when negative conductances make the voltages diverge; give "
                "--duration 42*ms, or --inhibition gaba, or --beyond to continue."
            )

    def build(self):
        kinds = {"gaba": "ei", "written": "e"}[self.inhibition]
        equations = self.neuron + ball_and_stick.synapses(kinds)
        scheme = self.solver == "neuron"
        cells = NeuronGroup(
            2 * self.n**2,
            neuron_scheme.held(equations) if scheme else equations,
            threshold="v > v_spike",
            refractory="v > v_spike or t - lastspike < t_ref",
            method="euler" if scheme else self.solver,
            namespace=self.namespace,
            name="cells",
        )
        if scheme:
            step = ball_and_stick.implicit_step + neuron_scheme.gates + ball_and_stick.decays(kinds)
            cells.run_regularly(step, dt=self.dt, when="groups", order=-1, name="step")

        excitatory, inhibitory = cells[: self.n**2], cells[self.n**2 :]
        excite = self._synapses(excitatory, inhibitory, excitation, "w_EI", "excite", delay=self.delay_EI)
        excite.connect(j="i")
        rule = inhibition if self.inhibition == "gaba" else excitation
        inhibit = self._synapses(inhibitory, excitatory, rule, "w_IE", "inhibit", delay=self.delay_IE)
        inhibit.connect(condition="i != j")
        stimuli = self._poisson(excitatory) if self.stimulus == "poisson" else self._events(cells)
        return Network(cells, excite, inhibit, *stimuli)

    def _synapses(self, source, target, rule, weight, name, delay=None, flags="shared, constant"):
        """Synapses with the initial weights `weight`."""
        return Synapses(
            source,
            target,
            **(rule + Rule(model=f"{weight} : siemens ({flags})")).code,
            delay=delay if delay is None else whole_steps(delay, self.dt),
            namespace=self.namespace,
            name=name,
        )

    def _poisson(self, excitatory):
        """One source for every excitatory cell; the next spike is drawn once per spike, not in every time step."""
        sources = NeuronGroup(
            self.n**2,
            """
            rate   : Hz (constant)
            t_next : second
            """,
            threshold="t >= t_next",
            reset="t_next -= log(rand())/(rate + 1e-12*Hz)",
            namespace=self.namespace,
            name="stimuli",
        )
        stimulate = self._synapses(sources, excitatory, excitation, "w_stim", "stimulate", flags="constant")
        stimulate.connect(j="i")
        return sources, stimulate

    def _events(self, cells):
        """An event is a synapse from a source that spikes once, at 0 ms: its delay is the time of the event.

        The slot "start" is before the step that begins at this time, and before monitors record.
        """
        t, i = self.events
        source = SpikeGeneratorGroup(1, [0], [0] * ms, when="start", order=-2, name="stimuli")
        stimulate = self._synapses(source, cells, excitation, "w_stim", "stimulate", flags="constant")
        stimulate.connect(i=np.zeros(len(i), int), j=i.astype(int))
        stimulate.pre.when = "start"
        stimulate.pre.delay = neuron_scheme.delivered(t, self.dt)
        return source, stimulate

    def initialise(self, network):
        cells = network["cells"]
        cells.excitatory = "2*i < N"
        cells.x = "spacing*((i // n) % n)"
        cells.y = "spacing*(i % n)"
        cells.z = "-depth*int(not excitatory)"
        cells.v = "v_gates"
        for gate in hodgkin_huxley_rest.strip().splitlines():
            name, steady = gate.split(" = ")
            setattr(cells, name, steady)
        fields = {"v": "v_start", "v_d": "v_start", "E_pas": "v_rest", "v_spike": "v_spike", "t_ref": "t_ref"}
        for name, field in fields.items():
            setattr(cells, name, f"{field}_E*int(excitatory) + {field}_I*int(not excitatory)")
        network["excite"].w = "w_EI"
        network["inhibit"].w = "w_IE" if self.inhibition == "gaba" else "-w_IE"
        network["stimulate"].w = "w_stim"
        if self.stimulus == "poisson":
            network["stimuli"].t_next = "-log(rand())/(rate + 1e-12*Hz)"
