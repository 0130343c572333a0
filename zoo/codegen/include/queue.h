// The queue of delayed spikes of a pathway. Brian2 queues one number for every synapse; most rows of synapses arrive
// together, so one number for the row is enough.
#ifndef ZOO_QUEUE_H
#define ZOO_QUEUE_H

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <vector>

#include "outputs.h"

namespace zoo {

// Synapses of one neuron that arrive together. `other` is the index of the first neuron at their far end if these
// neurons are consecutive, otherwise LOOKED_UP, or LISTED if the synapses themselves are not consecutive: then `first` is a
// position in Queue::listed.
struct Segment {
    int32_t delay, first, count, other;
};
enum { LOOKED_UP = -1, LISTED = -2 };

// Neurons in a row belong to one thread: whole vectors, and whole lines of a cache.
enum { ALIGNED = 64 };

// Prefetches this many elements.
const int32_t AHEAD = 64;
template <class T> inline void prefetch(const T *first)
{
#ifdef __GNUC__
    for (size_t byte = 0; byte < AHEAD*sizeof(T); byte += 64) __builtin_prefetch((const char *)first + byte, 0, 2);
#endif
}

template <class T> inline void prefetch_one(const T *element)
{
#ifdef __GNUC__
    __builtin_prefetch(element, 0, 2);
#endif
}

struct Slot {
    std::vector<int32_t> synapses;  // one by one
    std::vector<int32_t> segments;
    void clear() { synapses.clear(); segments.clear(); }
};

// The numbers of n synapses in the order of their delays, each below the delay in 32 bits.
ZOO_COLD inline std::vector<int64_t> in_order(const int32_t *delays, size_t n)
{
    std::vector<int64_t> keys(n);
    for (size_t k = 0; k < n; k++) keys[k] = delays[k]*((int64_t)1 << 32) + (int64_t)k;
    std::sort(keys.begin(), keys.end());
    return keys;
}

// The synapses of a neuron, and their places in the order of their delays.
class SortedRow {
public:
    std::vector<int32_t> steps;

    template <class T> void find(const T *delays, size_t n, double dt)
    {
        steps.resize(n);
        least = INT32_MAX;
        most = 0;
        for (size_t k = 0; k < n; k++) steps[k] = (int32_t)(delays[k]/dt + 0.5);
        for (size_t k = 0; k < n; k++) {
            least = std::min(least, steps[k]);
            most = std::max(most, steps[k]);
        }
        places.resize(n);
        if (!n) return;
        const size_t span = (size_t)(most - least) + 1;
        if (span > 4*n + 64) {
            const std::vector<int64_t> keys = in_order(steps.data(), n);
            for (size_t k = 0; k < n; k++) {
                places[(uint32_t)keys[k]] = k;
                steps[k] = keys[k] >> 32;
            }
            counts.clear();
            return;
        }
        counts.assign(span + 1, 0);
        for (int32_t step : steps) counts[step - least + 1]++;
        for (size_t k = 1; k <= span; k++) counts[k] += counts[k - 1];
        before.assign(counts.begin(), counts.end() - 1);
        for (size_t k = 0; k < n; k++) places[k] = before[steps[k] - least]++;
    }

    int32_t longest() const { return most; }

    size_t parts() const
    {
        size_t found = 0;
        each([&](int32_t, int32_t, int32_t) { found++; });
        return found;
    }

    // The segments of a row whose first synapse is number `first`.
    void append(std::vector<Segment> &segments, int32_t first) const
    {
        each([&](int32_t delay, int32_t from, int32_t count) { segments.push_back({delay, first + from, count, LOOKED_UP}); });
    }

    template <class T> void move(T *numbers)
    {
        copy.resize(places.size()*sizeof(T));
        T *const before_ = (T *)copy.data();
        std::copy(numbers, numbers + places.size(), before_);
        for (size_t k = 0; k < places.size(); k++) numbers[places[k]] = before_[k];
    }

private:
    int32_t least = 0, most = 0;
    std::vector<int32_t> counts, before, places;
    std::vector<char> copy;

