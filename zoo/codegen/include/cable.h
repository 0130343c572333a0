// The membrane potential of a cable of sections, by backward Euler: tridiagonal equations for the compartments of each section,
// joined where sections meet, as in Brian2. Sections are cut into blocks of like length, at compartments that become joints too;
// eight blocks are solved at a time, each in a lane of vectors. Where the conductances are those of the step before, as in a
// passive cable, so are the factors of the equations.
#ifndef ZOO_CABLE_H
#define ZOO_CABLE_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "outputs.h"

namespace zoo {

class Cable {
public:
    // Compartments of section s are those from starts[s] to ends[s] - 1; it grows out of the end of section parents[s] - 1.
    ZOO_COLD void prepare(int32_t n, int32_t sections, const int32_t *starts, const int32_t *ends, const int32_t *parents, const double *capacitance,
                 const double *area, const double *length_1, const double *length_2, double resistivity, double dt)
    {
        count = n;
        membrane.resize(n);
        for (int32_t j = 0; j < n; j++) membrane[j] = capacitance[j]/dt;
        std::vector<double> axial(n + 1, 0.0), centre(n), lower(n), upper(n);  // axial conductances between j - 1 and j
        for (int32_t j = 1; j < n; j++) axial[j] = 1.0/(resistivity*(1/length_2[j - 1] + 1/length_1[j]));
        for (int32_t s = 0; s < sections; s++) axial[starts[s]] = 0;
        std::vector<double> begin(sections), end(sections);
        for (int32_t j = 0; j < n; j++) {
            lower[j] = axial[j]/area[j];
            upper[j] = axial[j + 1]/area[j];
            centre[j] = -membrane[j] - lower[j] - upper[j];
        }
        for (int32_t s = 0; s < sections; s++) {
            begin[s] = length_1[starts[s]]/resistivity;
            end[s] = length_2[ends[s] - 1]/resistivity;
            centre[starts[s]] -= begin[s]/area[starts[s]];
            centre[ends[s] - 1] -= end[s]/area[ends[s] - 1];
        }
        cut(sections, starts, ends, parents);
        lay_out();
        for (const Block &block : blocks)
            for (int32_t k = 0; k < block.length; k++) {
                const int32_t j = block.first + k, p = block.place + k*WIDTH;
                below[p] = k ? lower[j] : 0;
                above[p] = k + 1 < block.length ? upper[j] : 0;
                middle[p] = centre[j];
            }
        std::fill(own.begin(), own.end(), 0.0);
        for (size_t b = 0; b < blocks.size(); b++) {
            Block &block = blocks[b];
            const int32_t s = block.section, last = block.first + block.length - 1, joint = joints[b + 1];
            // The first and the last compartment, in the equations of the joints, and the joints in theirs
            const bool begins = block.first == starts[s], ends_here = joint < 0;
            const double weight = s ? begin[s] : 1;  // the joint at the beginning of the first section is its first compartment
            block.at_first = begins ? -weight : upper[block.first - 1];
            block.at_last = ends_here ? -end[s] : lower[joint];
            minus[block.place] = begins ? -begin[s]/area[block.first] : -lower[block.first];
            plus[block.place + (block.length - 1)*WIDTH] = ends_here ? -end[s]/area[last] : -upper[last];
            if (begins) own[block.parent] += weight;
            own[b + 1] += ends_here ? end[s] : centre[joint];
        }
        known.clear();
    }

    // One step: v, and the capacitive current, from the conductance and the current of each compartment
    void step(const double *conductance, const double *current, double *v, double *capacitive)
    {
        const bool fresh = known.size() != (size_t)count || std::memcmp(known.data(), conductance, count*sizeof(double));
        if (fresh) known.assign(conductance, conductance + count);
        previous.assign(v, v + count);
        #pragma GCC ivdep
        for (int32_t j = 0; j < count; j++) given[j] = -(membrane[j]*v[j]) - current[j];
        const size_t n = places.size();
        #pragma GCC ivdep
        for (size_t p = 0; p < n; p++) right[p] = live[p]*given[places[p]];
        if (fresh) {
            #pragma GCC ivdep
            for (size_t p = 0; p < n; p++) diagonal[p] = middle[p] - live[p]*conductance[places[p]];
            for (const Group &group : groups) sweep<true>(group);
            factorise(conductance);
        } else
            for (const Group &group : groups) sweep<false>(group);
        join();
        #pragma GCC ivdep
        for (size_t p = 0; p < n; p++) right[p] += potentials[before[p]]*minus_part[p] + potentials[behind[p]]*plus_part[p];
        #pragma GCC ivdep
        for (int32_t j = 0; j < count; j++) v[j] = right[place_of[j]];
        for (size_t b = 1; b < joints.size(); b++)
            if (joints[b] >= 0) v[joints[b]] = potentials[b];
        #pragma GCC ivdep
        for (int32_t j = 0; j < count; j++) capacitive[j] = membrane[j]*(v[j] - previous[j]);
    }

private:
    enum { WIDTH = 8 };
    typedef double Lanes __attribute__((vector_size(8*WIDTH), aligned(8), may_alias));

