"""A verb of the command `zoo`: its options and its sentence, which define its help and its parser.

The file of a verb imports slow modules, such as Brian2, inside its functions: `zoo --help` reads the files of all verbs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from zoo.core.columns import columns
from zoo.core.errors import ZooError

#: Exit codes: bad input, and Ctrl-C as shells count it.
BAD_INPUT = 2
STOPPED = 130

#: The options of every verb.
COMMON = (("--debug", "", "show the traceback of an error"), ("-h, --help", "", "show this help"))


@dataclass(frozen=True)
class Option:
    """An option of a verb; `value` is the placeholder after it in the help, "" for a switch."""

    name: str
    value: str
    meaning: str
    default: str = ""

    @property
    def row(self) -> tuple:
        """The option, its default and its meaning."""
        return (f"--{self.name.replace('_', '-')} {self.value}".rstrip(), self.default, self.meaning)


#: Of the verbs that run or write programs.
THREADS = Option("threads", "N", "threads of programs of the backend cpp; results do not depend on it", "1")


@dataclass(frozen=True)
class Verb:
    """A word that follows `zoo`.

    `run` takes the arguments after the verb and returns the exit code, None for 0. For the help, `fields` are rows about
    the options of an experiment, `details` further lines, and `about(name)` returns the text of `zoo VERB NAME --help`.
    """

    name: str
    usage: tuple  # the arguments after the verb, one line each
    summary: str  # one sentence
    run: Callable
    options: tuple = ()
    fields: tuple = ()
    details: str = ""
    about: Callable | None = None

    def parse(self, arguments, title=None, names=None) -> dict:
        """The options among `arguments` as strings, True and False; `names` are those to take, None for all."""
        from zoo.catalogue.options import Parser

        chosen = [option for option in self.options if names is None or option.name in names]
        switches = [option.name for option in chosen if not option.value]
        return Parser(title or self.name, [option.name for option in chosen], switches).parse(arguments)

    def first(self, arguments, what="a name", see="list") -> str:
        """The name after the verb; raises ZooError when it is missing."""
        if not arguments or arguments[0].startswith("-"):
            raise ZooError(f"zoo {self.name} needs {what} after it; see zoo {see}.")
        return arguments[0]

    def help(self, arguments=()) -> str:
        """The text of `zoo VERB --help`, and of `zoo VERB NAME --help` when a name comes first in `arguments`."""
        if self.about and arguments and not arguments[0].startswith("-"):
            return self.about(arguments[0])
        start = "usage: "
        lines = [f"{start}zoo {self.name} {self.usage[0]}".rstrip()]
        lines += [f"{' ' * len(start)}zoo {self.name} {usage}".rstrip() for usage in self.usage[1:]]
        lines += ["", self.summary[0].upper() + self.summary[1:] + "."]
        if self.details:
            lines += ["", *self.details.strip("\n").splitlines()]
        rows = [*self.fields, *(option.row for option in self.options), *COMMON]
        lines += ["", *columns([("option", "default", "meaning"), *rows])]
        return "\n".join(lines)
