// The random numbers of Brian2, many at a time: the same numbers in the same order.
#ifndef ZOO_RANDOM_H
#define ZOO_RANDOM_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstdint>
#include <istream>
#include <ostream>
#include <vector>

#include "mathematics.h"
#include "threads.h"

// A rare part of a loop that needs the registers for itself.
#ifdef __GNUC__
#define ZOO_APART __attribute__((noinline))
#else
#define ZOO_APART
#endif

namespace zoo {

// std::mt19937 that generates a block of numbers at a time with vector code; its state in a stream has the same format.
class Twister {
public:
    typedef uint32_t result_type;

    explicit Twister(unsigned long start = 5489) { seed(start); }

    void seed(unsigned long start)
    {
        state[0] = (uint32_t)start;
        for (uint32_t k = 1; k < N; k++) state[k] = 1812433253u*(state[k - 1] ^ (state[k - 1] >> 30)) + k;
        next = N;
    }

    uint32_t operator()()
    {
        if (next == N) twist();
        return numbers[next++];
    }

    // As Brian2's rand(): a number in [0, 1) with 53 bits from two numbers of 32.
    static double fraction(uint32_t high, uint32_t low)
    {
        return ((int32_t)(high >> 5)*67108864.0 + (int32_t)(low >> 6))/9007199254740992.0;
    }

    void fractions(double *to, size_t n)
    {
        while (n) {
            const size_t whole = std::min<size_t>(n, (N - next)/2);
            for (size_t k = 0; k < whole; k++) to[k] = fraction(numbers[next + 2*k], numbers[next + 2*k + 1]);
            next += 2*whole;
            to += whole;
            n -= whole;
            if (n) {
                const uint32_t high = (*this)();
                *to++ = fraction(high, (*this)());
                n--;
            }
        }
    }

    // The next numbers in [0, 1) of this block, at least one. None is consumed.
    size_t peek(double *to)
    {
        if (next == N) twist();
        const size_t whole = (N - next)/2;
        for (size_t k = 0; k < whole; k++) to[k] = fraction(numbers[next + 2*k], numbers[next + 2*k + 1]);
        return whole;
    }
    void take(size_t n) { next += 2*n; }

    // As if n numbers in [0, 1) were drawn, in a fraction of the time.
    void skip(size_t n)
    {
        size_t words = 2*n;
        bool is_old = false;
        for (; words > N - next; is_old = true) {
            words -= N - next;
            mix();
        }
        if (is_old) temper();
        next += words;
    }

    friend std::ostream &operator<<(std::ostream &stream, const Twister &twister)
    {
        for (uint32_t word : twister.state) stream << word << ' ';
        return stream << twister.next;
    }

    friend std::istream &operator>>(std::istream &stream, Twister &twister)
    {
        for (uint32_t &word : twister.state) stream >> word;
        stream >> twister.next;
        twister.temper();
        return stream;
    }

private:
    enum { N = 624, M = 397 };
    uint32_t state[N], numbers[N];
    uint32_t next;

    static uint32_t mixed(uint32_t here, uint32_t following, uint32_t far)
    {
        const uint32_t y = (here & 0x80000000u) | (following & 0x7fffffffu);
        return far ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0u);
    }

    ZOO_APART void twist()
    {
        mix();
        temper();
    }

    // The next state, whose numbers are to be tempered
    void mix()
    {
        // A number depends on the one 227 before it, which is more than the length of a vector.
        for (int k = 0; k < N - M; k++) state[k] = mixed(state[k], state[k + 1], state[k + M]);
        #pragma GCC ivdep
        for (int k = N - M; k < N - 1; k++) state[k] = mixed(state[k], state[k + 1], state[k - (N - M)]);
        state[N - 1] = mixed(state[N - 1], state[0], state[M - 1]);
        next = 0;
    }

    void temper()
    {
        for (int k = 0; k < N; k++) {
            uint32_t y = state[k];
            y ^= y >> 11;
            y ^= (y << 7) & 0x9d2c5680u;
            y ^= (y << 15) & 0xefc60000u;
            numbers[k] = y ^ (y >> 18);
        }
    }
};

// Numbers in [0, 1) one after another, for a loop that does not know how many it needs.
class Fractions {
public:
    explicit Fractions(Twister &twister) : twister(twister) {}
    ~Fractions() { settle(); }

    double operator()()
    {
        double across;
        return at < end || fill(across) ? ahead[at++] : across;
    }

