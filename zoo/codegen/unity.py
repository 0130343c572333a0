"""One translation unit from the many sources of a Brian2 standalone project.

Brian2 writes two to four small C++ files for every operation of a model; reading the headers is nine tenths of the work of
compiling each. In one file the compiler reads the headers once.

Every source keeps its helper functions in an anonymous namespace and may define macros. In one file each source needs a
separate namespace, which only its functions use, and its macros are undefined after it.
"""

import re
import shutil
from pathlib import Path

_ANONYMOUS = re.compile(r"^namespace\s*\{", re.MULTILINE)
_USING_BRIAN = re.compile(r"^(\s*)using namespace brian;", re.MULTILINE)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]+[<\"].*$", re.MULTILINE)
_INDEPENDENT = re.compile(r"^[ \t]*#pragma GCC ivdep$", re.MULTILINE)
_DEBUGGED = re.compile(r"^void _debugmsg_\w+\(\)\s*\{.*?^\}", re.MULTILINE | re.DOTALL)
_MACRO = re.compile(r"^\s*#\s*define\s+(\w+)", re.MULTILINE)

# Brian2 reads the CPU time in every time step, and twice in every object that it profiles, which are system calls; the wall
# time is not.
_CHEAP_CLOCK = """\
#include <chrono>
#include <ctime>
namespace std {
static inline clock_t zoo_clock()
{
    return chrono::duration<double>(chrono::steady_clock::now().time_since_epoch()).count()*CLOCKS_PER_SEC;
}
}
"""

#: For the start of a C++ file: arrays start at a cache line, because a vector that crosses one is read twice; large arrays
#: have large pages, which save look-ups of addresses. Small arrays are not aligned: they come and go in every step, and a
#: StateMonitor has one for each step, which took three times the memory when 64 bytes apart.
ALIGNED = """\
#include <cstdlib>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif
void *operator new(std::size_t size)
{
    const std::size_t huge = 2 << 20;
    void *memory = nullptr;
    if (size < 1024)
        memory = std::malloc(size ? size : 1);
    else if (posix_memalign(&memory, size < 2*huge ? 64 : huge, size))
        memory = nullptr;
    if (!memory) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    if (size >= 2*huge) madvise(memory, size, MADV_HUGEPAGE);
#endif
    return memory;
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }
"""


def in_each_dialect(text: str) -> str:
    """C++ whose loops of independent elements, marked for gcc, are marked for clang too: else it would check many arrays."""
    assert not re.sub(_INDEPENDENT, "", text).count("GCC ivdep"), "a mark that is not a line of its own"
    return _INDEPENDENT.sub(
        "#ifdef __clang__\n#pragma clang loop vectorize(assume_safety)\n#else\n#pragma GCC ivdep\n#endif", text
    )


def unite(sources: dict) -> str:
    """The text of one source file with all of `sources` (file name -> text, in the order of compilation)."""
    parts = ["// All sources of this project in one, because that compiles several times faster.", _CHEAP_CLOCK]
    included = set()

    def once(line):
        """A header without a guard that two sources read would be read twice here."""
        if (text := " ".join(line[0].split())) in included:
            return ""
        included.add(text)
        return line[0]

    for name, text in sources.items():
        forget = [f"#undef {macro}" for macro in dict.fromkeys(_MACRO.findall(text))]
        if name == "network.cpp":
            text = f'#define clock() zoo_clock()\n#include "{name}"\n#undef clock'
        elif name.startswith("code_objects/"):
            if name.endswith(".cpp"):  # the main function of a CUDA program calls these without DEBUG
                text = _DEBUGGED.sub(r"#ifdef DEBUG\n\g<0>\n#endif", text)
            text = _INCLUDE.sub(once, text)
            text = _separate(
                text.replace("std::clock()", "std::zoo_clock()"),
                "of_" + re.sub(r"\W", "_", name.split("/")[1].removesuffix(".cpp")),
            )
        else:
            text = f'#include "{name}"'
        parts += [f"\n//////// {name}", text, *forget]
    return in_each_dialect("\n".join(parts) + "\n")


def copied(names, project: Path) -> tuple:
    """Copy the user's source files into `project`, which may go to another machine; returns their object files, and -I flags.

    Files in the folder of a source, such as its headers, are read from there.
    """
    objects, flags = [], []
    for number, name in enumerate(sorted(names)):
        source = Path(name).absolute()
        target = Path("user") / f"{number}{source.suffix}"
        (project / "user").mkdir(exist_ok=True)
        shutil.copy(source, project / target)
        flags.append(f'-I"{source.parent}"')
        objects.append(str(target.with_suffix(".o")))
    return objects, flags


def _separate(text, namespace):
    if not _ANONYMOUS.search(text):
        return text
    text = _ANONYMOUS.sub(f"namespace {namespace} {{", text)
    return _USING_BRIAN.sub(rf"\1using namespace brian;\n\1using namespace {namespace};", text)
