// Synapses as they are made: many at a time go to Brian2's arrays, for which memory is taken as the whole will need it. Arrays
// that double when they are full are copied, and each copy is new memory, which the system clears first.
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
    // Brian2's arrays of the ends of synapses, and of the number of synapses of each neuron; `rows` is how many neurons the
    // loop has on its outside.
    Connector(std::vector<int32_t> &pre, std::vector<int32_t> &post, std::vector<int32_t> &outgoing, std::vector<int32_t> &incoming,
              size_t rows)
        : pre(pre), post(post), outgoing(outgoing), incoming(incoming), before(pre.size()), rows(rows)
    {
    }

    // A synapse that neuron `row` of the loop has made.
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
    // An estimate from the first rows can be far too large: never this many times what there is.
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
            // Then they grow as they are used to.
        }
    }

    // Neighbours are often the same.
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
