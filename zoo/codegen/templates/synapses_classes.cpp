{% macro cpp_file() %}
{% endmacro %}

{% macro h_file() %}

#ifndef _BRIAN_SYNAPSES_H
#define _BRIAN_SYNAPSES_H

#include <vector>
#include <algorithm>

#include "brianlib/spikequeue.h"
#include "queue.h"

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

    // Where the sources were forgotten, nothing needs them.
    int32_t source_of(int32_t synapse) const { return sources.empty() ? -1 : sources[synapse]; }
};

#endif

{% endmacro %}