    // Calls `use` with the delay, first place and number of the synapses that arrive together.
    template <class Use> void each(Use use) const
    {
        if (!counts.empty() && !steps.empty()) {
            for (size_t k = 0; k + 1 < counts.size(); k++)
                if (counts[k + 1] > counts[k]) use(least + (int32_t)k, counts[k], counts[k + 1] - counts[k]);
            return;
        }
        for (size_t k = 0, next; k < steps.size(); k = next) {
            for (next = k + 1; next < steps.size() && steps[next] == steps[k];) next++;
            use(steps[k], (int32_t)k, (int32_t)(next - k));
        }
    }
};

class Queue {
public:
    std::vector<Segment> segments;
    std::vector<int32_t> listed;

    Queue(int32_t start, int32_t stop) : start(start), stop(stop), slots(1) {}

    // Moves the synapses of each row in the order of their delays, where `sources` is sorted and `real_delays` differ, so that
    // those that arrive together are neighbours. `arrays` hold the numbers of the synapses that their effects need, with the far
    // ends. Nothing may read the delays afterwards, which are given back to the system; nor the sources, with `forgets_sources`.
    template <class T, class... Arrays>
    void sort_by_delay(std::vector<T> &real_delays, std::vector<int32_t> &sources, bool forgets_sources, double new_dt, Arrays &...arrays)
    {
        const size_t n = sources.size();
        if (real_delays.size() != n || !n || !std::is_sorted(sources.begin(), sources.end())) return;
        find_rows(sources.data(), n);
        SortedRow row;
        size_t sampled = 0, parts = 0;
        const size_t n_rows = firsts.size() - 1, stride = n_rows/SAMPLED + 1;
        for (size_t k = 0; k < n_rows; k += stride) {
            row.find(&real_delays[0] + firsts[k], firsts[k + 1] - firsts[k], new_dt);
            sampled += row.steps.size();
            parts += row.parts();
        }
        if (parts*FEW > sampled) return;
        dt = new_dt;
        int32_t longest = 0;
        rows.assign(1, 0);
        segments.reserve((size_t)(1.1*(double)parts/(double)sampled*(double)n) + n_rows);
        for (size_t k = 0; k < n_rows; k++) {
            const int32_t first = firsts[k];
            row.find(&real_delays[0] + first, firsts[k + 1] - first, new_dt);
            longest = std::max(longest, row.longest());
            row.append(segments, first);
            rows.push_back(segments.size());
            const int in_order[] = {0, (row.move(&arrays[0] + first), 0)...};
            (void)in_order;
        }
        slots.resize((size_t)longest + 1);
        std::vector<int32_t>().swap(firsts);
        std::vector<T>().swap(real_delays);
        if (forgets_sources) std::vector<int32_t>().swap(sources);
        is_sorted = true;
    }

    // `sources` and `others` are both ends of the synapses; `delays` has one value for all of them, or one for each.
    template <class T>
    void prepare(const T *real_delays, size_t n_delays, const int32_t *sources, const int32_t *others, size_t n, double new_dt)
    {
        if (is_sorted) return;
        spell_out();
        if (dt != 0 && dt != new_dt) rescale(dt/new_dt);
        dt = new_dt;
        forget();
        delays.resize(n_delays);
        for (size_t k = 0; k < n_delays; k++) delays[k] = (int32_t)(real_delays[k]/new_dt + 0.5);
        int32_t shortest = n_delays ? delays[0] : 0, longest = shortest;
        for (int32_t delay : delays) {
            shortest = std::min(shortest, delay);
            longest = std::max(longest, delay);
        }
        if ((size_t)longest >= slots.size()) {
            std::vector<Slot> more((size_t)longest + 1);
            for (size_t k = 0; k < slots.size(); k++) std::swap(more[k], slots[(k + now) % slots.size()]);
            slots.swap(more);
            now = 0;
        }
        if (shortest == longest) std::vector<int32_t>().swap(delays);
        find_rows(sources, n);
        one_by_one = !(shortest == longest ? divide(others, n, shortest) : divide_delays(others, n));
        if (!one_by_one) {
            std::vector<int32_t>().swap(firsts);
            std::vector<int32_t>().swap(delays);
        }
    }

