"""How `zoo run` and `zoo plot` draw and write figures."""

import contextlib
import re
from collections.abc import Mapping

from zoo.command.verb import Option
from zoo.core.errors import ZooError, quoted

OPTIONS = (
    Option("format", "NAMES", "format of the figures, or several, as pdf,svg", "png"),
    Option("dpi", "N", "dots per inch of the figures", "120"),
    Option("show", "", "also open the figures in windows"),
)


def saving(options):
    """A block in which figures are saved according to --format, --dpi and --show; other options are ignored."""
    options = {option.name: options[option.name] for option in OPTIONS if option.name in options}
    if not options:
        return contextlib.nullcontext()
    from zoo.analysis import plots
    from zoo.catalogue.options import whole_number

    how = {"show": options.get("show", False)}
    if "format" in options:
        how["formats"] = [name.strip().lower() for name in options["format"].split(",")]
    if "dpi" in options:
        how["dpi"] = whole_number("dpi", options["dpi"])
    return plots.saving(**how)


def drawn_by(experiment, result) -> Mapping:
    """The figures that plot(result) of an experiment returns, by name; raises ZooError when it returns something else."""
    drawn = experiment.plot(result)
    if drawn is None:  # it has saved them itself
        return {}
    if hasattr(drawn, "savefig"):
        return {"figure": drawn}
    if not isinstance(drawn, Mapping) or not all(hasattr(figure, "savefig") for figure in drawn.values()):
        raise ZooError(f"plot of {experiment.name} must return figures by name, such as {{'raster': figure}}.")
    for name in drawn:
        if not isinstance(name, str) or not re.fullmatch(r"[\w\- .]+", name) or name.startswith("."):
            raise ZooError(
                f"plot of {experiment.name} names a figure {quoted(name)}, which cannot be the name of a file."
            )
    return drawn
