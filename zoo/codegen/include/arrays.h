// What a program does with its arrays before and after a run. Brian2 writes this code anew for every array, which takes longer
// to compile than the rest of a small network; here every array is a call, or a row of a table.
#ifndef ZOO_ARRAYS_H
#define ZOO_ARRAYS_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "brianlib/dynamic_array.h"
#include "outputs.h"

namespace zoo {

ZOO_COLD inline void *zeroed(size_t bytes)
{
    void *const array = ::operator new[](bytes);
    std::memset(array, 0, bytes);
    return array;
}

template <class T, class N> ZOO_COLD void count(T *array, N n, T first)
{
    for (N k = 0; k < n; k++) array[k] = first + (T)k;
}

template <class T, class V> ZOO_COLD void fill(T *array, size_t n, V value)
{
    std::fill(array, array + n, (T)value);
}

ZOO_COLD inline void load(const char *name, void *array, size_t bytes)
{
    std::ifstream file(std::string("static_arrays/") + name, std::ios::in | std::ios::binary);
    if (file.is_open())
        file.read((char *)array, bytes);
    else
        std::cout << "Error opening static array " << name << "." << std::endl;
}

ZOO_COLD inline bool open(Output &output, const std::string &folder, const char *file, const char *name)
{
    output.open(zoo::output(folder, file), std::ios::binary | std::ios::out);
    if (!output.is_open()) std::cout << "Error writing output file for " << name << "." << std::endl;
    return output.is_open();
}

ZOO_COLD inline void save(const std::string &folder, const char *file, const char *name, const void *array, size_t bytes)
{
    Output output;
    if (open(output, folder, file, name)) output.write((const char *)array, bytes);
}

template <class T> ZOO_COLD void save_rows(const std::string &folder, const char *file, const char *name, DynamicArray2D<T> &array)
{
    Output output;
    if (!open(output, folder, file, name)) return;
    for (int row = 0; row < array.n; row++)
        if (!array(row).empty()) output.write((const char *)&array(row, 0), array.m*sizeof(T));
}

// A variable that an argument of the program sets: "group.variable", a letter for its type (see `set_by_name`), and the address
// of a pointer to its `size` elements, or that of a vector where the size is -1.
struct Settable {
    const char *name;
    char type;
    void *place;
    long long size;
};

ZOO_COLD inline void read_array(const std::string &file, void *array, size_t bytes)
{
    std::ifstream stream(file, std::ios::in | std::ios::binary | std::ios::ate);
    const std::streamoff size = stream.tellg();
    if (size != (std::streamoff)bytes) {
        std::cerr << "Error reading '" << file << "': file size " << size << " does not match expected size " << bytes << std::endl;
        return;
    }
    stream.seekg(0, std::ios::beg);
    stream.read((char *)array, bytes);
    if (stream.fail()) std::cerr << "Error reading '" << file << "'" << std::endl;
}

template <class T> ZOO_COLD void set_elements(const Settable &variable, const std::string &text, T value)
{
    T *array;
    size_t size = variable.size;
    if (variable.size < 0) {
        std::vector<T> &vector = *(std::vector<T> *)variable.place;
        array = vector.data();
        size = vector.size();
    } else
        array = *(T **)variable.place;
    if (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))
        fill(array, size, value);
    else
        read_array(text, array, size*sizeof(T));
}

// Sets a variable from a number or from a file; returns whether it is in the table.
ZOO_COLD inline bool set_by_name(const Settable *variable, const Settable *behind, const std::string &name, const std::string &text)
{
    while (variable != behind && name != variable->name) variable++;
    if (variable == behind) return false;
    const char *const number = text.c_str();
    switch (variable->type) {
        case 'd': set_elements<double>(*variable, text, std::atof(number)); break;
        case 'f': set_elements<float>(*variable, text, (float)std::atof(number)); break;
        case 'i': set_elements<int32_t>(*variable, text, std::atoi(number)); break;
        case 'l': set_elements<int64_t>(*variable, text, std::atol(number)); break;
        default: set_elements<char>(*variable, text, (char)std::atoi(number));
    }
    return true;
}

}  // namespace zoo

#endif
