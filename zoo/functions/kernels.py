"""From a kernel K(t), an expression with units, to the strings of a synapse whose g is the sum of K over past spikes.

A kernel that is a sum of terms t^k exp(-t/tau) cos(omega t) solves a linear differential equation and becomes its state:
exact in every time step, at the cost of one variable per term. The end of the window is a second, later pathway that
removes the rest. Any other kernel is sampled, and convolved with the input in each step of its window.

    print(kernel_strings("exp(-t/tau)", 50*ms, {"tau": 20*ms}))
"""

import contextlib
import contextvars
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from brian2 import Quantity, second
from brian2.units.fundamentalunits import get_dimensions
from brian2.utils.stringtools import get_identifiers

from zoo.core import quantities
from zoo.core.errors import ZooError, quoted
from zoo.functions import exponentials

# The largest error of the states of a kernel, relative to its largest value.
TOLERANCE = 1e-12
# The largest ratio of its terms to the kernel: terms that cancel lose digits.
CANCELLATION = 1e3
# The tolerance between time steps and the edges of a kernel.
ROUNDING = 1e-9


@dataclass(frozen=True)
class KernelStrings:
    """The strings of a synapse whose kernel is summed in a variable of its target: equations, and statements for spikes.

    `target` are equations of the target, `target_step` statements for it at the start of every time step, only for sampled
    kernels. The weight of a synapse is w. `on` is for arriving spikes, `off` for the ends of their windows, "" for a kernel
    without an end; `model` are the equations that `off` needs.
    """

    target: str
    on: str
    off: str = ""
    model: str = ""
    target_step: str = ""

    @property
    def on_pre(self) -> dict:
        """The pathways "on" and, for kernels with an end, "off"."""
        return {"on": self.on} | ({"off": self.off} if self.off else {})


@dataclass(frozen=True)
class Kernel:
    """A kernel as mathematics: `expression` in t, the name of its `window` and the `values` of all names, with units.

    `strings` are what computes it; `window` is "" for a kernel without an end.
    """

    expression: str | None
    window: str
    values: dict
    strings: KernelStrings

    def lines(self, name: str) -> list:
        """The kernel `name` as a function of t, and the values of the names in it."""
        if self.expression is None:
            return [f"{name}(t) = 1 for 0 <= t < dt, else 0"]
        span = f"0 <= t < {self.window}, else 0" if self.window else "t >= 0"
        return [
            f"{name}(t) = {self.expression} for {span}",
            *(f"{name} = {quantities.format(value)}" for name, value in self.values.items()),
        ]


_noted: contextvars.ContextVar[dict | None] = contextvars.ContextVar("noted", default=None)


@contextlib.contextmanager
def noted() -> Iterator[dict]:
    """In the block every kernel of `kernel_strings` is kept: name of its sum -> Kernel."""
    token = _noted.set({})
    try:
        yield _noted.get()
    finally:
        _noted.reset(token)


def kernel_strings(
    kernel: str | None, window: Quantity | None, parameters: dict | None = None, name: str = "g", end: str = "H"
) -> KernelStrings:
    """The strings of a synapse with weight w whose sum over past spikes is the variable `name`, "g".

    `kernel` is a dimensionless expression in t, the time since a spike arrived, and in `parameters`, name -> value, which
    the equations of the target must declare as (shared, constant): their values are data. None is a jump for one time
    step. `window` is its end, which the synapses must declare under the name `end`, "H"; it is rounded to whole time
    steps, floor(H/dt + 1/2), and `off` follows `on` after this time. None leaves a decaying kernel without an end. A
    sampled kernel calls a function "convolve" + its `name`, which holds `samples`. Raises ZooError for a kernel without a
    finite value, with a unit or unknown names, for a missing window, and for a window without a kernel.
    """
    strings = _strings(kernel, window, parameters or {}, name, end)
    if (kept := _noted.get()) is not None:
        used = get_identifiers(kernel or "")
        values = {key: value for key, value in (parameters or {}).items() if key in used and np.ndim(value) == 0}
        if window is not None:
            values[end] = quantities.check("window", window, second)
        kept[name] = Kernel(kernel, end if window is not None else "", values, strings)
    return strings