    // Moves all synapses, and the spikes that are queued, to the queues `parts`: each gets those that reach the neurons of its
    // own, `owner(neuron)`, in the order that they have here.
    template <class Owner> ZOO_COLD void divide_among(std::vector<Queue> &parts, const int32_t *others, Owner owner)
    {
        const size_t n_rows = std::max(stop - start, 0);
        for (Queue &part : parts) {
            part.start = start;
            part.stop = stop;
            part.dt = dt;
            part.now = now;
            part.one_by_one = one_by_one;
            part.slots.resize(slots.size());
            (one_by_one ? part.firsts : part.rows).reserve(n_rows + 1);
            (one_by_one ? part.firsts : part.rows).push_back(0);
        }
        for (size_t k = 0; k < slots.size(); k++)
            for (int32_t synapse : slots[k].synapses) parts[owner(others[synapse])].slots[k].synapses.push_back(synapse);
        for (size_t row = 0; row < n_rows; row++) {
            if (one_by_one)
                for (int32_t k = firsts[row]; k < firsts[row + 1]; k++) {
                    Queue &part = parts[owner(others[listed[k]])];
                    part.listed.push_back(listed[k]);
                    part.delays.push_back(delays[k]);
                }
            else
                for (int32_t k = rows[row]; k < rows[row + 1]; k++) divide_segment(segments[k], parts, others, owner);
            for (Queue &part : parts) {
                if (one_by_one) part.firsts.push_back(part.listed.size());
                else part.rows.push_back(part.segments.size());
            }
        }
        for (Queue &part : parts) {
            size_t synapses = part.listed.size();
            for (const Segment &segment : part.segments) synapses += segment.other == LISTED ? 0 : segment.count;
            part.per_segment = (double)synapses/std::max<size_t>(part.segments.size(), 1);
        }
        forget();
        for (Slot &slot : slots) slot.clear();
    }

    // The reverse for the spikes that are queued, before the synapses change.
    ZOO_COLD void take_back(std::vector<Queue> &parts)
    {
        for (Queue &part : parts) {
            part.spell_out();
            now = part.now;
            slots.resize(part.slots.size());
            for (size_t k = 0; k < slots.size(); k++)
                slots[k].synapses.insert(slots[k].synapses.end(), part.slots[k].synapses.begin(), part.slots[k].synapses.end());
        }
    }

    // About so many synapses are arriving.
    double arriving_synapses() const
    {
        return (double)slots[now].synapses.size() + per_segment*(double)slots[now].segments.size();
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
                for (int32_t k = firsts[row]; k < firsts[row + 1]; k++) slot(delays[k]).synapses.push_back(listed[k]);
            else
                for (int32_t k = rows[row]; k < rows[row + 1]; k++) slot(segments[k].delay).segments.push_back(k);
        }
    }

    const Slot &arriving() const { return slots[now]; }

    // The arriving segment after number `at`; an empty one after the last.
    Segment next(const Slot &slot, size_t at) const
    {
        return at + 1 < slot.segments.size() ? segments[slot.segments[at + 1]] : Segment{0, 0, 0, LISTED};
    }

    // The synapses of the arriving lists from number `at` on, up to the first segment that is not a list or until there are
    // many; `at` becomes the number of the last. A separate loop for each short list would be slow.
    const std::vector<int32_t> &joined(const Slot &slot, size_t &at)
    {
        together.clear();
        for (;; at++) {
            const Segment &segment = segments[slot.segments[at]];
            together.insert(together.end(), &listed[segment.first], &listed[segment.first] + segment.count);
            if (together.size() >= MANY || next(slot, at).other != LISTED || at + 1 == slot.segments.size()) return together;
        }
    }

private:
    // Runs of fewer synapses are listed; a run is divided where its far end jumps when the parts have this many on average.
    // Segments with fewer than FEW synapses on average do not pay. Lists are joined up to MANY synapses.
    // Whether it pays to sort is found out from this many rows.
    enum { SHORTEST = 4, WORTHWHILE = 16, FEW = 3, MANY = 2048, SAMPLED = 256 };

    int32_t start, stop;
    double dt = 0;
    std::vector<Slot> slots;
    size_t now = 0;
    bool one_by_one = false, is_sorted = false;
    double per_segment = 0;         // synapses of a segment, on average, of a part
    std::vector<int32_t> rows;      // of `segments`, one for each neuron and one more
    std::vector<int32_t> firsts;    // of the synapses by neuron, one for each neuron and one more
    std::vector<int32_t> delays;    // in steps, of the synapses in `listed`
    std::vector<int32_t> together;  // see joined()