    // The logarithm of the next number; it may differ from the mathematics library's by the last bit.
    double log()
    {
        double across;
        if (at == end && !fill(across)) return zoo::log(across);
        if (!has_logs) {
            for (size_t k = 0; k < end; k++) logs[k] = zoo::log(ahead[k]);
            has_logs = true;
        }
        return logs[at++];
    }

    // The next n numbers, which are kept in `to`.
    const double *many(std::vector<double> &to, size_t n)
    {
        settle();
        to.resize(n);
        twister.fractions(to.data(), n);
        return to.data();
    }

    // The number of factors in a product of the next numbers that is still above `least`, n times: Brian2's _poisson. The
    // products from several places are computed together; then only the places where they begin follow from each other.
    void products(double least, double *to, size_t n)
    {
        alignas(64) double product[PART], above[PART];
        int32_t length[PART];
        while (n) {
            const size_t begin = at, stop = std::min(end, begin + PART);
            if (stop + LONGEST > end) std::fill(ahead + end, ahead + end + PART + LONGEST, 0.0);  // ends every product
            for (size_t k = 0; k < PART; k++) {
                product[k] = ahead[begin + k];
                above[k] = 0;
            }
            double some = 1;
            for (size_t j = 1; some > 0 && j <= LONGEST; j++) {
                some = 0;
                for (size_t k = 0; k < PART; k++) {
                    const double one = product[k] > least ? 1.0 : 0.0;
                    above[k] += one;
                    some += one;
                    product[k] *= ahead[begin + k + j];
                }
            }
            for (size_t k = 0; k < PART; k++) length[k] = (int32_t)above[k] + 1;
            if (some == 0)
                for (; n && at < stop && at + length[at - begin] <= end; n--) {
                    *to++ = above[at - begin];
                    at += length[at - begin];
                }
            if (n && (at < stop || begin == stop)) {  // one that ends behind the numbers of this block
                *to++ = product_of(least);
                n--;
            }
        }
    }

    double product_of(double least)
    {
        double count = 0;
        for (double product = (*this)(); product > least; product *= (*this)()) count++;
        return count;
    }

    // The generator continues after the last number.
    void settle()
    {
        twister.take(at);
        at = end = 0;
    }

private:
    enum { MOST = 312, PART = 64, LONGEST = 64 };

    Twister &twister;
    double ahead[MOST + PART + LONGEST], logs[MOST];
    size_t at = 0, end = 0;
    bool has_logs = false;

    // Returns whether there are numbers; where half a number is left of a block, `across` is the next.
    ZOO_APART bool fill(double &across)
    {
        settle();
        has_logs = false;
        end = twister.peek(ahead);
        if (!end) twister.fractions(&across, 1);
        return end > 0;
    }
};

// A function of one number in [0, 1) with whole values that rise or fall by one at a time, as a list of the places where it
// does. The function says by `again` that it wants another number, which it does from some number on.
class Inversion {
public:
    double first = 0, step = 0, again = 1;
    std::vector<double> bounds;

    template <class Function> explicit Inversion(Function function)
    {
        const int64_t end = int64_t(1) << 53;
        bool refused = false;
        const auto value = [&](int64_t numerator) { return function((double)numerator/(double)end, refused = false); };
        long last = value(0);
        first = last;
        for (int64_t from = 0;;) {
            int64_t low = from, high = end;
            while (high - low > 1) {
                const int64_t middle = low + (high - low)/2;
                const bool same = value(middle) == last && !refused;
                (same ? low : high) = middle;
            }
            if (high == end) return;
            const long next = value(high);
            if (refused) {
                again = (double)high/(double)end;
                return;
            }
            step = next < last ? -1 : 1;
            for (; last != next; last += (long)step) bounds.push_back((double)high/(double)end);
            from = high;
        }
    }
};

// Of the elements of a loop, only those that are taken draw a number.
inline size_t counted(const char *taken, size_t n)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++) count += taken[k];
    return count;
}
inline size_t packed(const char *taken, double *values, size_t n)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++) {
        values[count] = values[k];
        count += taken[k];
    }
    return count;
}
inline void spread(const char *taken, double *values, size_t n, size_t count)
{
    for (size_t k = n; k-- > 0;) {  // backwards, because both are in one array
        count -= taken[k];
        values[k] = values[count < n ? count : 0];
    }
}

// The generators of threads that share a loop: each is at the place of the stream where the share of its thread begins. The
// last one ends where the loop ends.
class Streams {
public:
    // The generator for the share of this call, before which the others draw `numbers` in [0, 1)
    static Twister &of_share(Twister &whole, size_t numbers)
    {
        if (share().count == 1) return whole;
        Twister &own = all()[share().number];
        own = whole;
        own.skip(numbers);
        if (share().number + 1 == share().count) last() = &own;
        return own;
    }