def _strings(kernel, window, parameters, name, end):
    if kernel is None:
        if window is not None:
            raise ZooError(
                f"a window of {quantities.format(window)} needs a kernel, such as exp(-t/(20*ms)); without a kernel "
                "a spike lasts one time step and has no window."
            )
        return KernelStrings(target=f"d{name}/dt = -{name}/dt : 1", on=f"{name}_post += w")
    if window is not None:
        window = float(quantities.check("window", window, second))
        if window <= 0:
            raise ZooError(
                f"the window of the kernel {quoted(kernel)} is {window * 1e3:g}*ms; it must be longer than 0*ms."
            )
    _values(kernel, np.zeros(1), parameters)
    terms = exponentials.terms(kernel, frozenset(parameters.keys() & get_identifiers(kernel)))
    if terms and _are_states(terms, kernel, window, parameters):
        return _states(terms, name, end if window is not None else None)
    if window is None:
        raise ZooError(
            f"the kernel {quoted(kernel)} needs a window: it has no differential equation in which it decays."
        )
    return KernelStrings(
        target=f"{name} : 1\narrived_{name} : 1",
        target_step=f"{name} = convolve_{name}(arrived_{name}, i, t_in_timesteps)\narrived_{name} = 0",
        on=f"arrived_{name}_post += w",
    )


def check_kernel(kernel: str | None, window: Quantity | None) -> None:
    """Raise ZooError for arguments that `kernel_strings` refuses, without searching for an equation where it needs none."""
    if kernel is None or window is None or not quantities.check("window", window, second) > 0 * second:
        kernel_strings(kernel, window)
    else:
        _values(kernel, np.zeros(1), {})


def samples(kernel: str, steps: int, dt: Quantity, parameters: dict | None = None) -> np.ndarray:
    """The values K(lag dt) for lag = 0 .. steps - 1."""
    return _values(kernel, np.arange(steps) * float(dt), parameters or {})


def _values(kernel, t, parameters):
    """The values of `kernel` at the times `t` in seconds."""
    names = {**parameters, "t": Quantity(t, dim=second.dim)}
    try:
        values = quantities.evaluate(kernel, names, rounding=ROUNDING, finite=False)
    except ZooError as error:
        raise ZooError(f"a kernel must be an expression in t, such as exp(-t/(20*ms)): {error}") from None
    if not get_dimensions(values).is_dimensionless:
        raise ZooError(f"the kernel {quoted(kernel)} has a unit; its value must be a number, as in t/(20*ms).")
    values = np.broadcast_to(np.asarray(values, dtype=float), t.shape)
    if not np.isfinite(values).all():
        first = t[~np.isfinite(values)][0]
        raise ZooError(f"the kernel {quoted(kernel)} has no finite value at t = {first * 1e3:g}*ms.")
    return values


def _are_states(terms, kernel, window, parameters):
    """Whether the states of `terms` decay, and equal the kernel to the last digits."""
    values = {name: float(value) for name, value in parameters.items() if np.ndim(value) == 0}
    numbers = [
        (exponentials.number(term.rate, values), [exponentials.number(c, values) for c in term.coefficients])
        for term in terms
    ]
    # The rest after its window must decay.
    if any(rate.real > 0 or (rate.real == 0 and len(powers) > 1) for rate, powers in numbers):
        return False
    slowest = min(-rate.real for rate, _ in numbers)
    if not (window or slowest):
        return False
    t = np.linspace(0, window or 20 / slowest, 400, endpoint=False)
    expected = _values(kernel, t, parameters)
    parts = [
        (2 if term.parts[1] else 1) * coefficient * t**power * np.exp(rate * t)
        for term, (rate, powers) in zip(terms, numbers, strict=True)
        for power, coefficient in enumerate(powers)
    ]
    total = sum(parts, np.zeros(len(t))).real
    sizes = sum((np.abs(part) for part in parts), np.zeros(len(t)))
    largest = np.abs(expected).max()
    return np.abs(total - expected).max() <= TOLERANCE * largest and sizes.max() <= CANCELLATION * largest


