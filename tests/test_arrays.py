"""The arrays of a program: short code in the place of Brian2's, which does the same."""

import subprocess

import numpy as np
import pytest

from zoo.build import compiler
from zoo.codegen.arrays import shortened
from zoo.codegen.device import INCLUDE

BRIAN2S = """\
//////////////// set arrays by name ///////
void set_variable_by_name(std::string name, std::string s_value) {
    size_t var_size;
    size_t data_size;
    // non-dynamic arrays
    if (name == "cells.v") {
        var_size = 3;
        data_size = 3*sizeof(double);
        if (s_value[0] == '-' || (s_value[0] >= '0' && s_value[0] <= '9')) {
            // set from single value
            set_variable_from_value<double>(name, _array_cells_v, var_size, (double)atof(s_value.c_str()));
        } else {
            // set from file
            set_variable_from_file(name, _array_cells_v, data_size, s_value);
        }
        return;
    }
    // dynamic arrays (1d)
    if (name == "S.n") {
        var_size = _dynamic_array_S_n.size();
        data_size = var_size*sizeof(int32_t);
        if (s_value[0] == '-' || (s_value[0] >= '0' && s_value[0] <= '9')) {
            // set from single value
            set_variable_from_value<int32_t>(name, &_dynamic_array_S_n[0], var_size, (int32_t)atoi(s_value.c_str()));
        } else {
            // set from file
            set_variable_from_file(name, &_dynamic_array_S_n[0], data_size, s_value);
        }
        return;
    }
    std::cerr << "Cannot set unknown variable '" << name << "'." << std::endl;
    exit(1);
}

void _init_arrays()
{
    using namespace brian;
    _array_cells_v = new double[3];

    for(int i=0; i<3; i++) _array_cells_v[i] = 0;
    _array_cells_i = new int32_t[3];

    for(int i=0; i<3; i++) _array_cells_i[i] = 0;
    _dynamic_array_S_n.resize(2);

    for(int i=0; i<2; i++) _dynamic_array_S_n[i] = 0;
    _array_cells_i = new int32_t[3];

    for(int i=0; i<3; i++) _array_cells_i[i] = 5 + i;
}

void _load_arrays()
{
    using namespace brian;
    ifstream f_array_cells_v;
    f_array_cells_v.open("static_arrays/_array_cells_v", ios::in | ios::binary);
    if(f_array_cells_v.is_open())
    {
        f_array_cells_v.read(reinterpret_cast<char*>(_array_cells_v), 3*sizeof(double));
    } else
    {
        std::cout << "Error opening static array _array_cells_v." << endl;
    }
}

void _write_arrays()
{
    using namespace brian;
    ofstream outfile__array_cells_i;
    outfile__array_cells_i.open(results_dir + "cells_i", ios::binary | ios::out);
    if(outfile__array_cells_i.is_open())
    {
        outfile__array_cells_i.write(reinterpret_cast<char*>(_array_cells_i), 3*sizeof(_array_cells_i[0]));
        outfile__array_cells_i.close();
    } else
    {
        std::cout << "Error writing output file for _array_cells_i." << endl;
    }
    ofstream outfile__array_cells_v;
    outfile__array_cells_v.open(results_dir + "cells_v", ios::binary | ios::out);
    if(outfile__array_cells_v.is_open())
    {
        outfile__array_cells_v.write(reinterpret_cast<char*>(_array_cells_v), 3*sizeof(_array_cells_v[0]));
        outfile__array_cells_v.close();
    } else
    {
        std::cout << "Error writing output file for _array_cells_v." << endl;
    }
    ofstream outfile__dynamic_array_S_n;
    outfile__dynamic_array_S_n.open(results_dir + "S_n", ios::binary | ios::out);
    if(outfile__dynamic_array_S_n.is_open())
    {
        if (! _dynamic_array_S_n.empty() )
        {
            outfile__dynamic_array_S_n.write(reinterpret_cast<char*>(&_dynamic_array_S_n[0]), _dynamic_array_S_n.size()*sizeof(_dynamic_array_S_n[0]));
            outfile__dynamic_array_S_n.close();
        }
    } else
    {
        std::cout << "Error writing output file for _dynamic_array_S_n." << endl;
    }
}
"""

BEFORE = """\
#include "arrays.h"
#include <random>
using namespace std;
namespace brian {}
static string results_dir = "results/";
static double *_array_cells_v;
static int32_t *_array_cells_i;
static vector<int32_t> _dynamic_array_S_n;
"""

MAIN = """
int main(int count, char **arguments)
{
    _init_arrays();
    _load_arrays();
    for (int k = 1; k + 1 < count; k += 2) set_variable_by_name(arguments[k], arguments[k + 1]);
    _write_arrays();
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arrays")
    for name in ("results", "static_arrays", "brianlib"):
        (folder / name).mkdir()
    (folder / "brianlib/dynamic_array.h").write_text((INCLUDE / "dynamic_array.h").read_text())
    (folder / "main.cpp").write_text(BEFORE + shortened(BRIAN2S) + MAIN)
    np.array([1.5, 2.5, 3.5]).tofile(folder / "static_arrays/_array_cells_v")
    command = [*compiler.cxx(), "-std=c++11", "-w", "-I.", f"-I{INCLUDE}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return folder


def _run(folder, *arguments):
    found = subprocess.run(["./main", *arguments], cwd=folder, capture_output=True, text=True)
    types = {"cells_i": "i4", "cells_v": "f8", "S_n": "i4"}
    return found, {name: np.fromfile(folder / "results" / name, dtype).tolist() for name, dtype in types.items()}


def test_arrays_begin_as_zeros_numbers_in_order_or_a_file(program):
    _, arrays = _run(program)
    assert arrays == {"cells_i": [5, 6, 7], "cells_v": [1.5, 2.5, 3.5], "S_n": [0, 0]}


def test_an_argument_sets_a_variable_from_a_number_or_a_file(program):
    np.array([8, 9], np.int32).tofile(program / "numbers")
    _, arrays = _run(program, "cells.v", "-2.5e-3", "S.n", "numbers")
    assert arrays["cells_v"] == [-2.5e-3] * 3 and arrays["S_n"] == [8, 9]
    found, arrays = _run(program, "cells.v", "numbers")
    assert found.stderr.startswith("Error reading 'numbers': file size 8 does not match expected size 24")
    assert arrays["cells_v"] == [1.5, 2.5, 3.5]
    found, _ = _run(program, "cells.w", "1")
    assert found.returncode == 1 and "Cannot set unknown variable 'cells.w'." in found.stderr


@pytest.mark.parametrize("line", ["data_size = ", "outfile__array_cells_v.open"])
def test_code_of_another_brian2_is_not_dropped(line):
    with pytest.raises(AssertionError, match="Brian2"):
        shortened(BRIAN2S.replace(line, f"other({line}", 1))
