// The spikes on their way through a pathway. Brian2 queues a number for every synapse; most rows of synapses arrive as a
// whole, and one number for the row is enough.
#ifndef ZOO_QUEUE_H
#define ZOO_QUEUE_H

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <vector>

namespace zoo {

// Synapses of one neuron that arrive together. `other` is what the synapses have at their far end: the index of its first
// neuron when these are neighbours as well, otherwise LOOKED_UP, or LISTED when the synapses themselves are not neighbours:
// then `first` counts in Queue::listed.
struct Segment {
    int32_t delay, first, count, other;
};
enum { LOOKED_UP = -1, LISTED = -2 };

// Asks for this many elements, which are wanted soon.
const int32_t AHEAD = 64;
template <class T> inline void prefetch(const T *first)
{
#ifdef __GNUC__
    for (size_t byte = 0; byte < AHEAD*sizeof(T); byte += 64) __builtin_prefetch((const char *)first + byte, 0, 2);
#endif
}

struct Slot {
    std::vector<int32_t> synapses;  // one by one
    std::vector<int32_t> segments;
    void clear() { synapses.clear(); segments.clear(); }
};

class Queue {
public:
    std::vector<Segment> segments;
    std::vector<int32_t> listed;

    Queue(int32_t start, int32_t stop) : start(start), stop(stop), slots(1) {}

    // `sources` and `others` are the two ends of the synapses; one delay for all of them, or one for each.
    template <class T>
    void prepare(const T *real_delays, size_t n_delays, const int32_t *sources, const int32_t *others, size_t n, double new_dt)
    {
        spell_out();
        if (dt != 0 && dt != new_dt) rescale(dt/new_dt);
        dt = new_dt;
        delays.resize(n_delays);
        for (size_t k = 0; k < n_delays; k++) delays[k] = (int32_t)(real_delays[k]/dt + 0.5);
        const size_t longest = n_delays ? *std::max_element(delays.begin(), delays.end()) : 0;
        if (longest >= slots.size()) {
            std::rotate(slots.begin(), slots.begin() + now, slots.end());
            now = 0;
            slots.resize(longest + 1);
        }
        sort(sources, n);
        one_by_one = !divide(others, n);
        if (!one_by_one) {
            std::vector<int32_t>().swap(order);
            std::vector<int32_t>().swap(firsts);
            std::vector<int32_t>().swap(delays);
        }
    }

    void advance()
    {
        slots[now].clear();
        now = now + 1 == slots.size() ? 0 : now + 1;
    }

    void push(const int32_t *spikes, size_t n)
    {
        const int32_t *end = std::lower_bound(spikes, spikes + n, stop);
        for (const int32_t *spike = std::lower_bound(spikes, end, start); spike < end; spike++) {
            const int32_t row = *spike - start;
            if (one_by_one)
                for (int32_t k = firsts[row]; k < firsts[row + 1]; k++) {
                    const int32_t synapse = order.empty() ? k : order[k];
                    slot(delays.size() == 1 ? delays[0] : delays[synapse]).synapses.push_back(synapse);
                }
            else
                for (int32_t k = rows[row]; k < rows[row + 1]; k++) slot(segments[k].delay).segments.push_back(k);
        }
    }

    const Slot &arriving() const { return slots[now]; }

    // The segment behind number `at` of those that arrive; an empty one behind the last.
    Segment next(const Slot &slot, size_t at) const
    {
        return at + 1 < slot.segments.size() ? segments[slot.segments[at + 1]] : Segment{0, 0, 0, LISTED};
    }

private:
    // Runs of fewer synapses are listed; a run is divided where its far end jumps when the parts have this many on average.
    enum { SHORTEST = 4, WORTHWHILE = 16 };

    int32_t start, stop;
    double dt = 0;
    std::vector<Slot> slots;
    size_t now = 0;
    bool one_by_one = false;
    std::vector<int32_t> rows;    // of `segments`, one for each neuron and one more
    std::vector<int32_t> delays;  // in steps
    std::vector<int32_t> firsts;  // of `order`
    std::vector<int32_t> order;   // the synapses by neuron; empty when they are in this order anyway

    Slot &slot(size_t delay)
    {
        const size_t k = now + delay;
        return slots[k < slots.size() ? k : k - slots.size()];
    }

