// Adds new synapses to Brian2's arrays in batches, and reserves memory for all of them at once. An array that doubles when it
// is full is copied each time, into new memory that the system has to clear first.
#ifndef ZOO_CONNECT_H
#define ZOO_CONNECT_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

namespace zoo {

// The place of the first 1 from `first` on, or the size.
inline long next_one(const std::vector<char> &holds, size_t first)
{
    const void *found = first < holds.size() ? std::memchr(&holds[first], 1, holds.size() - first) : nullptr;
    return found ? (const char *)found - holds.data() : holds.size();
}

class Connector {
public:
    // Brian2's arrays of both ends of the synapses and of the number of synapses of each neuron; `rows` is the number of
    // neurons in the outer loop.
    Connector(std::vector<int32_t> &pre, std::vector<int32_t> &post, std::vector<int32_t> &outgoing, std::vector<int32_t> &incoming,
              size_t rows)
        : pre(pre), post(post), outgoing(outgoing), incoming(incoming), before(pre.size()), rows(rows)
    {
    }

    // Add a synapse of neuron `row` of the outer loop.
    void add(int32_t from, int32_t to, size_t row)
    {
        if (count == BLOCK) flush(row);
        sources[count] = from;
        targets[count] = to;
        count++;
    }

    void flush(size_t row)
    {
        make_room(row);
        pre.insert(pre.end(), sources, sources + count);
        post.insert(post.end(), targets, targets + count);
        add_up(outgoing, sources);
        add_up(incoming, targets);
        count = 0;
    }

private:
    // An estimate from the first rows can be far too large; never reserve more than this many times the present size.
    enum { BLOCK = 4096, MOST = 8 };

    std::vector<int32_t> &pre, &post, &outgoing, &incoming;
    size_t before, rows, count = 0;
    int32_t sources[BLOCK], targets[BLOCK];

    void make_room(size_t row)
    {
        const size_t needed = pre.size() + count;
        if (needed <= pre.capacity()) return;
        const double made = (double)(needed - before), whole = made*(double)rows/(double)(row + 1);
        const double wanted = std::min((double)before + 1.01*whole + 2*BLOCK, (double)MOST*(double)needed);
        try {
            pre.reserve(std::max(needed, (size_t)wanted));
            post.reserve(std::max(needed, (size_t)wanted));
        } catch (const std::bad_alloc &) {
            // From here on the arrays grow as usual.
        }
    }

    // Consecutive synapses often have the same value.
    void add_up(std::vector<int32_t> &numbers, const int32_t *ends)
    {
        for (size_t k = 0, next; k < count; k = next) {
            for (next = k + 1; next < count && ends[next] == ends[k];) next++;
            numbers[ends[k]] += (int32_t)(next - k);
        }
    }
};

}  // namespace zoo

#endif