# A state is x_k = (t/tau)^k exp(-t/tau) for a unit spike, or this times cos(t/W) and sin(t/W).


def _states(terms, g, end):
    """The strings of a sum of states."""
    names, values, chains = [], {}, []
    for term in terms:
        real, imaginary = term.parts
        width = 2 if imaginary else 1
        chain = [f"x_{len(names) + n}_{g}" for n in range(width * len(term.coefficients))]
        chains.append(chain)
        names += chain
        for k, coefficient in enumerate(term.coefficients):
            scale = (-1 / real) ** k if real else 1
            # 2 Re(c (cos + i sin)) = 2 Re(c) cos - 2 Im(c) sin
            of_cosine, of_sine = (part * scale for part in exponentials.real_and_imaginary(coefficient))
            weights = (2 * of_cosine, -2 * of_sine) if imaginary else (of_cosine,)
            values |= {name: value for name, value in zip(chain[width * k :], weights, strict=False) if value}
    sole = next(iter(values)) if len(values) == 1 else None
    w = "w" if sole is None or values[sole] == 1 else f"{exponentials.text(values[sole])}*w"
    target, on, off = [], [], []
    for term, chain in zip(terms, chains, strict=True):
        # If a single state is the kernel, it is g itself.
        chain = [g if name == sole else name for name in chain]
        tau, W = (
            exponentials.text(sign / part) if part else None for sign, part in zip((-1, 1), term.parts, strict=True)
        )
        width = 2 if W else 1
        on.append(f"{chain[0]}_post += {w}")
        for k in range(len(term.coefficients)):
            for part, name in enumerate(chain[width * k : width * (k + 1)]):
                step = _step(chain, k, part, tau, W)
                target.append(f"d{name}/dt = {step}/dt : 1" if step else f"{name} : 1")
                off.append(f"{name}_post -= {w}{_left(k, part, tau, W)}")
    if sole is None:
        sums = (name if value == 1 else f"{exponentials.text(value)}*{name}" for name, value in values.items())
        target.append(
            f"{g} = {' + '.join(sums) or '0'} : 1".replace("+ -1*", "- ").replace("= -1*", "= -").replace("+ -", "- ")
        )
    if not end:
        return KernelStrings(target="\n".join(target), on="\n".join(on))
    return KernelStrings(
        target="\n".join(target),
        on="\n".join(on),
        off="\n".join(off),
        model=f"end = dt*floor({end}/dt + 0.5 + 1e-9) : second (shared)",
    )


def _step(chain, k, part, tau, W):
    """The change of a state in one time step: the binomial expansion of (t + dt)^k, times a decay and a rotation."""
    if tau is None and W is None:
        return ""
    decay = f"*exp(-dt/{tau})" if tau else ""
    parts = []
    for j in range(k, -1, -1):
        ramp = {0: "", 1: f"*(dt/{tau})"}.get(k - j, f"*(dt/{tau})**{k - j}")
        binomial = "" if math.comb(k, j) == 1 else f"{math.comb(k, j)}*"
        if W:
            cosine, sine = chain[2 * j : 2 * j + 2]
            turned = (f"{cosine}*cos(dt/{W}) - {sine}*sin(dt/{W})", f"{cosine}*sin(dt/{W}) + {sine}*cos(dt/{W})")[part]
            parts.append(f"{binomial}({turned}){ramp}{decay}")
        else:
            parts.append(f"{chain[j]}*expm1(-dt/{tau})" if j == k else f"{binomial}{chain[j]}{ramp}{decay}")
    if W:
        parts.append(f"-{chain[2 * k + part]}")
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})".replace("+ -", "- ")


def _left(k, part, tau, W):
    """The rest of a state at the end of its window."""
    power = {0: "", 1: f"*(end/{tau})"}.get(k, f"*(end/{tau})**{k}")
    decay = f"*exp(-end/{tau})" if tau else ""
    turned = f"*{('cos', 'sin')[part]}(end/{W})" if W else ""
    return power + decay + turned