    // Compartments in a row between two joints, of which the one behind has the number of the block plus 1
    struct Block {
        int32_t section, first, length, parent;  // the parent is a joint
        int32_t place;                           // where its first compartment stands in the arrays of lanes
        double at_first, at_last;                // factors of its ends in the equations of its joints
    };
    struct Group {
        int32_t place, length;
    };

    int32_t count = 0;
    std::vector<Block> blocks;
    std::vector<Group> groups;
    std::vector<int32_t> joints;  // the compartment at a joint; -1 between sections
    std::vector<int32_t> places, before, behind;  // of lanes: the compartment, and the joints of its block
    std::vector<int32_t> place_of;                // of compartments: where they are in the arrays of lanes
    std::vector<double> membrane, previous, known, given;
    std::vector<double> live, below, middle, above, minus, plus;                       // of lanes
    std::vector<double> diagonal, right, inverse, following, minus_part, plus_part;    // the same, in a step
    std::vector<double> own, pivot, up, share, potentials, sums;                       // of joints

    static int32_t pieces(int32_t length, int32_t longest)
    {
        return std::max(1, std::min((length + 1 + longest)/(longest + 1), (length + 1)/2));
    }

    // Cuts sections such that blocks fill lanes.
    ZOO_COLD void cut(int32_t sections, const int32_t *starts, const int32_t *ends, const int32_t *parents)
    {
        int32_t longest = 1, best = 1;
        for (int32_t s = 0; s < sections; s++) longest = std::max(longest, ends[s] - starts[s]);
        double least = -1;
        for (int32_t length = longest; length >= 1; length -= std::max(1, length/16)) {
            std::vector<int64_t> lengths;  // negative, as the longest comes first
            for (int32_t s = 0; s < sections; s++) {
                const int32_t n = ends[s] - starts[s], k = pieces(n, length);
                for (int32_t piece = 0; piece < k; piece++) lengths.push_back(-((n - k + 1 + piece)/k));
            }
            std::sort(lengths.begin(), lengths.end());
            double cost = JOINT*lengths.size();
            for (size_t b = 0; b < lengths.size(); b += WIDTH) cost -= ROW*lengths[b];
            if (least < 0 || cost < least) {
                least = cost;
                best = length;
            }
        }
        blocks.clear();
        joints.assign(1, -1);
        std::vector<int32_t> joint_of(1, 0);  // the joint at the end of each section
        for (int32_t s = 0; s < sections; s++) {
            const int32_t n = ends[s] - starts[s], k = pieces(n, best);
            int32_t parent = joint_of[parents[s]], first = starts[s];
            for (int32_t piece = 0; piece < k; piece++) {
                const int32_t length = (n - k + 1 + piece)/k;
                blocks.push_back({s, first, length, parent, 0, 0, 0});
                first += length;
                joints.push_back(piece + 1 < k ? first++ : -1);
                parent = blocks.size();
            }
            joint_of.push_back(blocks.size());
        }
    }

    enum { JOINT = 30, ROW = 45 };  // cycles, about

    // Gives each block a lane, blocks of like length side by side.
    ZOO_COLD void lay_out()
    {
        std::vector<int64_t> order(blocks.size());  // the longest first, then by number, which is in the lower 32 bits
        for (size_t b = 0; b < order.size(); b++) order[b] = -blocks[b].length*((int64_t)1 << 32) + (int64_t)b;
        std::sort(order.begin(), order.end());
        for (int64_t &block : order) block = (uint32_t)block;
        groups.clear();
        int32_t place = 0;
        for (size_t b = 0; b < order.size(); b += WIDTH) {
            groups.push_back({place, blocks[order[b]].length});
            for (size_t lane = 0; lane < WIDTH && b + lane < order.size(); lane++) blocks[order[b + lane]].place = place + lane;
            place += WIDTH*groups.back().length;
        }
        for (std::vector<double> *array : {&live, &below, &above, &minus, &plus, &diagonal, &right, &inverse, &following, &minus_part, &plus_part})
            array->assign(place, 0.0);
        middle.assign(place, 1.0);  // lanes without a compartment solve 1 x = 0
        places.assign(place, 0);
        before.assign(place, 0);
        behind.assign(place, 0);
        place_of.assign(count, 0);
        given.assign(count, 0.0);
        for (size_t b = 0; b < blocks.size(); b++)
            for (int32_t k = 0; k < blocks[b].length; k++) {
                const int32_t p = blocks[b].place + k*WIDTH, j = blocks[b].first + k;
                places[p] = j;
                place_of[j] = p;
                live[p] = 1;
                before[p] = blocks[b].parent;
                behind[p] = b + 1;
            }
        for (std::vector<double> *array : {&own, &pivot, &up, &share, &potentials, &sums}) array->assign(joints.size(), 0.0);
    }

