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

All neurons are one NeuronGroup, "neurons"; each nucleus is a Subgroup of it under its own name, network["N2"], with
its own indices; `model.slices` has its place in the whole group. Projections of one kernel and window share a Synapses,
`model.channels` says which. Delays and windows are whole time steps, floor(time/dt + 1/2).

`--lesion N1-N2,N3` cuts the projection from N1 to N2 and all outputs of N3: after they are drawn, their weights become
0. All other weights and all noise stay as they were, so that what changes is what the lesion does. Weights that are
handed to a run (`values`) stand as they are.

Step n: I is taken at t = n dt, v and u make one explicit Euler step with it, each with the old value of the other,
and a spike of this step arrives `delay` after its end.

Differs from the source: the library sums its kernels over past spikes in every step. Here a kernel that solves a
linear differential equation is a state of the neuron, and its end a second, later pathway; any other kernel is
sampled in steps. Both give the same numbers as the sum. The library's code does not compute what its document says;
`as_coded` does what it does: one time step is 1 ms of the kernel, so that at dt 0.1 ms a tau of 20 ms is 2 ms, delays
are cut to whole ms, and u takes its step with the new v. The last of these is inferred, not read in the code: over two
seeds, with the same noise, the cortex of the basal ganglia fires 0.218 Hz less in the code than in the document's
scheme. A u with the new v gives 0.223 Hz less (standard error 0.005, eight seeds); a pause of one step after each spike
gives 0.139, two half steps of v 0.247, the new u in the step of v 0.052 more. Whether delays are cut to whole ms or rounded
to steps changes no rate by more than its spread over seeds. The default tables are an example of our own.