    // After a loop that threads have shared
    static void end(Twister &whole)
    {
        if (last()) whole = *last();
        last() = nullptr;
    }

private:
    static Twister *all() { static Twister *const own = new Twister[threads()]; return own; }
    static Twister *&last() { static Twister *one = nullptr; return one; }
};

// What the functions of Bulk take in the place of a RandomGenerator, for numbers in [0, 1) only. A binomial function whose
// parameters are data may need normal numbers instead, which its program then draws from the generator; it names both.
struct Source {
    Twister &gen;
    static constexpr bool has_stored_gauss = false;
    static double randn() { std::abort(); }
};

// Draws many numbers of Brian2's RandomGenerator at a time; objects.h declares it a friend (see zoo/codegen/unity.py).
struct Bulk {
    template <class Generator> static Twister &twister(Generator &generator) { return generator.gen; }

    template <class Generator> static void rands(Generator &generator, double *to, size_t n)
    {
        generator.gen.fractions(to, n);
    }

    // The polar method, as in Generator::randn: pairs of numbers in a circle, the second of which comes first.
    template <class Generator> static void randns(Generator &generator, double *to, size_t n)
    {
        if (n && generator.has_stored_gauss) {
            *to++ = generator.randn();
            n--;
        }
        enum { PAIRS = 128 };
        alignas(64) double drawn[2*PAIRS], x1[PAIRS], x2[PAIRS], r2[PAIRS];
        while (n > 1) {
            // Never more candidates than pairs that are still needed: unused numbers would change the stream.
            const size_t wanted = std::min<size_t>(n/2, PAIRS);
            generator.gen.fractions(drawn, 2*wanted);
            size_t found = 0;
            for (size_t k = 0; k < wanted; k++) {
                const double one = 2.0*drawn[2*k] - 1.0, two = 2.0*drawn[2*k + 1] - 1.0;
                const double square = one*one + two*two;
                x1[found] = one;
                x2[found] = two;
                r2[found] = square;
                found += square < 1.0 && square != 0.0;
            }
            for (size_t k = 0; k < found; k++) {
                drawn[k] = std::log(r2[k]);
#ifdef __GNUC__
                asm("" : "+m"(drawn[k]));  // prevents vectorisation, whose logarithm would differ in the last bit
#endif
            }
            for (size_t k = 0; k < found; k++) {
                const double f = std::sqrt(-2.0*drawn[k]/r2[k]);
                to[2*k] = f*x2[k];
                to[2*k + 1] = f*x1[k];
            }
            to += 2*found;
            n -= 2*found;
        }
        if (n) *to = generator.randn();
    }

    // Brian2's binomial numbers: each is decided by one uniform number, unless the function wants another one.
    template <class Generator> static void inverted(Generator &generator, const Inversion &inversion, double *to, size_t n)
    {
        for (size_t kept = 0; kept < n;) {
            generator.gen.fractions(to + kept, n - kept);
            if (inversion.again >= 1) break;
            const size_t end = n;
            for (size_t k = kept; k < end; k++) {
                const double number = to[k];
                to[kept] = number;
                kept += number < inversion.again;
            }
        }
        enum { BLOCK = 64 };
        for (size_t from = 0; from < n; from += BLOCK) {
            alignas(64) double numbers[BLOCK], counts[BLOCK];
            const size_t size = std::min<size_t>(BLOCK, n - from);
            double largest[8] = {};  // a vector of them
            for (size_t k = 0; k < BLOCK; k++) {
                numbers[k] = k < size ? to[from + k] : 0;
                counts[k] = 0;
            }
            for (size_t k = 0; k < BLOCK; k += 8)
                for (size_t j = 0; j < 8; j++) largest[j] = numbers[k + j] > largest[j] ? numbers[k + j] : largest[j];
            const double most = *std::max_element(largest, largest + 8);
            for (double bound : inversion.bounds) {
                if (bound > most) break;
                for (size_t k = 0; k < BLOCK; k++) counts[k] += numbers[k] >= bound ? 1.0 : 0.0;
            }
            for (size_t k = 0; k < size; k++) to[from + k] = inversion.first + inversion.step*counts[k];
        }
    }