    // Gaussian elimination in eight blocks: `right` becomes the solution for joints at 0, and, where the matrix is fresh,
    // minus_part and plus_part what the joints before and behind add for each volt.
    template <bool fresh> void sweep(const Group &group)
    {
        // As a function, clang++ would forget that the arrays have the alignment of double.
        #define ZOO_LANE(array, k) (*(Lanes *)(array.data() + group.place + (k)*WIDTH))
        Lanes next = {}, r = {}, m = {}, p = {};
        for (int32_t k = 0; k < group.length; k++) {
            const Lanes a = ZOO_LANE(below, k);
            if (fresh) {
                const Lanes inverted = 1.0/(ZOO_LANE(diagonal, k) - a*next);
                ZOO_LANE(inverse, k) = inverted;
                ZOO_LANE(following, k) = next = ZOO_LANE(above, k)*inverted;
                ZOO_LANE(minus_part, k) = m = (ZOO_LANE(minus, k) - a*m)*inverted;
                ZOO_LANE(plus_part, k) = p = (ZOO_LANE(plus, k) - a*p)*inverted;
            }
            ZOO_LANE(right, k) = r = (ZOO_LANE(right, k) - a*r)*ZOO_LANE(inverse, k);
        }
        for (int32_t k = group.length - 2; k >= 0; k--) {
            const Lanes f = ZOO_LANE(following, k);
            ZOO_LANE(right, k) = r = ZOO_LANE(right, k) - f*r;
            if (fresh) {
                // Blocks that are shorter than the group end in zeros.
                ZOO_LANE(minus_part, k) = m = ZOO_LANE(minus_part, k) - f*m;
                ZOO_LANE(plus_part, k) = p = ZOO_LANE(plus_part, k) - f*p;
            }
        }
        #undef ZOO_LANE
    }

    // The equations of the joints, whose numbers rise from the root to the leaves: the part that conductances decide
    void factorise(const double *conductance)
    {
        for (size_t b = 0; b < joints.size(); b++) pivot[b] = own[b] - (joints[b] >= 0 ? conductance[joints[b]] : 0);
        for (size_t b = 0; b < blocks.size(); b++) {
            const Block &block = blocks[b];
            pivot[b + 1] += block.at_last*plus_part[block.place + (block.length - 1)*WIDTH];
            pivot[block.parent] += block.at_first*minus_part[block.place];
        }
        for (size_t b = blocks.size(); b-- > 0;) {
            const Block &block = blocks[b];
            pivot[b + 1] = 1/pivot[b + 1];
            up[b + 1] = block.at_last*minus_part[block.place + (block.length - 1)*WIDTH];
            share[b + 1] = block.at_first*plus_part[block.place]*pivot[b + 1];
            pivot[block.parent] -= share[b + 1]*up[b + 1];
        }
        pivot[0] = 1/pivot[0];
    }

    // The potentials of the joints
    void join()
    {
        for (size_t b = 0; b < joints.size(); b++) sums[b] = joints[b] >= 0 ? given[joints[b]] : 0;
        for (size_t b = blocks.size(); b-- > 0;) {
            const Block &block = blocks[b];
            sums[b + 1] -= block.at_last*right[block.place + (block.length - 1)*WIDTH];
            sums[block.parent] -= block.at_first*right[block.place] + share[b + 1]*sums[b + 1];
        }
        potentials[0] = sums[0]*pivot[0];
        for (size_t b = 0; b < blocks.size(); b++)
            potentials[b + 1] = (sums[b + 1] - up[b + 1]*potentials[blocks[b].parent])*pivot[b + 1];
    }
};

// The cable whose potentials these are
ZOO_COLD inline Cable &cable(const double *v)
{
    static std::map<const double *, Cable *> cables;  // until the program ends
    Cable *&found = cables[v];
    if (!found) found = new Cable;
    return *found;
}

}  // namespace zoo

#endif
