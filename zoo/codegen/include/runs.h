// Statements for all synapses look up both ends of each. In a run of synapses from one neuron to consecutive neurons, both
// ends follow from those of the first synapse.
#ifndef ZOO_RUNS_H
#define ZOO_RUNS_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zoo {

struct Run {
    int32_t first, count, source, target;  // the synapses, their source, and the target of the first
};

class Runs {
public:
    // The runs of n synapses with these ends, in order; empty if the runs are short. Synapses are added, never changed.
    const std::vector<Run> &of(const int32_t *sources, const int32_t *targets, int32_t n)
    {
        if (n == known) return runs;
        known = n;
        runs.clear();
        bool short_ones = false;
        for (int32_t first = 0; first < n && !short_ones;) {
            int32_t next = first + 1;
            while (next < n && sources[next] == sources[first] && targets[next] == targets[next - 1] + 1) next++;
            runs.push_back({first, next - first, sources[first], targets[first]});
            first = next;
            short_ones = (int64_t)runs.size()*WORTHWHILE > (next < n ? first + 1000*WORTHWHILE : n);
        }
        if (short_ones) std::vector<Run>().swap(runs);
        return runs;
    }

private:
    enum { WORTHWHILE = 32 };  // smallest average number of synapses in a run

    int32_t known = -1;
    std::vector<Run> runs;
};

}  // namespace zoo

#endif