Chapter: networks
"""

import functools
import re
from dataclasses import dataclass, field, replace

import numpy as np
from brian2 import Network, NeuronGroup, Quantity, Subgroup, Synapses, TimedArray, ms, second

from zoo import Model, Rule, ZooError
from zoo.core import quantities
from zoo.core.errors import listed, unknown
from zoo.functions.byte_table import byte_table
from zoo.functions.convolution import convolution
from zoo.models.equations.kernels import kernel_rule, samples
from zoo.models.equations.neurons import izhikevich, izhikevich_reset, izhikevich_threshold
from zoo.models.equations.presets import izhikevich_presets
from zoo.models.equations.synapses import whole_steps


class Row:
    """Equality of rows that may hold arrays."""

    def __eq__(self, other):
        return type(self) is type(other) and all(
            np.array_equal(value, getattr(other, name)) for name, value in vars(self).items()
        )

    __hash__ = None


@dataclass(frozen=True, eq=False)
class Played(Row):
    """An input of (steps, n) values, or (steps,) for all neurons, each held for `dt`; the last one stays."""

    values: np.ndarray
    dt: Quantity


@dataclass(frozen=True, eq=False)
class Nucleus(Row):
    """`n` neurons with the same equations.

    `a` (1/ms), `b`, `c` (mV) and `d` are numbers or arrays (n,); what is not given comes from `preset`: RS, IB, CH,
    FS, LTS, TC or RZ. `drive` is the input I_ext: a number, an array (n,), an expression in t, in i (the index within
    the nucleus) and in randn() or rand(), which are drawn anew for each neuron and time step, or a TimedArray without
    unit of shape (steps, n) or (steps,).
    """

    name: str
    n: int
    a: float | np.ndarray = None
    b: float | np.ndarray = None
    c: float | np.ndarray = None
    d: float | np.ndarray = None
    drive: float | np.ndarray | str | TimedArray | Played = 0.0
    preset: str = ""

    def __post_init__(self):
        if not isinstance(self.name, str) or not re.fullmatch(r"[A-Za-z]\w*", self.name):
            raise ZooError(f"a nucleus needs a name of letters, digits and underscores, not {self.name!r}.")
        if isinstance(self.n, bool) or not isinstance(self.n, (int, np.integer)) or self.n < 1:
            raise ZooError(f"the nucleus {self.name} has n = {self.n!r}; it has to be a whole number above 0.")
        object.__setattr__(self, "n", int(self.n))
        if self.preset and self.preset not in izhikevich_presets:
            raise unknown("preset", self.preset, izhikevich_presets)
        for name in "abcd":
            value = getattr(self, name)
            if value is None:
                if not self.preset:
                    presets = ", ".join(izhikevich_presets)
                    raise ZooError(
                        f"the nucleus {self.name} has no {name}; give {name}, or a preset, one of {presets}."
                    )
                value = float(izhikevich_presets[self.preset][name])
            object.__setattr__(self, name, self._per_neuron(name, value))
        object.__setattr__(self, "drive", self._checked_drive())

    def _checked_drive(self):
        drive = self.drive
        if isinstance(drive, str):
            if not drive.strip():
                raise ZooError(f"the drive of the nucleus {self.name} is empty; write 0 for no input.")
            return drive
        if isinstance(drive, TimedArray):
            drive = Played(Quantity(drive.values, dim=drive.dim), drive.dt * second)
        elif isinstance(drive, dict):  # a row of a stored result
            drive = Played(**drive)
        if not isinstance(drive, Played):
            return self._per_neuron("drive", drive)
        values = quantities.check(f"{self.name}.drive", drive.values, 1)
        if np.ndim(values) == 0 or np.shape(values)[1:] not in ((), (self.n,)):
            raise ZooError(
                f"the drive of the nucleus {self.name} has the shape {np.shape(values)}; a TimedArray for it has the shape "
                f"(steps, {self.n}) or (steps,)."
            )
        return Played(values, quantities.check(f"{self.name}.drive.dt", drive.dt, second))

    def _per_neuron(self, name, value):
        value = quantities.check(f"{self.name}.{name}", value, 1)
        if np.shape(value) not in ((), (self.n,)):
            raise ZooError(
                f"{self.name}.{name} has the shape {np.shape(value)}; it has to be one number or an array of shape ({self.n},)."
            )
        return value


@dataclass(frozen=True, eq=False)
class Projection(Row):
    """Synapses from all neurons of `pre` to all of `post`, which need not be another nucleus.

    `weights` is a number, a matrix W[pre, post], or an expression with i, j (the indices within the nuclei), rand(),
    randn() and its own value before, `w`, which is a number or a matrix too. `delay` is a time or a matrix of times.
    `kernel` is an expression in the time t since the spike arrived, and `window` its end; without a kernel a spike is
    a jump of I by its weight for one time step. Without a window a kernel that decays goes on for ever. A neuron that
    is in both nuclei is connected to itself if `autapses`. Projections of one kernel, window and `group` share the
    Synapses of that name.
    """

    pre: str
    post: str
    weights: float | np.ndarray | str = 1.0
    delay: Quantity = field(default_factory=lambda: 0 * ms)
    kernel: str | None = None
    window: Quantity | None = None
    autapses: bool = True
    w: float | np.ndarray = 1.0
    group: str = ""

    def __post_init__(self):
        if self.kernel is not None and not isinstance(self.kernel, str):
            raise ZooError(
                f"the kernel of {self} has to be text such as exp(-t/(20*ms)), or None, not {self.kernel!r}."
            )
        for name in ("weights", "w"):
            if not (name == "weights" and isinstance(self.weights, str)):
                object.__setattr__(self, name, quantities.check(f"{self}, {name}", getattr(self, name), 1))
        if not isinstance(self.group, str) or not re.fullmatch(r"|[A-Za-z]\w*", self.group):
            raise ZooError(
                f"the group of {self} is {self.group!r}; it has to be a name of letters, digits and underscores."
            )
        object.__setattr__(self, "delay", quantities.check(f"{self}, delay", self.delay, second, "2*ms"))
        if np.any(np.asarray(self.delay) < 0):
            raise ZooError(f"a delay of {self} is below 0*ms; a spike cannot arrive before it is there.")
        if self.window is not None:
            object.__setattr__(self, "window", quantities.check(f"{self}, window", self.window, second, "50*ms"))
            if np.ndim(self.window):
                raise ZooError(f"{self} has {np.size(self.window)} windows; write one projection for each.")
        self.rule  # says what is wrong with the kernel

    def __str__(self):
        return f"{self.pre} -> {self.post}"

    @property
    def start(self):
        """The weights before text is evaluated."""
        return self.w if isinstance(self.weights, str) else self.weights

    @property
    def rule(self) -> Rule:
        """The strings that Brian2 gets. H is the window; the variables get the name of the Synapses behind theirs."""
        return kernel_rule(self.kernel, self.window)


class Channel:
    """A Synapses object: all projections with one kernel, window and group, and their rule."""

    def __init__(self, name: str, rows: list, steps: int | None, dt: Quantity, slices: dict):
        self.name = name
        self.rows = rows
        self.window = None if steps is None else steps * dt
        #: The places of the nuclei of each row in the group of all neurons.
        self.pre = [slices[row.pre] for row in rows]
        self.post = [slices[row.post] for row in rows]
        suffix = name.removeprefix("synapses")
        suffix = suffix if suffix.startswith("_") else f"_{suffix}" * bool(suffix)
        self.current = f"g{suffix}"
        self.rule = _renamed(rows[0].rule, suffix)
        self.convolve = f"convolve{suffix}" if self.rule.target_step else None
        self.samples = samples(rows[0].kernel, steps, dt) if self.convolve else None

    def flat(self, name: str):
        """`name` of the rows, one behind the other: an array with a value for each synapse, or one number for all."""
        values = [np.asarray(getattr(row, name), dtype=float) for row in self.rows]
        if all(value.ndim == 0 and value == values[0] for value in values):
            return values[0]
        return _concatenated([self._of_row(row, value) for row, value in enumerate(values)])

    def indices(self):
        """i and j of all synapses in the group of all neurons."""
        i, j = [], []
        for row, (pre, post) in enumerate(zip(self.pre, self.post, strict=True)):
            i.append(self._of_row(row, np.arange(pre.start, pre.stop, dtype=np.int32)[:, None]))
            j.append(self._of_row(row, np.arange(post.start, post.stop, dtype=np.int32)))
        return _concatenated(i), _concatenated(j)

    def numbers(self):
        """The number of its row for each synapse."""
        return _concatenated([self._of_row(row, np.int32(row)) for row in range(len(self.rows))])

    def texts(self) -> dict:
        """How weights are drawn: text -> numbers of the rows. Weights that are numbers are drawn as "w", themselves."""
        found = {}
        for number, (row, pre, post) in enumerate(zip(self.rows, self.pre, self.post, strict=True)):
            text = row.weights if isinstance(row.weights, str) else "w"
            if len(self.rows) > 1:  # these synapses count i and j over all neurons
                for index, place in (("i", pre), ("j", post)):
                    text = re.sub(rf"\b{index}\b", f"({index} - {place.start})", text)
            found.setdefault(text, []).append(number)
        return found

    @property
    def mixed(self) -> bool:
        """Whether weights are drawn in different ways, so that the rows have to be told apart."""
        return len(self.texts()) > 1

    def to_all(self, row):
        """Whether a row has a synapse for every pair."""
        return self.rows[row].autapses or self.pre[row] != self.post[row]

    def _of_row(self, row, values):
        n_pre, n_post = _length(self.pre[row]), _length(self.post[row])
        values = np.broadcast_to(values, (n_pre, n_post))
        return values.ravel() if self.to_all(row) else values[~np.eye(n_pre, dtype=bool)]


class IzhikevichNetwork(Model):
    """What the networks of this family share: a subclass has `tables`, its nuclei and projections."""

    #: The equations of all neurons; the sum I and the synapses are added to them.
    neuron: str = izhikevich + "I_0 : 1 (constant)"
    as_coded: bool = False  # compute what the source's code computes: see izhikevich_nuclei
    lesion: str = "none"  # projections, or all outputs of a nucleus, that are cut: N1-N2,N3

    #: The name of the NeuronGroup of all neurons.
    group = "neurons"

    #: The equation of the input.
    external = "I_ext : 1"
    #: Parameters of the synapses that weights given as text read.
    parameters = Rule()

    def tables(self) -> tuple:
        """The rows of Nucleus and the rows of Projection."""
        raise NotImplementedError("tables(self) has to return nuclei and projections.")

    def __post_init__(self):
        super().__post_init__()
        nuclei, projections = self._tables
        if not nuclei:
            raise ZooError("a network needs at least one nucleus.")
        for row in projections:
            _check_projection(row, nuclei)
        names = [*(nucleus.name for nucleus in nuclei), *(channel.name for channel in self.channels)]
        names += [] if len(nuclei) == 1 and nuclei[0].name == self.group else [self.group]
        for name in names:
            if names.count(name) > 1:
                raise ZooError(f"two things of the network have the name {name!r}; rename one nucleus or group.")
        self.lesioned  # raises ZooError for an unknown name

    @functools.cached_property
    def lesioned(self) -> set:
        """The pairs (pre, post) of nuclei whose projections are cut."""
        targets = {name: [] for name in self.sizes}
        for row in self._tables[1]:
            targets[row.pre].append(row.post)
        cut = set()
        for part in re.split(r"[,+]", self.lesion):
            names = [name.strip() for name in re.split(r"->?", part)]
            if names in ([""], ["none"]):
                continue
            for name in names:
                if name not in targets:
                    raise ZooError(
                        f"the lesion {self.lesion!r} names the nucleus {name!r}; there are {', '.join(targets)}. Write "
                        "PRE-POST for a projection and PRE for all outputs of a nucleus, with commas between."
                    )
            pre, *post = names
            if len(post) > 1 or not set(post) <= set(targets[pre]) or not targets[pre]:
                raise ZooError(
                    f"the lesion {part.strip()} cuts no projection of this network; {pre} projects to "
                    f"{listed(dict.fromkeys(targets[pre])) if targets[pre] else 'no nucleus'}."
                )
            cut |= {(pre, name) for name in post or targets[pre]}
        return cut

    @functools.cached_property
    def _tables(self):
        return self.tables()

    @property
    def sizes(self) -> dict:
        """Nucleus -> number of neurons, in the order of the indices."""
        return {nucleus.name: nucleus.n for nucleus in self._tables[0]}

    @property
    def starts(self) -> dict:
        """Nucleus -> index of its first neuron."""
        return {name: place.start for name, place in self.slices.items()}

    @functools.cached_property
    def slices(self) -> dict:
        """Nucleus -> its place in the group of all neurons."""
        ends = np.cumsum(list(self.sizes.values())).tolist()
        return {name: slice(end - n, end) for (name, n), end in zip(self.sizes.items(), ends, strict=True)}

    @functools.cached_property
    def channels(self) -> list:
        """The Synapses of the network, each a Channel."""
        shared = {}
        for row in map(self._coded, self._tables[1]) if self.as_coded else self._tables[1]:
            steps = None
            if row.kernel is not None and row.window is not None:
                steps = round(float(whole_steps(row.window, self.dt) / self.dt))
                if steps < 1:
                    raise ZooError(f"the window of {row} is less than half a time step, {quantities.format(self.dt)}.")
            shared.setdefault((row.group or "synapses", row.kernel, steps), []).append(row)
        made, names = [], []
        for (name, _, steps), rows in shared.items():
            names.append(name)
            more = names.count(name)
            made.append(Channel(f"{name}_{more}" if more > 1 else name, rows, steps, self.dt, self.slices))
        return made

    def _coded(self, row):
        """A projection as the source's code has it: one time step is 1 ms of the kernel, and delays are cut to whole ms."""
        kernel = row.kernel and re.sub(r"\bt\b", f"(t*{float(ms / self.dt):.15g})", row.kernel)
        return replace(row, kernel=kernel, delay=np.floor(np.asarray(row.delay / ms) + 1e-9) * ms)

    def build(self):
        nuclei = self._tables[0]
        n = sum(nucleus.n for nucleus in nuclei)
        namespace = self.namespace
        for nucleus in nuclei:
            if isinstance(nucleus.drive, Played):
                name = f"played_{nucleus.name}"
                namespace[name] = TimedArray(nucleus.drive.values, dt=nucleus.drive.dt, name=name)
        for channel in self.channels:
            if channel.convolve:
                namespace[channel.convolve] = convolution(channel.convolve, channel.samples, n)
        currents = " + ".join(["I_ext", *(channel.current for channel in self.channels)])
        neuron = self.neuron
        if any(len(channel.rows) > 1 for channel in self.channels):
            neuron += "\nnucleus : integer (constant)"
        if self.as_coded:
            neuron = _with_new_v(neuron)
        equations = [neuron, self.external, f"I = {currents} : 1  # (4)"]
        neurons = NeuronGroup(
            n,
            "\n".join([*equations, *(channel.rule.target for channel in self.channels)]),
            threshold=izhikevich_threshold,
            reset=izhikevich_reset,
            method="euler",
            namespace=namespace,
            name=self.group,
        )
        for name in "abcd":
            setattr(neurons, name, _joined([getattr(nucleus, name) for nucleus in nuclei], nuclei))
        if "nucleus" in neurons.variables:
            neurons.nucleus = _joined(range(len(nuclei)), nuclei)
        neurons.I_0 = _joined([0.0 if _is_driven(nucleus) else nucleus.drive for nucleus in nuclei], nuclei)

        parts = {
            name: neurons if name == self.group else Subgroup(neurons, place.start, place.stop, name=name)
            for name, place in self.slices.items()
        }
        # Before everything else of a time step, monitors too: what they record of I is what the step uses.
        for channel in self.channels:
            if channel.convolve:
                name = f"step_of_{channel.name}"
                neurons.run_regularly(channel.rule.target_step, dt=self.dt, when="start", order=-2, name=name)
        fields = self.namespace
        for row in (row for channel in self.channels for row in channel.rows if isinstance(row.weights, str)):
            quantities.check_expression(f"the weights text of {row}", row.weights, ["w", "i", "j", *sorted(fields)])
        for nucleus in nuclei:
            if isinstance(nucleus.drive, str):
                what = f"the drive of the nucleus {nucleus.name}"
                quantities.check_expression(what, nucleus.drive, ["t", "i", *sorted(fields)])
            if _is_driven(nucleus):
                parts[nucleus.name].run_regularly(
                    f"I_ext = {_drive_text(nucleus)}", dt=self.dt, when="start", order=-1, name=f"drive_{nucleus.name}"
                )
        # Data of the program: with every lesion it draws the same random numbers.
        intact = byte_table("intact", (len(nuclei), len(nuclei)))
        intact.values[:] = [[(pre, post) not in self.lesioned for post in parts] for pre in parts]
        synapses = [self._synapses(channel, neurons, parts, intact) for channel in self.channels]
        return Network(neurons, [part for part in parts.values() if part is not neurons], synapses)

    def _synapses(self, channel, neurons, parts, intact):
        rule = channel.rule + self.parameters
        if channel.mixed:
            rule += Rule(model="row : integer (constant)")
        delays = {"on": whole_steps(channel.flat("delay") * second, self.dt)}
        if "off" in rule.on_pre:
            delays["off"] = delays["on"] + channel.window
        # Brian2 has a fast queue for spikes that all take the same time.
        one_delay = np.ndim(delays["on"]) == 0
        one_row = len(channel.rows) == 1
        synapses = Synapses(
            parts[channel.rows[0].pre] if one_row else neurons,
            parts[channel.rows[0].post] if one_row else neurons,
            **rule.code,
            delay=delays if one_delay else None,
            namespace={
                **self.namespace,
                "intact": intact,
                **({} if channel.window is None else {"H": channel.window}),
            },
            name=channel.name,
        )
        if one_row:
            synapses.connect(True if channel.to_all(0) else "i != j")
        else:
            i, j = channel.indices()
            synapses.connect(i=i, j=j)
        if not one_delay:
            for pathway, values in delays.items():
                getattr(synapses, pathway).delay = values
        if channel.mixed:
            synapses.row = channel.numbers()
        synapses.w = channel.flat("start")
        return synapses

    def initialise(self, network):
        neurons = network[self.group]
        neurons.v = "c"
        neurons.u = "b*c"
        if self.external == IzhikevichNetwork.external:
            neurons.I_ext = "I_0"
        for channel in self.channels:
            synapses = network[channel.name]
            ends = "nucleus_pre, nucleus_post"
            if len(channel.rows) == 1:
                names = list(self.slices)
                ends = f"{names.index(channel.rows[0].pre)}, {names.index(channel.rows[0].post)}"
            for text, numbers in channel.texts().items():
                rows = " or ".join(f"row == {number}" for number in numbers) if channel.mixed else slice(None)
                synapses.w[rows] = f"({text})*intact({ends})"


