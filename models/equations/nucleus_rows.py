"""The rows of the tables that describe networks of Izhikevich nuclei, and their values in the network."""

import re
from dataclasses import dataclass, field

import numpy as np
from brian2 import NeuronGroup, Quantity, TimedArray, ms, second

from zoo import Model, ZooError
from zoo.core import quantities
from zoo.core.errors import unknown
from zoo.functions.kernels import check_kernel
from zoo.models.equations.presets import izhikevich_presets


class Row:
    """Equality of rows that may hold arrays."""

    def __eq__(self, other):
        return type(self) is type(other) and all(
            np.array_equal(value, getattr(other, name)) for name, value in vars(self).items()
        )

    __hash__ = None


@dataclass(frozen=True, eq=False)
class Played(Row):
    """An input of (steps, n) values, or (steps,) for all neurons, each constant for `dt`; the last one continues."""

    values: np.ndarray
    dt: Quantity


@dataclass(frozen=True, eq=False)
class Nucleus(Row):
    """`n` neurons with the same equations.

    `a` (1/ms), `b`, `c` (mV) and `d` are numbers or arrays (n,); `preset` gives the missing ones: RS, IB, CH, FS, LTS, TC
    or RZ. `drive` is the input I_ext: a number, an array (n,), an expression in t, i (the index within the nucleus) and
    randn() or rand(), which are drawn for each neuron and time step, or a TimedArray without unit of shape (steps, n) or
    (steps,).
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
            raise ZooError(f"the nucleus {self.name} has n = {self.n!r}; it must be an integer above 0.")
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

    @property
    def is_driven(self) -> bool:
        """Whether the input changes from step to step."""
        return isinstance(self.drive, (str, Played))

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
                f"the drive of the nucleus {self.name} has the shape {np.shape(values)}; a TimedArray for it must have the shape "
                f"(steps, {self.n}) or (steps,)."
            )
        return Played(values, quantities.check(f"{self.name}.drive.dt", drive.dt, second))

    def _per_neuron(self, name, value):
        value = quantities.check(f"{self.name}.{name}", value, 1)
        if np.shape(value) not in ((), (self.n,)):
            raise ZooError(
                f"{self.name}.{name} has the shape {np.shape(value)}; it must be one number or an array of shape ({self.n},)."
            )
        return value


@dataclass(frozen=True, eq=False)
class Projection(Row):
    """Synapses from all neurons of `pre` to all of `post`, which need not be another nucleus.

    `weights` is a number, a matrix W[pre, post], or an expression with i, j (the indices within the nuclei), rand(),
    randn() and its previous value `w`, which is also a number or a matrix. `delay` is a time or a matrix of times.
    `kernel` is an expression in the time t since the spike arrived, and `window` its end; without a kernel a spike is a
    jump of I by its weight for one time step. Without a window a decaying kernel never ends. With `autapses` a neuron
    that is in both nuclei is connected to itself. Projections with the same kernel, window and `group` share the Synapses
    with this name.
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
                f"the kernel of {self} must be a string such as exp(-t/(20*ms)), or None, not {self.kernel!r}."
            )
        for name in ("weights", "w"):
            if not (name == "weights" and isinstance(self.weights, str)):
                object.__setattr__(self, name, quantities.check(f"{self}, {name}", getattr(self, name), 1))
        if not isinstance(self.group, str) or not re.fullmatch(r"|[A-Za-z]\w*", self.group):
            raise ZooError(
                f"the group of {self} is {self.group!r}; it must be a name of letters, digits and underscores."
            )
        object.__setattr__(self, "delay", quantities.check(f"{self}, delay", self.delay, second, "2*ms"))
        if np.any(np.asarray(self.delay) < 0):
            raise ZooError(f"a delay of {self} is below 0*ms; a spike cannot arrive before it is sent.")
        if self.window is not None:
            object.__setattr__(self, "window", quantities.check(f"{self}, window", self.window, second, "50*ms"))
            if np.ndim(self.window):
                raise ZooError(f"{self} has {np.size(self.window)} windows; write one projection for each.")
        check_kernel(self.kernel, self.window)

    def __str__(self):
        return f"{self.pre} -> {self.post}"

    @property
    def start(self):
        """The weights before an expression is evaluated."""
        return self.w if isinstance(self.weights, str) else self.weights


def check_rows(nuclei, projections) -> None:
    """Raise ZooError for tables without a nucleus, and for projections that do not fit the nuclei."""
    if not nuclei:
        raise ZooError("a network needs at least one nucleus.")
    sizes = {nucleus.name: nucleus.n for nucleus in nuclei}
    for row in projections:
        for name in (row.pre, row.post):
            if name not in sizes:
                raise ZooError(f"a projection names the nucleus {name!r}; the nuclei are {', '.join(sizes)}.")
        shape = (sizes[row.pre], sizes[row.post])
        for name in ("weights", "w", "delay"):
            value = getattr(row, name)
            if not isinstance(value, str) and np.shape(value) not in ((), shape):
                raise ZooError(
                    f"{name} of {row} has the shape {np.shape(value)}; it must be one value or a matrix of shape {shape}, "
                    "[pre, post]."
                )


def per_neuron(values, nuclei) -> np.ndarray:
    """One value for every neuron of all `nuclei`; `values` has one number or an array for each of them."""
    return np.concatenate([np.broadcast_to(value, nucleus.n) for value, nucleus in zip(values, nuclei, strict=True)])


def set_parameters(neurons: NeuronGroup, nuclei) -> None:
    """Set a, b, c and d of all neurons."""
    for name in "abcd":
        setattr(neurons, name, per_neuron([getattr(nucleus, name) for nucleus in nuclei], nuclei))


def set_drives(model: Model, parts, nuclei) -> None:
    """Let the nuclei with an input that changes draw or read it at the start of every time step, before monitors."""
    for part, nucleus in zip(parts, nuclei, strict=True):
        text = nucleus.drive
        if isinstance(text, Played):
            name = f"played_{nucleus.name}"
            part.namespace[name] = TimedArray(text.values, dt=text.dt, name=name)
            text = f"{name}(t, i)" if np.ndim(text.values) == 2 else f"{name}(t)"
        elif isinstance(text, str):
            known = ["t", "i", *sorted(model.namespace)]
            quantities.check_expression(f"the drive of the nucleus {nucleus.name}", text, known)
        if nucleus.is_driven:
            part.run_regularly(f"I_ext = {text}", dt=model.dt, when="start", order=-1, name=f"drive_{nucleus.name}")


def constant_drives(nuclei) -> np.ndarray:
    """The input of every neuron at the start of a run; 0 where it changes from step to step."""
    return per_neuron([0.0 if nucleus.is_driven else nucleus.drive for nucleus in nuclei], nuclei)