    // Brian2's _poisson for each mean: products of uniform numbers, until one is below exp(-mean). `large` is that function,
    // for means of 10 and more. The exponential may differ from Brian2's by its last bit, and a number if a product falls between.
    template <class Generator, class Large>
    static void poissons(Generator &generator, const double *means, double *to, size_t n, Large large)
    {
        enum { BLOCK = 256, MANY = 32 };
        // So many numbers with one mean from here to there are faster together, by a third or more.
        const double low = 0.3, high = 5;
        Fractions uniform(generator.gen);
        for (size_t from = 0; from < n; from += BLOCK) {
            alignas(64) double least[BLOCK];
            const size_t size = std::min<size_t>(BLOCK, n - from);
            int64_t others = 0, differ = 0;
            for (size_t k = 0; k < size; k++) {
                const double mean = means[from + k];
                least[k] = zoo::exp(-mean);
                others |= !(mean > 0) | !(mean < 10);
                differ |= mean != means[from];
            }
            if (!differ && size >= MANY && means[from] > low && means[from] < high)
                uniform.products(least[0], to + from, size);
            else if (!others)
                for (size_t k = 0; k < size; k++) to[from + k] = uniform.product_of(least[k]);
            else
                for (size_t k = 0; k < size; k++) {
                    const double mean = means[from + k];
                    if (mean >= 10) uniform.settle();
                    to[from + k] = mean >= 10 ? large(mean) : mean == 0 ? 0 : uniform.product_of(least[k]);
                }
        }
    }
};

// The numbers of Bulk::poissons for all elements of a loop, drawn by threads: the same numbers from the same stream.
//
// How many uniform numbers a Poisson number takes is known when it is drawn, so that nobody knows where in the stream an element
// begins. But from any place of the stream, right or wrong, the draws soon begin at the same places. Each thread draws from a
// guessed place on; then one thread goes through the junctions, where it draws until it finds itself at a place where the next
// thread has begun a draw, and takes over what follows. It does so too where the mean changes, at a place that was guessed.
class Poissons {
public:
    std::vector<double> means, numbers;
    bool is_ready = false;

    // Whether they have been drawn, which is for means between 0 and 10, equal ones side by side; otherwise the stream is as before.
    bool draw(Twister &whole)
    {
        if (means.empty() || !find_pieces()) return false;
        const double expected = pieces.back().position, spread = 8*std::sqrt(expected) + 256;
        total = ((size_t)(expected + spread) + BLOCK)/BLOCK*BLOCK;
        kept_at = expected > spread ? (size_t)(expected - spread) : 0;
        stream = &whole;
        uniform.resize(total + LONGEST);
        std::fill(uniform.end() - LONGEST, uniform.end(), 0.0);  // ends every product
        above.resize(total);
        numbers.resize(means.size());
        chains.assign(threads(), Chain());
        current() = this;
        Threads::all().run(fill_share);
        Threads::all().run(count_share);
        for (const Chain &chain : chains)
            if (chain.has_long) return false;
        const size_t used = join();
        if (used > total) return false;
        if (used >= kept_at) whole = kept;
        whole.skip(used >= kept_at ? used - kept_at : used);
        return is_ready = true;
    }

private:
    // No product has more factors than LONGEST, almost always.
    enum { BLOCK = 64, LONGEST = 64, MOST_PIECES = 64 };

    // Elements of one mean
    struct Piece {
        size_t first;
        double least;     // exp(-mean)
        double position;  // where in the stream its first element is expected
    };
    // Draws one after the other, from a place of the stream
    struct Chain {
        size_t start = 0;
        std::vector<unsigned char> counts;
        bool has_long = false;
    };

    std::vector<Piece> pieces;  // and one behind the last
    std::vector<double> uniform;
    std::vector<unsigned char> above;  // by place: the number that a draw gives that begins there
    std::vector<Chain> chains;
    Twister *stream = nullptr, kept;
    size_t kept_at = 0, total = 0;

    static Poissons *&current() { static Poissons *one = nullptr; return one; }
    static void fill_share() { current()->fill(range(current()->above.size(), BLOCK)); }
    static void count_share() { current()->count(range(current()->above.size(), BLOCK)); }

    bool find_pieces()
    {
        pieces.clear();
        double position = 0;
        for (size_t k = 0; k < means.size(); k++) {
            if (k && means[k] == means[k - 1]) continue;
            if (!(means[k] > 0 && means[k] < 10) || pieces.size() == MOST_PIECES) return false;
            if (k) position += (double)(k - pieces.back().first)*(means[k - 1] + 1);
            pieces.push_back({k, zoo::exp(-means[k]), position});
        }
        position += (double)(means.size() - pieces.back().first)*(means.back() + 1);
        pieces.push_back({means.size(), 0, position});
        return true;
    }

