"""Any network of nuclei of Izhikevich neurons whose synapses are kernels: a table of nuclei and a table of projections.

Source: the nuclei of a TensorFlow library, with the neuron of E. M. Izhikevich (2003), Simple model of spiking neurons,
IEEE Transactions on Neural Networks 14:1569-1572.

    (1)  v' = 0.04 v^2 + 5 v + 140 - u + I           v, u in mV, t in ms
    (2)  u' = a (b v - u)
    (3)  v >= 30 mV:  v <- c,  u <- u + d            at the start v = c, u = b c
    (4)  I_i(t) = I_ext,i(t) + sum_projections sum_j w_ji sum_s K(t - t_j^s - delay)      0 <= t - t_j^s - delay < window

    nuclei = [
        Nucleus("N1", 10, a=0.02, b=0.2, c=-65, d=8, drive="5*int(t < 15*ms)"),
        Nucleus("N2", 10, preset="FS"),
    ]
    projections = [
        Projection("N1", "N2", weights=1.0, delay=30*ms, kernel="exp(-t/(10*ms))", window=30*ms),
        Projection("N2", "N1", weights="-2*rand()", delay=2*ms, kernel="(t/(5*ms))*exp(1 - t/(5*ms))", window=40*ms),
    ]
    model = IzhikevichNuclei(nuclei=nuclei, projections=projections, dt=0.1*ms)
    result = simulate(model, 300*ms, lambda network: [SpikeMonitor(network["N2"], name="spikes")])

All neurons are one NeuronGroup, "neurons"; each nucleus is a Subgroup with its name, network["N2"], and indices from 0;
`model.slices` has its place in the whole group. Projections with the same kernel and window share a Synapses object;
`model.channels` lists them. Delays and windows are whole time steps, floor(time/dt + 1/2).

`--lesion N1-N2,N3` cuts the projection from N1 to N2 and all outputs of N3: after they are drawn, their weights become 0.
All other weights and the noise stay the same, so that only the lesion changes the result. Weights given to a run
(`values`) are not changed.

Step n: with I at t = n dt, v and u take one explicit Euler step, each with the old value of the other, and a spike of this
step arrives `delay` after its end.

Differs from the source: the library sums its kernels over past spikes in every step. Here a kernel that solves a linear
differential equation is a state of the neuron, and its end a second, later pathway; any other kernel is sampled in steps.
Both give the same numbers as the sum. The library's code differs from its document; `as_coded` follows the code: one time
step is 1 ms of the kernel, so that at dt = 0.1 ms a tau of 20 ms is 2 ms, delays are truncated to whole ms, and u takes its
step with the new v. The last of these is inferred, not read in the code: over two seeds, with the same noise, the cortex of
the basal ganglia fires 0.218 Hz less in the code than in the document's scheme. A u with the new v gives 0.223 Hz less
(standard error 0.005, eight seeds); a pause of one step after each spike gives 0.139, two half steps of v 0.247, the new u
in the step of v 0.052 more. Truncating delays to whole ms or rounding them to steps changes no rate by more than its spread
over seeds. The default tables are an example that is not in the source.

Cite: Izhikevich2003
Chapter: networks
"""

import functools

from brian2 import Network, NeuronGroup, ms

from zoo import ZooError
from zoo.functions.table import table
from zoo.models.equations.channels import channels
from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.nuclei import Nuclei
from zoo.models.equations.nucleus_rows import (
    Nucleus,
    Projection,
    check_rows,
    constant_drives,
    per_neuron,
    set_drives,
    set_parameters,
)


class IzhikevichNuclei(Nuclei):
    nuclei: tuple[Nucleus, ...] = (  # sizes, parameters and inputs of the neurons
        Nucleus("E", 80, preset="RS", drive="7 + 20*randn()"),
        Nucleus("I", 20, preset="FS", drive="3 + 10*randn()"),
    )
    projections: tuple[Projection, ...] = (  # weights, delays and kernels of the synapses
        Projection("E", "E", weights="0.5*rand()", delay=2 * ms, kernel="exp(-t/(5*ms))", window=25 * ms),
        Projection("E", "I", weights="0.5*rand()", delay=2 * ms, kernel="exp(-t/(5*ms))", window=25 * ms),
        Projection("I", "E", weights="-rand()", delay=1 * ms, kernel="(t/(5*ms))*exp(1 - t/(5*ms))", window=40 * ms),
        Projection("I", "I", weights="-rand()", delay=1 * ms, kernel="(t/(5*ms))*exp(1 - t/(5*ms))", window=40 * ms),
    )

    #: The equations of all neurons; the sum I and those of the kernels are added to them.
    neuron: str = (
        izhikevich
        + """
        I_0                                        : 1 (constant)
        I_ext                                      : 1
        nucleus                                    : integer (constant)
        first                                      : integer (constant)
        """
    )

    #: The name of the NeuronGroup of all neurons.
    group = "neurons"

    def build(self):
        currents = " + ".join(["I_ext", *(channel.current for channel in self.channels)])
        equations = [self.coded(self.neuron), f"I = {currents} : 1  # (4)"]
        neurons = NeuronGroup(
            sum(self.sizes.values()),
            "\n".join([*equations, *(channel.kernel.target for channel in self.channels)]),
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            name=self.group,
        )
        for channel in self.channels:
            self.convolve(neurons, channel.kernel, channel.K, channel.window, channel.current)
        neurons.nucleus = per_neuron(range(len(self.nuclei)), self.nuclei)
        neurons.first = per_neuron(self.starts.values(), self.nuclei)
        neurons.I_0 = constant_drives(self.nuclei)
        set_parameters(neurons, self.nuclei)
        parts = dict(zip(self.sizes, self.nuclei_of(neurons), strict=True))
        set_drives(self, parts.values(), self.nuclei)
        # Data of the program: with every lesion it draws the same random numbers.
        tables = {"intact": table("intact", self.intact_pairs)}
        synapses = [channel.connect(self, neurons, parts, tables) for channel in self.channels]
        return Network(neurons, [part for part in parts.values() if part is not neurons], synapses)

    def initialise(self, network):
        neurons = network[self.group]
        neurons.v = "c"
        neurons.u = "b*c"
        neurons.I_ext = "I_0"
        for channel in self.channels:
            channel.draw(network[channel.name])

    sizes = property(lambda self: {nucleus.name: nucleus.n for nucleus in self.nuclei})

    @property
    def targets(self):
        return {name: [row.post for row in self.projections if row.pre == name] for name in self.sizes}

    @functools.cached_property
    def channels(self) -> list:
        """The Synapses of the network, each a Channel."""
        return channels(self, self.projections)

    def _check(self):
        check_rows(self.nuclei, self.projections)
        names = [*(nucleus.name for nucleus in self.nuclei), *(channel.name for channel in self.channels)]
        names += [] if len(self.nuclei) == 1 and self.nuclei[0].name == self.group else [self.group]
        for name in names:
            if names.count(name) > 1:
                raise ZooError(f"two objects of the network have the name {name!r}; rename one nucleus or group.")