    // What is on its way when a new run begins keeps its synapses, whatever the rows are then.
    void spell_out()
    {
        for (Slot &slot : slots) {
            for (int32_t id : slot.segments) {
                const Segment &segment = segments[id];
                for (int32_t k = 0; k < segment.count; k++)
                    slot.synapses.push_back(segment.other == LISTED ? listed[segment.first + k] : segment.first + k);
            }
            slot.segments.clear();
        }
    }

    void rescale(double factor)
    {
        std::vector<Slot> scaled((size_t)(slots.size()*factor) + 1);
        for (size_t k = 0; k < slots.size(); k++)
            scaled[(size_t)(k*factor + 0.5)] = slots[(k + now) % slots.size()];
        slots.swap(scaled);
        now = 0;
    }

    void sort(const int32_t *sources, size_t n)
    {
        const size_t n_rows = std::max(stop - start, 0);
        firsts.assign(n_rows + 1, 0);
        order.clear();
        int32_t descents = 0;  // counted to the end, because such a loop is one of vectors
        for (size_t k = 1; k < n; k++) descents += sources[k] < sources[k - 1];
        if (!descents) {
            size_t k = 0;
            for (size_t row = 0; row < n_rows; row++) {
                size_t step = 1;  // rows are short next to all synapses
                while (k + step < n && sources[k + step] <= (int32_t)row + start) step *= 2;
                k = std::upper_bound(sources + k, sources + std::min(k + step, n), (int32_t)row + start) - sources;
                firsts[row + 1] = k;
            }
            return;
        }
        for (size_t k = 0; k < n; k++) firsts[sources[k] - start + 1]++;
        for (size_t row = 0; row < n_rows; row++) firsts[row + 1] += firsts[row];
        order.resize(n);
        std::vector<int32_t> next(firsts.begin(), firsts.end() - 1);
        for (size_t k = 0; k < n; k++) order[next[sources[k] - start]++] = k;
    }

    // Whether the rows have segments worth the name.
    bool divide(const int32_t *others, size_t n)
    {
        segments.clear();
        listed.clear();
        rows.assign(1, 0);
        for (size_t row = 0; row + 1 < firsts.size(); row++) {
            divide_row(others, firsts[row], firsts[row + 1]);
            rows.push_back(segments.size());
            if (segments.size() > n/2 + firsts.size()) {
                std::vector<Segment>().swap(segments);
                std::vector<int32_t>().swap(listed);
                std::vector<int32_t>().swap(rows);
                return false;
            }
        }
        return true;
    }

    void divide_row(const int32_t *others, int32_t begin, int32_t end)
    {
        int32_t list = -1;  // the segment that is being listed
        for (int32_t k = begin; k < end;) {
            const int32_t first = synapse(k), delay = delay_of(first);
            int32_t count = 1;
            if (order.empty() && delays.size() == 1)
                count = end - k;
            else
                while (k + count < end && synapse(k + count) == first + count && delay_of(first + count) == delay) count++;
            if (count >= SHORTEST) {
                append_run(others, delay, first, count);
                list = -1;
            } else {
                if (list < 0 || segments[list].delay != delay) {
                    list = segments.size();
                    segments.push_back({delay, (int32_t)listed.size(), 0, LISTED});
                }
                for (int32_t j = 0; j < count; j++) listed.push_back(first + j);
                segments[list].count += count;
            }
            k += count;
        }
    }

    void append_run(const int32_t *others, int32_t delay, int32_t first, int32_t count)
    {
        int32_t parts = 1;
        for (int32_t k = 1; k < count; k++) parts += others[first + k] != others[first + k - 1] + 1;
        if (count < WORTHWHILE*parts) {
            segments.push_back({delay, first, count, LOOKED_UP});
            return;
        }
        for (int32_t from = 0; from < count;) {
            int32_t to = from + 1;
            while (to < count && others[first + to] == others[first + to - 1] + 1) to++;
            segments.push_back({delay, first + from, to - from, others[first + from]});
            from = to;
        }
    }

    int32_t synapse(int32_t k) const { return order.empty() ? k : order[k]; }
    int32_t delay_of(int32_t synapse) const { return delays.size() == 1 ? delays[0] : delays[synapse]; }
};

// Brian2 2.10 writes its queues out at the end of a run, for nobody that would read them here.
inline std::ostream &operator<<(std::ostream &stream, const Queue &) { return stream; }

}  // namespace zoo

#endif
