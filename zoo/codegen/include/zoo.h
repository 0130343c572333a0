// What a standalone program of the zoo does besides simulating: it reads its parameters from a file and from the command
// line, reports its progress, and ends when the process that started it has ended.
#ifndef ZOO_H
#define ZOO_H

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "finite.h"
#include "exact.h"
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace zoo {

// One sentence, and the exit code of bad input.
inline void refuse(const std::string &sentence)
{
    std::fprintf(stderr, "Error: %s\n", sentence.c_str());
    std::exit(2);
}

inline bool is_number(const std::string &text)
{
    return !text.empty() && (std::isdigit((unsigned char)text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.');
}

inline double number(const std::string &name, const std::string &text)
{
    char *end;
    const double value = std::strtod(text.c_str(), &end);
    if (!is_number(text) || *end || !std::isfinite(value)) refuse(name + " must be a number, not '" + text + "'.");
    return value;
}

inline long long whole_number(const std::string &name, const std::string &text, long long least, long long most)
{
    char *end;
    errno = 0;
    const long long value = std::strtoll(text.c_str(), &end, 10);
    if (!is_number(text) || *end || errno || value < least || value > most)
        refuse(name + " must be an integer from " + std::to_string(least) + " to " + std::to_string(most) + ", not '"
               + text + "'.");
    return value;
}

// Brian2's arrays hold double, float, int32_t, int64_t, and char for booleans; tables of the zoo hold bytes.
template <class T> T parse(const std::string &name, const std::string &text)
{
    if (std::is_floating_point<T>::value) return (T)number(name, text);
    if (std::is_same<T, char>::value) {
        if (text == "true" || text == "True" || text == "1") return (T)1;
        if (text == "false" || text == "False" || text == "0") return (T)0;
        refuse(name + " must be true or false, not '" + text + "'.");
    }
    if (std::is_same<T, unsigned char>::value) return (T)whole_number(name, text, 0, 255);
    const long long most = sizeof(T) == 4 ? INT32_MAX : INT64_MAX;
    return (T)whole_number(name, text, -most, most);
}

template <class T> std::vector<T> read(const std::string &name, const std::string &file, size_t wanted)
{
    std::ifstream stream(file, std::ios::binary | std::ios::ate);
    if (!stream) refuse("the file '" + file + "' for " + name + " cannot be read.");
    const size_t bytes = stream.tellg();
    if (bytes != wanted*sizeof(T))
        refuse(name + " needs " + std::to_string(wanted) + " values of " + std::to_string(sizeof(T)) + " bytes; '" + file
               + "' has " + std::to_string(bytes) + " bytes.");
    std::vector<T> values(wanted);
    stream.seekg(0);
    stream.read(reinterpret_cast<char *>(values.data()), bytes);
    return values;
}

template <class T> bool is_value(const std::string &text)
{
    return is_number(text) || (std::is_same<T, char>::value && (text == "true" || text == "True" || text == "false" || text == "False"));
}

// Sets `size` elements from a number, or from a file with one value for each.
template <class T> void set(const std::string &name, const std::string &text, T *array, size_t size)
{
    if (is_value<T>(text))
        std::fill(array, array + size, parse<T>(name, text));
    else {
        const std::vector<T> values = read<T>(name, text, size);
        std::copy(values.begin(), values.end(), array);
    }
}

// The same for one value per synapse; "@file" is a matrix of n_pre rows and n_post columns.
template <class Vector, class Indices>
void set_synapses(const std::string &name, const std::string &text, Vector &array, const Indices &pre, const Indices &post,
                  size_t first_pre, size_t n_pre, size_t first_post, size_t n_post)
{
    typedef typename std::decay<decltype(array[0])>::type T;
    if (text.empty() || text[0] != '@') {
        set(name, text, array.size() ? &array[0] : (T *)nullptr, array.size());
        return;
    }
    const std::vector<T> matrix = read<T>(name, text.substr(1), n_pre*n_post);
    for (size_t k = 0; k < array.size(); k++) array[k] = matrix[(pre[k] - first_pre)*n_post + (post[k] - first_post)];
}

// Checks that the neurons at one end of the synapses are those to which the values of a run belong.
template <class Indices> void check_ends(const std::string &name, const std::string &text, const Indices &ends, size_t first)
{
    typedef typename std::decay<decltype(ends[0])>::type T;
    const std::vector<T> expected = is_value<T>(text) ? std::vector<T>(1, parse<T>(name, text)) : read<T>(name, text, ends.size());
    for (size_t k = 0; k < ends.size(); k++)
        if (expected.size() != ends.size() || ends[k] - (T)first != expected[k])
            refuse(name + ": the values for synapses belong to other pairs than this seed connects; give the seed of "
                          "the run that they come from, or a matrix W[i, j].");
}

template <class Vector> void check_no_negative(const std::string &name, const Vector &array)
{
    for (auto value : array)
        if (value < 0) refuse(name + " is negative.");
}

// Checks the delays of a pathway; compares bits, because with -ffast-math the compiler assumes that NaN does not occur.
inline void check_delays(const double *delays, size_t n, double dt, double most_steps, double slot, const std::string &negative,
                         const std::string &is, const std::string &too_long)
{
    double longest = 0;
    for (size_t k = 0; k < n; k++) {
        if (delays[k] < 0) refuse(negative);
        longest = delays[k] > longest ? delays[k] : longest;
    }
    size_t infinite = finite::first_fault<double>(delays, 0, n, true);
    if (infinite < n) refuse(negative);
    infinite = finite::first_fault<double>(delays, 0, n, false);
    const double memory = (double)sysconf(_SC_PHYS_PAGES)*sysconf(_SC_PAGESIZE);
    if (infinite < n || longest/dt >= most_steps || longest/dt*slot > memory) {
        char text[100];
        std::snprintf(text, sizeof text, " %g s, %.3g time steps; ", longest, longest/dt);
        refuse(is + text + too_long);
    }
}

// The settings "seed=...", "duration=..." and "threads=...", and the values "group.variable=..." of one run. The defaults are in
// parameters.txt, one per line; the command line takes precedence.
struct Parameters {
    unsigned long seed = 0;
    double duration = 0;
    size_t threads = 1;

    explicit Parameters(const std::vector<std::string> &arguments)
    {
        std::ifstream file("parameters.txt");
        if (!file) refuse("there is no parameters.txt here; start the program in its own folder.");
        for (std::string line; std::getline(file, line);)
            if (!line.empty() && line[0] != '#') take(line, defaults);
        for (const std::string &argument : arguments) take(argument, values);
        check_limits();
    }

    // Calls set(name, text) for the settings of these names, or for all.
    template <class Set> void apply(std::initializer_list<const char *> names, Set set) const
    {
        for (const Settings *settings : {&defaults, &values})
            for (const auto &setting : *settings)
                if (std::find(names.begin(), names.end(), setting.first) != names.end()) set(setting.first, setting.second);
    }

    template <class Set> void apply(Set set) const
    {
        for (const auto &setting : defaults) set(setting.first, setting.second);
        apply_again(set);
    }

    // The same for the command line only.
    template <class Set> void apply_again(Set set) const
    {
        for (const auto &setting : values) set(setting.first, setting.second);
    }

private:
    typedef std::vector<std::pair<std::string, std::string>> Settings;
    Settings defaults, values;

    // The file limits.txt of an exported project has a line such as "tau > 0" for each limit of a number.
    void check_limits() const
    {
        std::ifstream file("limits.txt");
        std::string name, comparison, bound;
        while (file >> name >> comparison >> bound)
            for (const Settings *settings : {&defaults, &values})
                for (const auto &setting : *settings) {
                    if (setting.first != name || !is_number(setting.second)) continue;
                    const double value = number(name, setting.second), limit = number(name, bound);
                    const bool above = comparison[0] == '>', equal = comparison.size() == 2;
                    if ((above ? value > limit : value < limit) || (equal && value == limit)) continue;
                    const char *words = above ? (equal ? "at least " : "above ") : equal ? "at most " : "below ";
                    refuse(name + " is " + setting.second + "; it must be " + words + bound + ".");
                }
    }

    void take(const std::string &setting, Settings &others)
    {
        const size_t equal = setting.find('=');
        if (equal == std::string::npos) refuse("'" + setting + "' is not of the form name=value.");
        const std::string name = setting.substr(0, equal), text = setting.substr(equal + 1);
        if (name == "threads")
            threads = whole_number(name, text, 1, 256);
        else if (name == "seed")
            seed = whole_number(name, text, 0, UINT32_MAX);
        else if (name == "duration") {
            duration = number(name, text);
            if (duration < 0) refuse("the duration is negative.");
        } else
            others.emplace_back(name, text);
    }
};

// Writes the simulated time as eight bytes to the file descriptor ZOO_PROGRESS ten times a second. It uses a signal, which costs
// the simulation loop nothing. Where the system does not end a program with its parent, the signal handler does.
namespace progress {
inline int &descriptor() { static int fd = -1; return fd; }
inline int &parent() { static int pid = 0; return pid; }
inline const volatile double *&time() { static const volatile double *t = nullptr; return t; }

inline void tell(int)
{
    if (parent() && getppid() != parent()) std::_Exit(1);
    if (descriptor() < 0) return;
    const double now = *time();
    // A slow reader loses reports, and never stops the simulation.
    if (write(descriptor(), &now, sizeof now) < 0) return;
}

inline void begin()
{
    struct sigaction action = {};
    action.sa_handler = tell;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, nullptr);
    const struct itimerval often = {{0, 100000}, {0, 100000}};
    setitimer(ITIMER_REAL, &often, nullptr);
}

inline void start(const double *t)
{
    const char *fd = std::getenv("ZOO_PROGRESS");
    if (!fd) return;
    descriptor() = std::atoi(fd);
    time() = t;
    fcntl(descriptor(), F_SETFL, O_NONBLOCK);
    begin();
}

inline void stop()
{
    descriptor() = -1;
    if (parent()) return;
    const struct itimerval never = {};
    setitimer(ITIMER_REAL, &never, nullptr);
}
}  // namespace progress

// A program that Python started ends with it, however Python ends.
inline void follow_parent()
{
    const char *parent = std::getenv("ZOO_PARENT");
    if (!parent) return;
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#else
    progress::parent() = std::atoi(parent);
    progress::begin();
#endif
    if (getppid() != std::atoi(parent)) std::_Exit(1);
}

}  // namespace zoo

#endif
