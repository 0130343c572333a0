"""Short code for the arrays of a program: Brian2 writes a page for each to create it, to set it by name, and to write it to a file.

The page of each array becomes a call of a function in include/arrays.h, or a row of a table: compiling these pages took a
quarter of the time of a build.
"""

import re

# Parts of Brian2's objects.cpp
_CREATED = re.compile(r"(\w+) = new (\w+)\[(\d+)\];\s*for\(int i=0; i<\3; i\+\+\) \1\[i\] = (?:(-?\d+) \+ i|0);")
_RESIZED = re.compile(r"(\w+)\.resize\((\d+)\);\s*for\(int i=0; i<\2; i\+\+\) \1\[i\] = (?:(-?\d+) \+ i|0);")
_LOADED = re.compile(
    r"ifstream f(\w+);\s*f\1\.open\([^;]*;\s*if\(f\1\.is_open\(\)\)\s*\{\s*"
    r"f\1\.read\(reinterpret_cast<char\*>\(([^;]*)\), ([^;]*)\);\s*\} else\s*\{[^}]*\}"
)
_WRITTEN = re.compile(
    r"ofstream outfile_(\w+);\s*outfile_\1\.open\(results_dir \+ \"(\w+)\"[^;]*;\s*if\(outfile_\1\.is_open\(\)\)\s*"
    r"\{(.*?)\} else\s*\{[^}]*\}",
    re.DOTALL,
)
_TABLE = re.compile(r" *// non-dynamic arrays\n(.*?)(?= *std::cerr << \"Cannot set unknown variable)", re.DOTALL)
_SET = re.compile(
    r"if \(name == (\"[^\"]+\")\) \{\s*var_size = ([^;]*);\s*data_size = [^;]*sizeof\((\w+)\);.*?"
    r"set_variable_from_file\(name, (?:&(\w+)\[0\]|(\w+)), data_size, s_value\);\s*\}\s*return;\s*\}",
    re.DOTALL,
)

# The letters of types in zoo::set_by_name
_LETTERS = {"double": "d", "float": "f", "int32_t": "i", "int64_t": "l", "char": "c"}

_BY_NAME = """\
    static const zoo::Settable known[] = {{
        {rows}}};
    if (zoo::set_by_name(known, known + {count}, name, s_value)) return;
"""


def shortened(text: str) -> str:
    """Brian2's objects.cpp with calls and a table in the place of code for each array."""
    text = _in_function("_init_arrays", text, _creating)
    text = _in_function("_load_arrays", text, lambda body: _LOADED.sub(r'zoo::load("\1", \2, \3);', body))
    text = _in_function("_write_arrays", text, lambda body: _WRITTEN.sub(_saving, body))
    text, tables = _TABLE.subn(_table, text)
    assert tables == 1, "Brian2 sets variables by name by other means"
    assert "reinterpret_cast" not in text.partition("set arrays by name")[2], (
        "Brian2 has arrays that the zoo does not know"
    )
    return text


def _in_function(name, text, change):
    before, found, rest = text.partition(f"\nvoid {name}()\n")
    body, end, after = rest.partition("\n}\n")
    assert found and end, f"Brian2's objects.cpp has no {name}"
    return f"{before}{found}{change(body)}{end}{after}"


def _creating(body):
    # Brian2 makes what counts up twice, first as zeros.
    counted = {match[1] for match in _CREATED.finditer(body) if match[4]}

    def created(match):
        name, kind, size, start = match.groups()
        if not start:
            return "" if name in counted else f"{name} = ({kind} *)zoo::zeroed({size}*sizeof({kind}));"
        return (
            f"{name} = ({kind} *)zoo::zeroed({size}*sizeof({kind}));\n    zoo::count({name}, {size}, ({kind}){start});"
        )

    def resized(match):
        name, size, start = match.groups()
        return f"{name}.resize({size});" + (f"\n    zoo::count({name}.data(), {size}, {start});" if start else "")

    return _RESIZED.sub(resized, _CREATED.sub(created, body))


def _saving(match):
    name, file, lines = match.groups()
    if f"{name}(n, 0)" in lines:
        return f'zoo::save_rows(results_dir, "{file}", "{name}", {name});'
    if f"{name}.size()" in lines:
        return f'zoo::save(results_dir, "{file}", "{name}", {name}.data(), {name}.size()*sizeof({name}[0]));'
    size = re.search(rf"\({name}\), (\d+)\*", lines)[1]
    return f'zoo::save(results_dir, "{file}", "{name}", {name}, {size}*sizeof({name}[0]));'


def _table(match):
    rows = []
    for name, size, kind, vector, array in _SET.findall(match[1]):
        letter = _LETTERS[kind]
        rows.append(f"{{{name}, '{letter}', &{vector or array}, {-1 if vector else size}}}")
    assert len(rows) == match[1].count("if (name =="), "Brian2 sets a variable by other means"
    return _BY_NAME.format(rows=",\n        ".join(rows), count=len(rows)) if rows else ""