    // The piece to which a block of places is expected to belong, where it is not one before `piece`
    size_t piece_of(size_t place, size_t piece) const
    {
        while (piece + 2 < pieces.size() && pieces[piece + 1].position <= (double)(place/BLOCK*BLOCK)) piece++;
        return piece;
    }

    void fill(Range places)
    {
        if (places.from == places.to) return;
        Twister own = *stream;
        own.skip(places.from);
        const size_t middle = std::max(places.from, std::min(places.to, kept_at));
        own.fractions(uniform.data() + places.from, middle - places.from);
        if (places.from <= kept_at && kept_at < places.to) kept = own;
        own.fractions(uniform.data() + middle, places.to - middle);
    }

    void count(Range places)
    {
        Chain &chain = chains[share().number];
        size_t piece = 0;
        for (size_t from = places.from; from < places.to; from += BLOCK) {
            piece = piece_of(from, piece);
            const double least = pieces[piece].least;
            const double *const ahead = uniform.data() + from;
            alignas(64) double product[BLOCK], factors[BLOCK];
            for (size_t k = 0; k < BLOCK; k++) {
                product[k] = ahead[k];
                factors[k] = 0;
            }
            double some = 1;
            for (size_t j = 1; some > 0; j++) {
                some = 0;
                for (size_t k = 0; k < BLOCK; k++) {
                    const double one = product[k] > least ? 1.0 : 0.0;
                    factors[k] += one;
                    some += one;
                }
                if (j > LONGEST) break;
                for (size_t k = 0; k < BLOCK; k++) product[k] *= ahead[k + j];
            }
            chain.has_long |= some > 0;
            for (size_t k = 0; k < BLOCK; k++) above[from + k] = (unsigned char)factors[k];
        }
        chain.start = places.from;
        for (size_t place = places.from; place < places.to; place += above[place] + 1) chain.counts.push_back(above[place]);
    }

    // Puts the numbers of the elements together; returns how many uniform numbers they take, more than `total` if too few are known.
    size_t join()
    {
        const size_t n = means.size(), known = total - LONGEST;
        size_t place = 0, element = 0, piece = 0, expected = 0;
        size_t number = 0, next = 0, begin = 0;  // of a chain, of its draws, and where that draw begins
        while (element < n) {
            if (place >= known) return total + 1;
            while (element >= pieces[piece + 1].first) piece++;
            expected = piece_of(place, expected);
            while (number + 1 < chains.size() && place >= chains[number + 1].start) {
                number++;
                next = 0;
                begin = chains[number].start;
            }
            size_t count;
            if (expected == piece) {
                const std::vector<unsigned char> &counts = chains[number].counts;
                for (; next < counts.size() && begin < place; next++) begin += counts[next] + 1;
                if (next < counts.size() && begin == place) {
                    const size_t taken = take_over(counts, next, begin, element, piece, expected, known);
                    next += taken;
                    element += taken;
                    place = begin;
                    if (taken) continue;
                }
                count = above[place];
            } else {
                count = 0;
                double product = uniform[place];
                for (; product > pieces[piece].least && place + count + 1 < total; product *= uniform[place + count]) count++;
            }
            numbers[element++] = (double)count;
            place += count + 1;
        }
        return place;
    }

    // Copies draws of a chain from number `next` on, which begins at `begin`, while they belong to the piece; returns how many.
    size_t take_over(const std::vector<unsigned char> &counts, size_t next, size_t &begin, size_t element, size_t piece,
                     size_t expected, size_t known)
    {
        const size_t most = std::min(counts.size() - next, pieces[piece + 1].first - element);
        const bool is_last = expected + 2 >= pieces.size();
        const size_t end = is_last ? known : std::min(known, (size_t)std::ceil(pieces[expected + 1].position/BLOCK)*BLOCK);
        size_t taken = 0;
        while (taken < most && begin < end) {
            const size_t size = std::min<size_t>(most - taken, BLOCK);
            size_t places = size;
            for (size_t k = 0; k < size; k++) places += counts[next + taken + k];
            if (begin + places > end) break;
            for (size_t k = 0; k < size; k++) numbers[element + taken + k] = counts[next + taken + k];
            taken += size;
            begin += places;
        }
        for (; taken < most && begin < end; taken++) {
            numbers[element + taken] = counts[next + taken];
            begin += counts[next + taken] + 1;
        }
        return taken;
    }
};

}  // namespace zoo

#endif