    // Cuts a segment where the next synapse is another part's.
    template <class Owner> ZOO_COLD void divide_segment(const Segment &segment, std::vector<Queue> &parts, const int32_t *others, Owner owner)
    {
        const bool is_list = segment.other == LISTED;
        int32_t from = 0;
        for (int32_t to = 1; to <= segment.count; to++) {
            const auto target = [&](int32_t k) {
                return segment.other >= 0 ? segment.other + k : others[is_list ? listed[segment.first + k] : segment.first + k];
            };
            Queue &part = parts[owner(target(from))];
            if (to < segment.count && &parts[owner(target(to))] == &part) continue;
            Segment *last = part.segments.size() > (size_t)part.rows.back() ? &part.segments.back() : nullptr;
            if (is_list || (segment.other == LOOKED_UP && to - from < SHORTEST)) {
                // A list grows as long as no other segment follows.
                if (!last || last->other != LISTED || last->delay != segment.delay) {
                    part.segments.push_back({segment.delay, (int32_t)part.listed.size(), 0, LISTED});
                    last = &part.segments.back();
                }
                for (int32_t k = from; k < to; k++)
                    part.listed.push_back(is_list ? listed[segment.first + k] : segment.first + k);
                last->count += to - from;
            } else
                part.segments.push_back({segment.delay, segment.first + from, to - from, segment.other >= 0 ? segment.other + from : segment.other});
            from = to;
        }
    }

    Slot &slot(size_t delay)
    {
        const size_t k = now + delay;
        return slots[k < slots.size() ? k : k - slots.size()];
    }

    // Spikes that are still queued when a new run begins keep their synapses, even if the rows have changed.
    ZOO_COLD void spell_out()
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

    ZOO_COLD void rescale(double factor)
    {
        std::vector<Slot> scaled((size_t)(slots.size()*factor) + 1);
        for (size_t k = 0; k < slots.size(); k++)
            scaled[(size_t)(k*factor + 0.5)] = slots[(k + now) % slots.size()];
        slots.swap(scaled);
        now = 0;
    }

    ZOO_COLD void forget()
    {
        std::vector<Segment>().swap(segments);
        for (std::vector<int32_t> *numbers : {&listed, &rows, &firsts, &delays}) std::vector<int32_t>().swap(*numbers);
    }

    // The first synapse of each neuron; synapses that are not sorted by neuron, and their delays, are listed in that order.
    void find_rows(const int32_t *sources, size_t n)
    {
        const size_t n_rows = std::max(stop - start, 0);
        firsts.assign(n_rows + 1, 0);
        int32_t descents = 0;  // counted to the end, because a loop without exit vectorises
        for (size_t k = 1; k < n; k++) descents += sources[k] < sources[k - 1];
        if (!descents) {
            size_t k = 0;
            for (size_t row = 0; row < n_rows; row++) {
                size_t step = 1;  // rows are short compared with the number of synapses
                while (k + step < n && sources[k + step] <= (int32_t)row + start) step *= 2;
                k = std::upper_bound(sources + k, sources + std::min(k + step, n), (int32_t)row + start) - sources;
                firsts[row + 1] = k;
            }
            return;
        }
        for (size_t k = 0; k < n; k++) firsts[sources[k] - start + 1]++;
        for (size_t row = 0; row < n_rows; row++) firsts[row + 1] += firsts[row];
        listed.resize(n);
        std::vector<int32_t> next(firsts.begin(), firsts.end() - 1), by_row(delays.size());
        if (delays.empty())
            for (size_t k = 0; k < n; k++) listed[next[sources[k] - start]++] = k;
        else
            for (size_t k = 0; k < n; k++) {
                const int32_t place = next[sources[k] - start]++;
                listed[place] = k;
                by_row[place] = delays[k];
            }
        delays.swap(by_row);
    }

    // Segments of the rows, all with one delay. Returns whether they are long enough to pay.
    bool divide(const int32_t *others, size_t n, int32_t delay)
    {
        rows.assign(1, 0);
        bool lists = false;
        for (size_t row = 0; row + 1 < firsts.size(); row++) {
            lists |= divide_part(others, delay, firsts[row], firsts[row + 1]);
            rows.push_back(segments.size());
            if (segments.size()*FEW > n + FEW*firsts.size()) {
                delays.assign(n, delay);
                return list_all(n);
            }
        }
        if (!lists) std::vector<int32_t>().swap(listed);
        return true;
    }

