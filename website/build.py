"""Builds the site: a page for each model from its card, the docs, executed tutorials, live pages, figures and downloads.

    python -m website.build [--models NAME ...] [--out build/site]

What is slow (compiled pages, figures) is kept in OUT/kept and made again when the files of a model, or of zoo/, change.
"""

import argparse
import concurrent.futures
import contextlib
import hashlib
import html
import inspect
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
#: The models on the start page.
LIVE = ("izhikevich_population", "fitzhugh_nagumo", "hh_mnist_grid")
#: Seconds that the default run of an experiment may take; a longer one has no figure.
PATIENCE = 600


def assets(name: str, kept: Path) -> str:
    """Make the live page, the C++ project and the figures of the model `name` in `kept`; returns what is missing, and why."""
    key = _key(name)
    folder = kept / name
    if (folder / "key").exists() and (folder / "key").read_text().partition("\n")[0] == key:
        return (folder / "key").read_text().partition("\n")[2]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # One process for all of it: importing Brian2 takes seconds.
    command = [sys.executable, "-m", "website.build", "--asset", name, "--out", str(folder)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
        ended = f"it ended with exit code {done.returncode}" if done.returncode else ""
    except subprocess.TimeoutExpired:
        ended = f"it took more than {PATIENCE} s"
    said = (folder / "missing").read_text().splitlines() if (folder / "missing").exists() else []
    missing = [*said, *([f"not complete: {ended}"] if ended else [])]
    if (folder / "cpp").exists():
        shutil.make_archive(str(folder / name), "zip", folder / "cpp")
        shutil.rmtree(folder / "cpp")
    (folder / "key").write_text("\n".join([key, *missing]))
    return "\n".join(missing)


def _key(name):
    """What the assets of a model depend on: all files but those of other models, and of the page, which is written anew."""
    files = [path for folder in ("zoo", "models", "experiments") for path in sorted((ROOT / folder).rglob("*"))]
    others = {path for path in files if path.parent.name in ("models", "experiments") and path.stem != name}
    others -= {path for path in others if path.stem[0] == "_"}
    unused = (ROOT / "zoo/web/page", ROOT / "zoo/command", ROOT / "zoo/sweeps")
    digest = hashlib.sha256()
    for path in files:
        if path.is_file() and path.suffix != ".pyc" and path not in others and not set(unused) & set(path.parents):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _make_assets(name, folder):
    """The live page, the C++ project and the figures of one model in `folder`; the file `missing` says what fails, and why."""
    from zoo.command.main import command

    for what, arguments in (
        ("no live page", ["build", name, "--backend", "wasm", "--out", folder / "live"]),
        ("no C++ project", ["build", name, "--out", folder / "cpp"]),
        ("no figure", ["run", name, "--out", folder / "figures"]),
    ):
        text = io.StringIO()
        with contextlib.redirect_stderr(text):
            code = command([str(one) for one in arguments])
        if code:
            with open(folder / "missing", "a") as file:
                file.write(f"{what}: {text.getvalue().strip().rpartition(chr(10))[2]}\n")


def model_page(entry, kept: Path, missing: str) -> str:
    """The page of a model as Markdown."""
    from zoo.catalogue import cards, registry
    from zoo.core import packages
    from zoo.web import mathml

    model = registry.model(entry.name)()
    anatomy = cards.inspect_model(model)
    folder = kept / entry.name
    parts = [f"# {entry.name}", "", entry.summary, ""]
    if (folder / "live/index.html").exists():
        parts += [_live(entry.name), ""]
    pictures = sorted((folder / "figures").glob("*.png"))
    parts += [f"![{path.stem.replace('_', ' ')} of {entry.name}]({entry.name}/{path.name})\n" for path in pictures]
    parts += ["## Source", "", "```text", inspect.cleandoc(sys.modules[type(model).__module__].__doc__), "```", ""]
    parts += ["## Equations", ""]
    for title, lines in anatomy.parts:
        formulas = [
            f'<div class="equation"><span>{line["math"] or "<code>" + html.escape(line["text"]) + "</code>"}</span>'
            f"<span>{html.escape(line['note'])}</span></div>"
            for line in mathml.lines(lines)
        ]
        if formulas:
            parts += [f"**{title}**", "", "```{raw} html", *formulas, "```", ""]
    parts += ["## Parameters", "", *_table(cards.parameter_rows(model, anatomy)), "", cards.LEGEND, ""]
    if claims := _claims(entry.name):
        parts += ["## Claims", "", claims, ""]
    parts += ["## Cite", "", "```bibtex", *(packages.citations()[key] for key in entry.cited), "```", ""]
    parts += ["## Download", ""]
    if (folder / f"{entry.name}.zip").exists():
        parts += [f"- <a href='../cpp/{entry.name}.zip'>C++ project</a>: `make && ./main`, without Python"]
    parts += [f"- {said}" for said in missing.splitlines()]
    parts += ["", "## Code", "", f"```{{literalinclude}} ../code/{entry.name}.py", ":language: python", "```", ""]
    return "\n".join(parts)


def _table(rows):
    """Rows of text as a table; what a cell holds stays as it is."""
    shown = [
        [html.escape(cell).replace("|", "&#124;").replace("*", "&#42;").replace("_", "&#95;") for cell in row]
        for row in rows
    ]
    return [f"| {' | '.join(row)} |" for row in (shown[0], ["---"] * len(rows[0]), *shown[1:])]


def _live(name):
    return f'```{{raw}} html\n<iframe class="live" src="../live/{name}/?embedded" title="live page of {name}" loading="lazy"></iframe>\n```'


def _claims(name):
    """The section of docs/verification.md on a model."""
    text = (ROOT / "docs/verification.md").read_text()
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def gallery(found: list, kept: Path) -> str:
    """The page of all models: a card for each, by chapter, with a filter."""
    from zoo.core import packages

    lines = ["# Models", "", "```{raw} html"]
    lines += [
        '<input id="gallery-filter" type="search" placeholder="filter: STDP, Brunel, cortex, ..." aria-label="filter the models">'
    ]
    lines += ["```", ""]
    for chapter in packages.CHAPTERS:
        own = [entry for entry in found if entry.chapter == chapter]
        if not own:
            continue
        lines += [f"## {chapter[0].upper()}{chapter[1:]}", "", "::::{grid} 1 2 3 3", ":gutter: 2", ""]
        for entry in own:
            pictures = sorted((kept / entry.name / "figures").glob("*.png"))
            lines += [f":::{{grid-item-card}} {entry.name}", f":link: models/{entry.name}", ":link-type: doc"]
            if pictures:
                lines += [
                    f":img-top: models/{entry.name}/{pictures[0].name}",
                    f":img-alt: {pictures[0].stem} of {entry.name}",
                ]
            lines += ["", entry.summary, ":::", ""]
        lines += ["::::", ""]
    return "\n".join([*lines, "```{toctree}", ":hidden:", *(f"models/{entry.name}" for entry in found), "```", ""])


def stage(source: Path, kept: Path, found: list, missing: dict) -> None:
    """Write the sources of Sphinx to the folder `source`."""
    from zoo.web.folder import write_page

    shutil.rmtree(source, ignore_errors=True)
    for folder in ("models", "docs", "code", "tutorials", "extra/live", "extra/cpp"):
        (source / folder).mkdir(parents=True)
    shutil.copy(HERE / "conf.py", source)
    shutil.copytree(HERE / "static", source / "static")
    for entry in found:
        folder = kept / entry.name
        shutil.copy(entry.path, source / "code")
        if (folder / "live").exists():
            live = source / "extra/live" / entry.name
            shutil.copytree(folder / "live", live)
            write_page(live, json.loads((live / "model.json").read_text()), "wasm")
        if (folder / f"{entry.name}.zip").exists():
            shutil.copy(folder / f"{entry.name}.zip", source / "extra/cpp")
        (source / "models" / entry.name).mkdir()
        for path in (folder / "figures").glob("*.png"):
            shutil.copy(path, source / "models" / entry.name)
        (source / f"models/{entry.name}.md").write_text(model_page(entry, kept, missing[entry.name]))
    (source / "gallery.md").write_text(gallery(found, kept))
    names = [entry.name for entry in found]
    lives = "\n\n".join(f"## {name}\n\n{_live(name).replace('../live', 'live')}" for name in LIVE if name in names)
    (source / "index.md").write_text((HERE / "index.md").read_text().replace("{LIVE}", lives))
    _stage_docs(source / "docs")
    _stage_tutorials(source)


def _stage_docs(folder):
    """The documentation; what it says of files of the repository stays text."""
    shutil.copytree(ROOT / "docs/gallery", folder / "gallery")
    names = []
    for path in [*sorted((ROOT / "docs").glob("*")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]:
        if path.suffix == ".png":
            shutil.copy(path, folder)
        elif path.suffix == ".md":
            text = re.sub(r"\]\((?:\.\./|docs/)?((?:CONTRIBUTING|CHANGELOG)\.md)", r"](\1", path.read_text())
            text = re.sub(r"\]\(docs/", "](", text)
            text = re.sub(r"\[([^\]]+)\]\((?:\.\./)[^)]+\)", r"\1", text)
            name = "index.md" if path.name == "README.md" else path.name
            (folder / name).write_text(text.replace("](README.md", "](index.md"))
            names += [name.removesuffix(".md")] * (name != "index.md")
    with open(folder / "index.md", "a") as file:
        file.write("\n```{toctree}\n:hidden:\n" + "\n".join(names) + "\n```\n")


def _stage_tutorials(source):
    """The tutorials, and each as a notebook to download."""
    import jupytext

    (source / "extra/notebooks").mkdir()
    lines = ["# Tutorials", ""]
    paths = sorted((HERE / "tutorials").glob("*.md"))
    for path in paths:
        name = re.sub(r"^\d+_", "", path.stem)
        notebook = jupytext.read(path)
        jupytext.write(notebook, source / f"extra/notebooks/{name}.ipynb")
        title = path.read_text().partition("\n# ")[2].partition("\n")[0]
        text = path.read_text() + f"\n<a href='../notebooks/{name}.ipynb'>This tutorial as a notebook</a>\n"
        (source / f"tutorials/{name}.md").write_text(text)
        lines.append(f"- [{title}]({name}.md)")
    names = "\n".join(re.sub(r"^\d+_", "", path.stem) for path in paths)
    (source / "tutorials/index.md").write_text("\n".join([*lines, "", "```{toctree}", ":hidden:", names, "```", ""]))


def main() -> None:
    """Build the site; ends with code 1 when Sphinx warns."""
    from zoo.core import packages

    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("--models", nargs="*", help="these models only")
    parser.add_argument("--out", type=Path, default=ROOT / "build/site")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--asset", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.asset:
        return _make_assets(options.asset, options.out.resolve())
    out = options.out.resolve()
    entries = packages.entries("models")
    found = [entries[name] for name in options.models or entries]
    missing = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        made = {pool.submit(assets, entry.name, out / "kept"): entry.name for entry in found}
        for number, future in enumerate(concurrent.futures.as_completed(made), 1):
            missing[made[future]] = future.result()
            print(f"{number} of {len(made)}: {made[future]} {missing[made[future]]}".rstrip(), flush=True)
    stage(out / "source", out / "kept", found, missing)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", out / "source", out / "html"]
    sys.exit(subprocess.run(list(map(str, command)), cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
