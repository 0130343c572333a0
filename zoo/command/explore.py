"""`zoo explore`: a page with sliders for the numbers of a model, and its native program behind them."""

import webbrowser

from zoo.catalogue import registry
from zoo.catalogue.options import changed, model_of, parameters_of, parser, value_of, whole_number
from zoo.command.verb import Option, Verb
from zoo.core.errors import ZooError


def _run(arguments):
    from brian2 import second

    from zoo.catalogue.default import with_main
    from zoo.core import quantities
    from zoo.web import ranges
    from zoo.web.explore import Explorer

    name = VERB.first(arguments)
    experiment = with_main(registry.experiment(name))
    if model_of(experiment) is None:
        raise ZooError(f"{name} is an experiment with several models; give the name of one of them.")
    own = parameters_of(experiment)
    names = [option.name for option in VERB.options if option.value]
    switches = [option.name for option in VERB.options if not option.value]
    options = parser(f"explore {name}", experiment, extra=names, switches=switches).parse(arguments[1:])
    for option in options:
        if option in own and option not in names:
            raise ZooError(f"zoo explore does not take --{option}: a page has the model, not the experiment {name}.")
    default = own["duration"].default if "duration" in own else 1 * second
    model = changed(experiment, {one: text for one, text in options.items() if one not in {*own, *names, *switches}})
    duration = (
        value_of("duration", options["duration"], second) if "duration" in options else ranges.duration(model, default)
    )
    explorer = Explorer(
        model,
        quantities.check_one("duration", 1 * second if duration is None else duration, second, "1*second"),
        experiment.record,
        name=experiment.name,
        backend=options.get("backend", "cpp"),
        seed=whole_number("seed", options["seed"]) if "seed" in options else 0,
        port=whole_number("port", options["port"]) if "port" in options else 0,
    )
    print(f"{name} is at {explorer.address} until Ctrl-C.", flush=True)
    if not options.get("no-browser"):
        webbrowser.open(explorer.address)
    explorer.serve_until_interrupted()


VERB = Verb(
    "explore",
    ("NAME|FILE.py [--field VALUE ...] [options]",),
    "open a page with a slider for each number of a model; its native program runs when one moves",
    _run,
    (
        Option("duration", "TIME", "simulated time", "the experiment's"),
        Option("seed", "N", "seed of all random numbers", "0"),
        Option("backend", "NAME", "cpp, cpp-stock, cython or runtime", "cpp"),
        Option("port", "N", "port of the page", "a free one"),
        Option("no-browser", "", "print the address and open no browser"),
    ),
    (("--FIELD VALUE", "", "a field of the model: see zoo build NAME --help"),),
)
