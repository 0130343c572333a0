// At the end of a run Brian2 writes every array of a network to a separate file. If ZOO_OUTPUTS is set, only the files that it
// lists, one per line, are written.
#ifndef ZOO_OUTPUTS_H
#define ZOO_OUTPUTS_H

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

// For functions that run once, which are small rather than fast.
#ifdef __GNUC__
#define ZOO_COLD __attribute__((cold, noinline))
#else
#define ZOO_COLD
#endif

namespace zoo {

ZOO_COLD inline bool is_wanted(const std::string &name)
{
    static const char *const named = std::getenv("ZOO_OUTPUTS");
    static const std::string wanted = std::string("\n") + (named ? named : "") + "\n";
    return !named || wanted.find("\n" + name + "\n") != std::string::npos;
}

ZOO_COLD inline std::string output(const std::string &folder, const std::string &name)
{
    return is_wanted(name) ? folder + name : "/dev/null";
}

// A file that is written in blocks, as a system call for each row of a recording takes several times as long. Blocks of
// zeros, such as the delays of most synapses, are left out: they are holes in the file and read as zeros.
class Output {
public:
    ~Output() { close(); }

    ZOO_COLD void open(const std::string &path, std::ios::openmode mode)
    {
        wanted = path != "/dev/null";
        if (wanted) file.open(path.c_str(), mode);
    }

    bool is_open() const { return !wanted || file.is_open(); }

    ZOO_COLD void write(const char *from, size_t n)
    {
        while (wanted && n) {
            if (waiting.empty() && n >= BLOCK) {
                put(from, BLOCK);
                from += BLOCK;
                n -= BLOCK;
                continue;
            }
            const size_t part = std::min(n, BLOCK - waiting.size());
            waiting.insert(waiting.end(), from, from + part);
            from += part;
            n -= part;
            if (waiting.size() == BLOCK) empty();
        }
    }

    ZOO_COLD void close()
    {
        if (!file.is_open()) return;
        empty();
        if (hole) {
            file.seekp(hole - 1, std::ios::cur);
            file.put(0);
        }
        file.close();
    }

private:
    static constexpr size_t BLOCK = 1 << 16;

    std::ofstream file;
    bool wanted = false;
    std::vector<char> waiting;  // less than a block
    std::streamoff hole = 0;    // bytes at the end that are zero and not yet part of the file

    void empty()
    {
        put(waiting.data(), waiting.size());
        waiting.clear();
    }

    ZOO_COLD void put(const char *block, size_t n)
    {
        if (n == BLOCK && !block[0] && !std::memcmp(block, block + 1, n - 1)) {
            hole += n;
            return;
        }
        if (hole) file.seekp(hole, std::ios::cur);
        hole = 0;
        file.write(block, n);
    }
};

}  // namespace zoo

#endif
