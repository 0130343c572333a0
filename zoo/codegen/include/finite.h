// Checks during a run and at its end that the state variables are finite. A fault ends the run: the program writes the results
// so far and not_finite.txt, and exits with the code FAULT.
#ifndef ZOO_FINITE_H
#define ZOO_FINITE_H

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace zoo {
namespace finite {

const int FAULT = 3;

// Time steps between two checks, after the first ones in steps 1, 2, 4, 8...
const long PERIOD = 100;

template <class T> struct Bits;
template <> struct Bits<double> { typedef int64_t type; static constexpr type infinity = 0x7ff0000000000000; };
template <> struct Bits<float> { typedef int32_t type; static constexpr type infinity = 0x7f800000; };

// The first element at or after `from` that is NaN, or infinite where that is a fault; `to` if none is. Compares bits, because
// -ffast-math makes isnan() always false.
template <class T> size_t first_fault(const void *data, size_t from, size_t to, bool may_be_infinite)
{
    typedef typename Bits<T>::type Integer;
    const Integer largest = Bits<T>::infinity - (may_be_infinite ? 0 : 1);
    const T *array = static_cast<const T *>(data);
    const auto magnitude = [=](size_t k) {
        Integer bits;
        std::memcpy(&bits, array + k, sizeof bits);
        return Integer(bits & std::numeric_limits<Integer>::max());
    };
    Integer faults = 0;
    for (size_t k = from; k < to; k++) faults |= magnitude(k) > largest;
    if (!faults) return to;
    while (magnitude(from) <= largest) from++;
    return from;
}

struct Array {
    const char *name;
    const void *data;
    size_t size;
    bool may_be_infinite;
    size_t (*first_fault)(const void *, size_t, size_t, bool);
    double (*value)(const void *, size_t);
    size_t next;          // where the next check begins
    double finite_until;  // the time of the last check of the whole array, or -1
};

struct Fault {
    const Array *array;
    size_t index;
    double time;
};

inline std::vector<Array> &arrays() { static std::vector<Array> all; return all; }
inline std::vector<Fault> &faults() { static std::vector<Fault> found; return found; }

struct Schedule {
    long steps, due;
    size_t most;  // elements of one array in one check
    const double *t, *dt;
    bool *stop;
    void (*last)();
};
inline Schedule &schedule() { static Schedule only = {0, 1, 0, nullptr, nullptr, nullptr, nullptr}; return only; }

template <class T> double value(const void *data, size_t index) { return static_cast<const T *>(data)[index]; }

template <class T> void watch(const char *name, const T *data, size_t size, bool may_be_infinite)
{
    arrays().push_back({name, data, size, may_be_infinite, first_fault<T>, value<T>, 0, -1});
}

// Checks up to `most` elements of each array, starting where the last check ended.
inline void check(double now, size_t most)
{
    for (Array &array : arrays()) {
        const size_t from = array.next, to = std::min(array.size, from + std::min(most, array.size));
        const size_t index = array.first_fault(array.data, from, to, array.may_be_infinite);
        if (index < to) {
            faults().push_back({&array, index, now});
            continue;
        }
        array.next = to < array.size ? to : 0;
        if (to - from == array.size) array.finite_until = now;
    }
}

// Runs at the end of every time step.
inline void step()
{
    Schedule &s = schedule();
    if (++s.steps < s.due) return;
    s.due += std::min(s.due, PERIOD);
    check(*s.t + *s.dt, s.most);
    if (!faults().empty()) *s.stop = true;
}

inline void step_after_last()
{
    if (schedule().last) schedule().last();
    step();
}

// Added to the last object of a network, or as a separate object if the last one does not run in every step. A Clock has a
// time step; Brian2 2.10 also has clocks for events at given times.
template <class Clock, class Network> void start(Network &network, size_t most)
{
    Clock *clock = nullptr;
    for (const auto &object : network.objects) {
        Clock *own = dynamic_cast<Clock *>(object.first);
        if (own && (!clock || own->dt[0] < clock->dt[0])) clock = own;
    }
    if (!clock) return;
    schedule() = {0, 1, most, clock->t, clock->dt, &Network::_globally_stopped, network.objects.back().second};
    if (network.objects.back().first == clock)
        network.objects.back().second = step_after_last;
    else
        network.add(clock, step);
}

inline const char *kind(double number)
{
    int64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    return (bits & std::numeric_limits<int64_t>::max()) > Bits<double>::infinity ? "nan" : "inf";
}

// Checks all elements and writes a report.
inline void finish(double now, const std::string &folder)
{
    if (faults().empty()) {
        for (Array &array : arrays()) array.next = 0;
        check(now, std::numeric_limits<size_t>::max());
    }
    if (faults().empty()) return;
    FILE *file = std::fopen((folder + "not_finite.txt").c_str(), "w");
    for (const Fault &found : faults()) {
        const Array &array = *found.array;
        const char *what = kind(array.value(array.data, found.index));
        std::fprintf(stderr, "Error: %s is %s in element %zu by t = %.9g s; try a smaller time step, or another method.\n",
                     array.name, what, found.index, found.time);
        if (file) std::fprintf(file, "%s %zu %s %.17g %.17g\n", array.name, found.index, what, array.finite_until, found.time);
    }
    if (file) std::fclose(file);
}

}  // namespace finite
}  // namespace zoo

#endif
