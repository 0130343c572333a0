{% macro cpp_file() %}
{% endmacro %}

{% macro h_file() %}

#ifndef _BRIAN_SYNAPSES_H
#define _BRIAN_SYNAPSES_H

#include <vector>
#include <algorithm>

#include "brianlib/spikequeue.h"
#include "queue.h"
#include "threads.h"

class SynapticPathway
{
public:
    std::vector<int32_t> &sources;
    std::vector<zoo::Queue *> queue;  // of one; the name is Brian2's

    SynapticPathway(std::vector<int32_t> &_sources, int _spikes_start, int _spikes_stop)
        : sources(_sources), queue(1, new zoo::Queue(_spikes_start, _spikes_stop))
    {
    }

    ~SynapticPathway() { delete queue[0]; }

    template <class T>
    void prepare(const T *delays, size_t n_delays, const int32_t *others, size_t n, double dt)
    {
        queue[0]->take_back(parts);
        parts.clear();
        queue[0]->prepare(delays, n_delays, sources.data(), others, n, dt);
    }

    // Gives each thread the synapses that reach its own neurons, about as many as the others have.
    ZOO_COLD void divide(const int32_t *others, size_t n)
    {
        if (zoo::threads() == 1 || !n) return;
        const int32_t last = *std::max_element(others, others + n);
        std::vector<size_t> until((size_t)last/BLOCK + 1);
        for (size_t k = 0; k < n; k++) until[others[k]/BLOCK]++;
        std::vector<unsigned char> owners(until.size());
        size_t before = 0;
        for (size_t block = 0; block < until.size(); block++) {
            owners[block] = std::min((before + until[block]/2)*zoo::threads()/n, zoo::threads() - 1);
            before += until[block];
        }
        parts = std::vector<zoo::Queue>(zoo::threads(), zoo::Queue(0, 0));
        queue[0]->divide_among(parts, others, [&](int32_t neuron) { return owners[neuron/BLOCK]; });
    }

    void advance()
    {
        for (zoo::Queue &one : mine()) one.advance();
    }

    void push(const int32_t *spikes, size_t n)
    {
        for (zoo::Queue &one : mine()) one.push(spikes, n);
    }

    // The queues of the thread that asks
    struct Queues {
        zoo::Queue *first, *behind;
        zoo::Queue *begin() const { return first; }
        zoo::Queue *end() const { return behind; }
    };
    Queues mine()
    {
        if (parts.empty()) return {queue[0], queue[0] + 1};
        const zoo::Range range = zoo::range(parts.size(), 1);
        return {parts.data() + range.from, parts.data() + range.to};
    }

    // Whether the threads have processed what arrives by calls of `part`, which pays for many synapses.
    bool shared(zoo::Part part)
    {
        if (parts.empty() || zoo::share().is_divided) return false;
        double synapses = 0;
        for (const zoo::Queue &one : parts) synapses += one.arriving_synapses();
        if (synapses < (zoo::shares_all() ? 1 : WORTHWHILE)) return false;
        zoo::Threads::all().run(part);
        return true;
    }

    // Where the sources were forgotten, nothing needs them.
    int32_t source_of(int32_t synapse) const { return sources.empty() ? -1 : sources[synapse]; }

private:
    enum { BLOCK = zoo::ALIGNED, WORTHWHILE = 1000 };

    std::vector<zoo::Queue> parts;
};

#endif

{% endmacro %}
