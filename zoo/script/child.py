"""A script in a separate process, on one device: python -m zoo.script.child MODE SEED OUT FILE [arguments].

MODE is "zoo" (the zoo's device instead of Brian2's C++ device or no device), "stock" (Brian2's C++ device instead of
these), "runtime" (the device of the script), "build" or "show" (the zoo's device, without a simulation: see project.py).
Figures that the script shows, or that are open at its end, go to OUT; the
recordings of its monitors go to OUT/arrays.npz; the project to OUT/project, the equations to OUT/equations.txt.
OUT/script.json has the `device`, the wall `seconds` of its programs, the `place` of the script up to which it ran when no
simulation is wanted, or the `reason` why this device cannot run the script.
"""

import json
import os
import runpy
import sys
from pathlib import Path

from zoo.core.errors import ZooError, place

#: Exit code for "this device cannot run the script".
CANNOT = 75
#: Exit code for Ctrl-C outside a simulation.
STOPPED = 130


def main(mode: str, seed: int | None, out: Path, path: Path, arguments: list) -> int:
    """Run the script; returns the exit code."""
    import matplotlib

    matplotlib.use("Agg")
    import brian2
    from brian2.devices.device import all_devices, get_device

    from zoo.script.device import ScriptDevice
    from zoo.script.lazy import LazyStock, LazyZoo
    from zoo.script.project import Complete, Equations, Project

    monitors = _followed(brian2)
    kinds = {
        "zoo": LazyZoo,
        "stock": LazyStock,
        "build": lambda: Project(path.name, out / "project"),
        "show": Equations,
    }
    device = kinds[mode]() if mode in kinds else None
    if device:
        all_devices["cpp_standalone"] = all_devices["zoo"] = device
        device.be_lazy()
    if seed is not None:
        brian2.seed(seed)
    _save_shown(out if seed is None else None)
    sys.argv = [str(path), *arguments]
    sys.path[0] = str(path.parent)
    record = {}
    code = 0
    try:
        runpy.run_path(str(path), run_name="__main__")
        if device:
            device.finish()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except KeyboardInterrupt:
        return STOPPED
    except ZooError as error:  # of the device, not of the script
        print(f"zoo: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        reason = _reason(error)
        if not device or reason is None or not device.lazy:
            raise
        record["reason"], code = reason, CANNOT
    except Complete as complete:
        record["place"] = place(complete)
    else:
        _save_figures(out if seed is None else None)
        if mode not in ("build", "show"):
            _save_arrays(out, monitors)
    if mode == "show":
        (out / "equations.txt").write_text("\n".join(device.lines()))
    active = get_device()
    record["device"] = (
        "zoo" if isinstance(active, ScriptDevice) else getattr(active, "class_name", type(active).__name__)
    )
    record["seconds"] = _seconds(device, active)
    (out / "script.json").write_text(json.dumps(record))
    return code


def _reason(error):
    """Why a script cannot run on a standalone device, or None when it has failed for another reason."""
    while error is not None:
        if isinstance(error, NotImplementedError):
            return str(error).partition(". ")[0].rstrip(".")  # advice for a script of this device may follow
        error = error.__cause__ or error.__context__
    return None


def _seconds(device, active):
    """Wall seconds of the programs: those built lazily, or the last one of a device that the script has chosen."""
    if device is not None and device.seconds:
        return device.seconds
    last = getattr(active, "_last_run_time", None)
    return [last] if last is not None else []


def _followed(brian2):
    """The monitors that the script creates from here on, in their order."""
    found = []
    for kind in (brian2.SpikeMonitor, brian2.StateMonitor, brian2.PopulationRateMonitor):
        make = kind.__init__

        def made(self, *arguments, make=make, **options):
            make(self, *arguments, **options)
            found.append(self)

        kind.__init__ = made
    return found


def _save_shown(out):
    """Let pyplot.show() save the figures."""
    from matplotlib import pyplot

    pyplot.show = lambda *arguments, **options: _save_figures(out)


def _save_figures(out):
    """Save the open figures to the folder `out`, if given."""
    from matplotlib import pyplot

    for number in pyplot.get_fignums() if out else ():
        name = out / f"figure_{len(list(out.glob('figure_*.png'))) + 1}.png"
        pyplot.figure(number).savefig(name)
        print(f"wrote {os.path.relpath(name)}")
        pyplot.close(number)


def _save_arrays(out, monitors):
    """The recordings of the monitors, under the names of the zoo's results."""
    import numpy as np

    arrays, used = {}, {}
    for monitor in monitors:
        # A script may give one name to the monitors of several networks.
        used[monitor.name] = number = used.get(monitor.name, 0) + 1
        label = monitor.name if number == 1 else f"{monitor.name}_{number}"
        recorded = {*getattr(monitor, "record_variables", ()), "t", "i", "count", "rate"}
        for name in sorted(recorded & set(monitor.variables)):
            try:
                arrays[f"{label}.{name}"] = np.asarray(getattr(monitor, f"{name}_")[:])
            except (
                NotImplementedError,
                FileNotFoundError,
            ):  # its network never ran, or the script has deleted its results
                continue
    with open(out / "arrays.npz", "wb") as file:
        np.savez_compressed(file, **arrays)


if __name__ == "__main__":
    mode, number, out, path = sys.argv[1:5]
    sys.exit(main(mode, int(number) if number else None, Path(out), Path(path), sys.argv[5:]))
