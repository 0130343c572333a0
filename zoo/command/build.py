"""`zoo build`: a C++ or CUDA project for other machines, or a page on which the model runs."""

from pathlib import Path

from zoo.catalogue import registry
from zoo.catalogue.options import changed, model_of, parameters_of, parser, value_of, whole_number
from zoo.command.verb import THREADS, Option, Verb
from zoo.core.errors import ZooError
from zoo.core.files import output_folder, shown
from zoo.script import run as script


def _run(arguments):
    name = VERB.first(arguments)
    if path := script.named(name):
        _build_script(path, arguments[1:])
        return
    experiment, model = _with_model(name)
    own = parameters_of(experiment)
    names = [option.name for option in VERB.options]
    options = parser(f"build {name}", experiment, extra=names).parse(arguments[1:])
    for option in options:
        if option in own and option not in names:
            raise ZooError(
                f"zoo build does not take --{option}: a C++ project has the model, not the experiment {name}."
            )
    if "out" not in options:
        raise ZooError("zoo build needs the folder to write to: --out DIR.")
    from brian2 import second

    from zoo.core import quantities
    from zoo.device import backends
    from zoo.device.threads import from_text
    from zoo.engine.export import export

    chosen = {part: own[part].default for part in names if part in own and own[part].default is not own[part].empty}
    if "seed" in options:
        chosen["seed"] = whole_number("seed", options["seed"])
    if "duration" in options:
        duration = value_of("duration", options["duration"], second)
        chosen["duration"] = quantities.check_one("duration", duration, second, "1*second")
    model = changed(experiment, {name: text for name, text in options.items() if name not in own and name not in names})
    folder = Path(options["out"])
    backend = options.get("backend", chosen.get("backend", "cpp"))
    duration = chosen.get("duration", 1 * second)
    if backends.is_page(backend):
        from zoo.web import ranges
        from zoo.web.folder import write

        if "duration" not in options:
            duration = ranges.duration(model, duration)

        with output_folder(folder) as out:
            write(model, duration, experiment.record, out, name=experiment.name, seed=chosen.get("seed", 0))
        print(f"wrote {shown(folder)}; open it with: python3 -m http.server -d {folder}, at http://localhost:8000")
        return
    with output_folder(folder) as out:
        compiled = export(
            model,
            duration,
            experiment.record,
            out,
            backend=backend,
            seed=chosen.get("seed", 0),
            arch=options.get("arch"),
            threads=from_text(options["threads"], "--threads") if "threads" in options else 1,
        )
    if compiled:
        print(f"wrote {shown(folder)} and compiled it; run it with: cd {folder} && ./main")
    else:
        print(f"wrote {shown(folder)}; compile and run it with: cd {folder} && make && ./main")


def _build_script(path, arguments):
    """The project of a plain Brian2 script: all arguments are its own, except for --out DIR before them."""
    folder, arguments = script.folder_first(arguments)
    if folder is None:
        raise ZooError(f"zoo build {path.name} needs the folder to write to directly after the file: --out DIR.")
    with output_folder(folder) as out:
        place = script.build(path, arguments, out)
    print(
        f"wrote {shown(folder)}, the program of {path.name}{place and f' up to {place}'}; compile and run it with: cd {folder} && make && ./main"
    )


def _with_model(name):
    """The experiment `name` and its model; raises ZooError for one with several models."""
    from zoo.catalogue.default import with_main

    experiment = with_main(registry.experiment(name))
    model = model_of(experiment)
    if model is None:
        raise ZooError(f"{name} is an experiment with several models; give the name of one of them.")
    return experiment, model


def _about(name):
    if script.named(name):
        return VERB.help()
    from zoo.catalogue import cards

    _, model = _with_model(name)
    title = f"Parameters of {type(model).__name__}:"
    table = cards.parameter_table(model, cards.inspect_model(model))
    return "\n".join([VERB.help(), "", title, *table, "", cards.LEGEND])


VERB = Verb(
    "build",
    ("NAME|FILE.py --out DIR [--field VALUE ...] [options]", "NAME --help"),
    "write a C++ or CUDA project of a model, a page that runs it in a browser, or the C++ project of a Brian2 script",
    _run,
    (
        Option("out", "DIR", "folder of the project or page"),
        Option("duration", "TIME", "simulated time", "the experiment's"),
        Option("seed", "N", "seed of all random numbers", "0"),
        Option("backend", "NAME", "cpp, cpp-stock, cuda, or wasm for a page", "cpp"),
        THREADS,
        Option("arch", "SM", "cuda: the GPU to compile for, such as sm_90", "this machine's"),
    ),
    (("--FIELD VALUE", "", "a field of the model: see zoo build NAME --help"),),
    about=_about,
)