class IzhikevichNuclei(IzhikevichNetwork):
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

    def tables(self):
        return self.nuclei, self.projections


def _check_projection(row, nuclei):
    sizes = {nucleus.name: nucleus.n for nucleus in nuclei}
    for name in (row.pre, row.post):
        if name not in sizes:
            raise ZooError(f"a projection names the nucleus {name!r}; there are {', '.join(sizes)}.")
    shape = (sizes[row.pre], sizes[row.post])
    for name in ("weights", "w", "delay"):
        value = getattr(row, name)
        if not isinstance(value, str) and np.shape(value) not in ((), shape):
            raise ZooError(
                f"{name} of {row} has the shape {np.shape(value)}; it has to be one value or a matrix of shape {shape}, "
                "[pre, post]."
            )


def _with_new_v(neuron):
    """The equations with a step of u that takes the v at the end of the step."""
    step_of_u = "a*(b*v - u)/ms"
    step_of_v = re.search(r"^\s*dv/dt\s*=(.*):\s*1", neuron, re.MULTILINE)
    if step_of_u not in neuron or not step_of_v:
        raise ZooError(f"as_coded is for the equations dv/dt = ... : 1 and du/dt = {step_of_u} : 1.")
    neuron = neuron.replace(step_of_u, "a*(b*v_next - u)/ms")
    return f"{neuron}\nv_next = v + dt*{step_of_v[1].strip()} : 1"


def _is_driven(nucleus):
    """Whether the input changes from step to step."""
    return isinstance(nucleus.drive, (str, Played))


def _drive_text(nucleus):
    if isinstance(nucleus.drive, str):
        return nucleus.drive
    return f"played_{nucleus.name}(t, i)" if np.ndim(nucleus.drive.values) == 2 else f"played_{nucleus.name}(t)"


def _joined(values, nuclei):
    """One value for every neuron of all nuclei."""
    return np.concatenate([np.broadcast_to(value, nucleus.n) for value, nucleus in zip(values, nuclei, strict=True)])


def _concatenated(parts):
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _length(place):
    return place.stop - place.start


def _renamed(rule, suffix):
    """The rule with names of its own: another channel has variables of the same names."""
    texts = " ".join([rule.target, rule.target_step])
    own = {name for name in re.findall(r"(?:\b|\bd)(g|x_\d+|arrived|convolve)\b", texts)}
    return rule.rename(**{name: name + suffix for name in sorted(own)}) if suffix else rule
