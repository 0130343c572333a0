"""Base of networks of Izhikevich nuclei: places of nuclei, lesions, kernels of synapses, and the source's code."""

import functools
import re

import numpy as np
from brian2 import NeuronGroup, Quantity, Subgroup, ms

from zoo import Model, ZooError
from zoo.core import quantities
from zoo.core.errors import listed
from zoo.functions.convolution import convolution
from zoo.functions.kernels import KernelStrings, kernel_strings, samples
from zoo.models.equations.synapses import whole_steps


class Nuclei(Model):
    """All neurons are one NeuronGroup, each nucleus is a Subgroup of it; a subclass has `sizes`, `targets` and `build`."""

    as_coded: bool = False  # follow the source's code: see izhikevich_nuclei
    lesion: str = "none"  # projections, or all outputs of a nucleus, to cut: N1-N2,N3

    @property
    def sizes(self) -> dict:
        """Nucleus -> number of neurons, in the order of the indices."""
        raise NotImplementedError

    @property
    def targets(self) -> dict:
        """Nucleus -> the nuclei to which it projects."""
        raise NotImplementedError

    def __post_init__(self):
        super().__post_init__()
        self._check()
        self.lesioned  # raises ZooError for an unknown name

    def _check(self):
        """Raise ZooError for tables that define no network."""

    @property
    def starts(self) -> dict:
        """Nucleus -> index of its first neuron."""
        return {name: place.start for name, place in self.slices.items()}

    @functools.cached_property
    def slices(self) -> dict:
        """Nucleus -> its place in the group of all neurons."""
        ends = np.cumsum(list(self.sizes.values())).tolist()
        return {name: slice(end - n, end) for (name, n), end in zip(self.sizes.items(), ends, strict=True)}

    def nuclei_of(self, neurons: NeuronGroup) -> list:
        """The nuclei as Subgroups of the group of all neurons; a nucleus with the name of this group is the group."""
        return [
            neurons if name == neurons.name else Subgroup(neurons, place.start, place.stop, name=name)
            for name, place in self.slices.items()
        ]

    # Lesions.

    @functools.cached_property
    def lesioned(self) -> set:
        """The pairs (pre, post) of nuclei whose projections are cut."""
        if self.lesion.strip() in ("", "none"):
            return set()
        cut = set()
        for part in re.split(r"[,+]", self.lesion.strip().rstrip(",+")):
            pre, *post = (name.strip() for name in re.split(r"->?", part))
            if "none" in (pre, *post) and "none" not in self.targets:
                raise ZooError(
                    f"the lesion {self.lesion!r} has none together with others; write only none, or leave it out."
                )
            for name in (pre, *post):
                if name not in self.targets:
                    raise ZooError(
                        f"the lesion {self.lesion!r} names the nucleus {name!r}; the nuclei are {', '.join(self.targets)}. "
                        "Write PRE-POST for a projection and PRE for all outputs of a nucleus, separated by commas."
                    )
            targets = self.targets[pre]
            if len(post) > 1 or not set(post) <= set(targets) or not targets:
                raise ZooError(
                    f"the lesion {part.strip()} cuts no projection of this network; {pre} projects to "
                    f"{listed(dict.fromkeys(targets)) if targets else 'no nucleus'}."
                )
            cut |= {(pre, name) for name in post or targets}
        return cut

    def intact(self, pre: str, post: str) -> bool:
        """Whether no lesion cuts the projections from one nucleus to another."""
        return (pre, post) not in self.lesioned

    @property
    def intact_pairs(self) -> np.ndarray:
        """Whether the projections from row to column are intact, for all nuclei."""
        return np.array([[self.intact(pre, post) for post in self.sizes] for pre in self.sizes])

    # Kernels and delays.

    def kernel(self, K: str | None, H: Quantity | None, name: str = "g", end: str = "H") -> KernelStrings:
        """The strings of a synapse with the kernel K(t) for 0 <= t < H: `name` is its sum over past spikes.

        K may use fields that the neurons declare, and `end` is the name under which the synapses declare H.
        """
        if H is not None and np.size(H) == 1 and 0 < float(H / self.dt) < 0.5:
            raise ZooError(
                f"the window {quantities.format(H)} of the kernel {K} is less than half a time step, "
                f"{quantities.format(self.dt)}."
            )
        return kernel_strings(self._coded(K), H, self._of_kernels, name, end)

    def convolve(self, neurons: NeuronGroup, kernel: KernelStrings, K: str, H: Quantity, name: str = "g") -> None:
        """Let `neurons` compute the sum of a sampled kernel, which has no differential equation.

        This is the first operation of a time step, before monitors: they record the value that the step uses.
        """
        if kernel.target_step:
            sampled = samples(
                self._coded(K), round(float(whole_steps(H, self.dt) / self.dt)), self.dt, self._of_kernels
            )
            neurons.namespace[f"convolve_{name}"] = convolution(f"convolve_{name}", sampled, len(neurons))
            neurons.run_regularly(kernel.target_step, dt=self.dt, when="start", order=-2, name=f"step_of_{name}")

    def whole_delay(self, delay: Quantity) -> Quantity:
        """A delay in whole time steps."""
        if self.as_coded:
            delay = np.floor(np.asarray(delay / ms) + 1e-9) * ms
        return whole_steps(delay, self.dt)

    def pathway_delays(self, delay: Quantity, kernel: KernelStrings, H: Quantity | None) -> dict:
        """The delays of the pathways of a kernel, in whole time steps: "off" comes H after "on"."""
        on = self.whole_delay(delay)
        return {"on": on} | ({"off": on + whole_steps(H, self.dt)} if kernel.off else {})

    @property
    def _of_kernels(self):
        return {**self.namespace, "dt": self.dt}

    # What the source's code computes instead of what its document says: one time step is 1 ms of the kernel, delays are
    # cut to whole ms, and u takes its step with the new v.

    def _coded(self, K):
        return re.sub(r"\bt\b", "(t*ms/dt)", K) if self.as_coded and K is not None else K

    def coded(self, neuron: str) -> str:
        """The equations of the neurons, with the new v in the step of u if `as_coded`."""
        if not self.as_coded:
            return neuron
        step_of_u = "a*(b*v - u)/ms"
        step_of_v = re.search(r"^\s*dv/dt\s*=(.*):\s*1", neuron, re.MULTILINE)
        if step_of_u not in neuron or not step_of_v:
            raise ZooError(f"as_coded is for the equations dv/dt = ... : 1 and du/dt = {step_of_u} : 1.")
        neuron = neuron.replace(step_of_u, "a*(b*v_next - u)/ms")
        return f"{neuron}\nv_next = v + dt*{step_of_v[1].strip()} : 1\n"