    // The same for synapses with individual delays: each row is first sorted by delay.
    bool divide_delays(const int32_t *others, size_t n)
    {
        if (listed.empty()) list_in_order(n);
        rows.assign(1, 0);
        std::vector<int32_t> before, synapses, sorted;
        bool lists = false, worthwhile = true;
        for (size_t row = 0; row + 1 < firsts.size(); row++) {
            sort_row(firsts[row], firsts[row + 1], before, synapses, sorted);
            if (!worthwhile) continue;
            for (int32_t k = firsts[row], end; k < firsts[row + 1]; k = end) {
                for (end = k + 1; end < firsts[row + 1] && delays[end] == delays[k];) end++;
                lists |= divide_part(others, delays[k], k, end);
            }
            rows.push_back(segments.size());
            worthwhile = segments.size()*FEW <= n + FEW*firsts.size();
        }
        if (!worthwhile) return list_all(n);
        if (!lists) std::vector<int32_t>().swap(listed);
        return true;
    }

    ZOO_COLD bool list_all(size_t n)
    {
        std::vector<Segment>().swap(segments);
        std::vector<int32_t>().swap(rows);
        if (listed.empty()) list_in_order(n);
        return false;
    }

    ZOO_COLD void list_in_order(size_t n)
    {
        listed.resize(n);
        for (size_t k = 0; k < n; k++) listed[k] = k;
    }

    // Sorts the synapses of a row, and their delays, by delay; synapses with the same delay keep their order. The vectors are scratch space.
    void sort_row(int32_t begin, int32_t end, std::vector<int32_t> &before, std::vector<int32_t> &synapses, std::vector<int32_t> &sorted)
    {
        if (std::is_sorted(delays.begin() + begin, delays.begin() + end)) return;
        const auto range = std::minmax_element(delays.begin() + begin, delays.begin() + end);
        const int32_t least = *range.first;
        const int64_t span = (int64_t)*range.second - least + 2;
        synapses.assign(listed.begin() + begin, listed.begin() + end);
        sorted.assign(delays.begin() + begin, delays.begin() + end);
        if (span > 4*(int64_t)(end - begin) + 64) {
            const std::vector<int64_t> keys = in_order(sorted.data(), sorted.size());
            for (size_t k = 0; k < keys.size(); k++) {
                listed[begin + k] = synapses[(uint32_t)keys[k]];
                delays[begin + k] = keys[k] >> 32;
            }
            return;
        }
        before.assign(span, 0);
        for (int32_t delay : sorted) before[delay - least + 1]++;
        for (int64_t k = 1; k < span; k++) before[k] += before[k - 1];
        for (size_t k = 0; k < sorted.size(); k++) {
            const int32_t at = begin + before[sorted[k] - least]++;
            listed[at] = synapses[k];
            delays[at] = sorted[k];
        }
    }

    // Segments of the synapses from position `begin` to `end` of a row; returns whether one is a list.
    bool divide_part(const int32_t *others, int32_t delay, int32_t begin, int32_t end)
    {
        int32_t list = -1;  // the list that is being filled
        bool lists = false;
        for (int32_t k = begin; k < end;) {
            const int32_t first = synapse(k);
            int32_t count = 1;
            if (listed.empty())
                count = end - k;
            else
                while (k + count < end && synapse(k + count) == first + count) count++;
            if (count >= SHORTEST || listed.empty()) {
                append_run(others, delay, first, count);
                list = -1;
            } else {
                if (list < 0) {
                    list = segments.size();
                    segments.push_back({delay, k, 0, LISTED});
                    lists = true;
                }
                segments[list].count += count;
            }
            k += count;
        }
        return lists;
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
            // Up to a multiple of ALIGNED, where threads may divide a segment: so its parts have the same vectors as the whole.
            const int32_t head = -others[first + from] & (ALIGNED - 1);
            if (head && head < to - from) {
                segments.push_back({delay, first + from, head, others[first + from]});
                from += head;
            }
            segments.push_back({delay, first + from, to - from, others[first + from]});
            from = to;
        }
    }

    int32_t synapse(int32_t k) const { return listed.empty() ? k : listed[k]; }
};

// Brian2 2.10 writes its queues at the end of a run; nothing reads them here.
inline std::ostream &operator<<(std::ostream &stream, const Queue &) { return stream; }

}  // namespace zoo

#endif
