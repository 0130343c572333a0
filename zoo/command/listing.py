"""`zoo list`: models and experiments by chapter."""

from zoo.command.verb import Verb
from zoo.core import packages
from zoo.core.columns import columns
from zoo.core.errors import ZooError, quoted


def _run(arguments):
    words = [argument for argument in arguments if not argument.startswith("-")]
    VERB.parse([argument for argument in arguments if argument.startswith("-")])
    found = [
        (entry.chapter, (entry.name, kind.removesuffix("s"), entry.summary))
        for kind in packages.KINDS
        for entry in packages.entries(kind).values()
        if all(word.lower() in f"{entry.name}\n{entry.chapter}\n{entry.text}".lower() for word in words)
    ]
    if not found:
        raise ZooError(f"no model and no experiment has {quoted(' '.join(words))} in its description; see zoo list.")
    lines = columns([row for _, row in found])
    blocks = {chapter: [chapter] for chapter in [*packages.CHAPTERS, *(chapter for chapter, _ in found)]}
    for (chapter, _), line in zip(found, lines, strict=True):
        blocks[chapter].append(f"  {line}")
    print("\n\n".join("\n".join(block) for block in blocks.values() if len(block) > 1))


VERB = Verb(
    "list",
    ("[WORD ...]",),
    "list the models and experiments by chapter",
    _run,
    fields=(("WORD ...", "all", "only those with all these words in name, chapter or description"),),
)
