// Threads that share the work of a time step. The function of a part of the step is called by all threads at once, and each call
// computes its own share of the elements; without threads one call computes all. The shares are cut such that every element is
// computed by the same instructions, and every sum is added in the same order, whatever the number of threads: so are its bits.
#ifndef ZOO_THREADS_H
#define ZOO_THREADS_H

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#ifndef __EMSCRIPTEN__
#include <csignal>
#include <pthread.h>
#endif

namespace zoo {

enum { MOST_THREADS = 256 };

// What this call computes: number `number` of `count` equal shares.
struct Share {
    size_t number, count;
    bool is_divided;  // a call within Threads::run
};
inline Share &share()
{
    static thread_local Share mine = {0, 1, false};
    return mine;
}

struct Range {
    size_t from, to;
};

// The share of this call in `n` elements, in whole blocks.
inline Range range(size_t n, size_t block)
{
    const Share &mine = share();
    if (mine.count == 1) return {0, n};
    const size_t blocks = (n + block - 1)/block;
    return {std::min(n, blocks*mine.number/mine.count*block), std::min(n, blocks*(mine.number + 1)/mine.count*block)};
}

// The number of threads of this program
inline size_t &threads() { static size_t number = 1; return number; }

// The same for the program of a script: the environment variable ZOO_THREADS, or `otherwise`.
inline size_t threads_of_environment(size_t otherwise)
{
    const char *const text = std::getenv("ZOO_THREADS");
    const int number = text ? std::atoi(text) : 0;
    return number < 1 ? otherwise : std::min<size_t>(number, MOST_THREADS);
}

typedef void (*Part)();

// The threads besides the one that calls run(). A thread takes its own share first and then any that nobody has taken, so that
// nothing waits for a thread that another program keeps from its core. One that finds nothing to do looks again for some
// microseconds, and then sleeps.
class Threads {
public:
    static Threads &all() { static Threads only; return only; }  // without a destructor: threads wait until the program ends

    // Calls `wanted` once for each thread; returns when all calls have returned.
    void run(Part wanted)
    {
#ifndef __EMSCRIPTEN__
        if (!begun) begin();
        part = wanted;
        left.store(count, std::memory_order_relaxed);
        const uint32_t now = epoch.load(std::memory_order_relaxed) + 1;
        epoch.store(now);
        if (sleeping.load()) wake(&work);
        take(now, 0);
        wait([this] { return left.load() == 0; }, &finished, waiting);
#else
        wanted();
#endif
    }

#ifndef __EMSCRIPTEN__
private:
    // Nanoseconds that a thread looks before it sleeps: what a step of a small network takes. Where looking was in vain, as on
    // a machine with other work, half of it the next time.
    enum { LEAST_PATIENCE = 500, MOST_PATIENCE = 20000 };

    struct alignas(64) Taken {
        std::atomic<uint32_t> in;  // the last epoch in which this share was taken
    };

    Part part = nullptr;
    uint32_t count = 1;
    bool begun = false;
    Taken taken[MOST_THREADS];
    alignas(64) std::atomic<uint32_t> epoch{0};
    alignas(64) std::atomic<uint32_t> left{0};
    alignas(64) std::atomic<uint32_t> sleeping{0}, waiting{0};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t work = PTHREAD_COND_INITIALIZER, finished = PTHREAD_COND_INITIALIZER;

    Threads() { for (Taken &one : taken) one.in.store(0); }

    void begin()
    {
        begun = true;
        // Signals are for the main thread.
        sigset_t every, before;
        sigfillset(&every);
        pthread_sigmask(SIG_SETMASK, &every, &before);
        for (count = 1; count < threads(); count++) {
            pthread_t thread;
            if (pthread_create(&thread, nullptr, work_on, (void *)(size_t)count)) break;  // the shares of the others remain
            pthread_detach(thread);
        }
        count = threads();
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    static void *work_on(void *number)
    {
        Threads &pool = all();
        for (uint32_t seen = 0;;) {
            pool.wait([&] { return pool.epoch.load() != seen; }, &pool.work, pool.sleeping);
            seen = pool.epoch.load();
            pool.take(seen, (size_t)number);
        }
        return nullptr;
    }

    // Computes shares of this epoch as long as there are any. A thread that comes too late finds them taken: every share is
    // taken in every epoch.
    void take(uint32_t now, size_t first)
    {
        for (size_t k = 0; k < count; k++) {
            const size_t number = first + k < count ? first + k : first + k - count;
            uint32_t before = now - 1;
            if (!taken[number].in.compare_exchange_strong(before, now)) continue;
            share() = {number, count, true};
            part();
            share() = {0, 1, false};
            if (left.fetch_sub(1) == 1 && waiting.load()) wake(&finished);
        }
    }

    template <class Condition> void wait(Condition holds, pthread_cond_t *condition, std::atomic<uint32_t> &sleepers)
    {
        typedef std::chrono::steady_clock Clock;
        if (holds()) return;
        static thread_local int patience = MOST_PATIENCE;
        const auto end = Clock::now() + std::chrono::nanoseconds(patience);
        do {
            for (int k = 0; k < 64; k++) {
                if (holds()) {
                    patience = std::min<int>(2*patience, MOST_PATIENCE);
                    return;
                }
                pause();
            }
        } while (Clock::now() < end);
        patience = std::max<int>(patience/2, LEAST_PATIENCE);
        pthread_mutex_lock(&mutex);
        sleepers.fetch_add(1);
        while (!holds()) pthread_cond_wait(condition, &mutex);
        sleepers.fetch_sub(1);
        pthread_mutex_unlock(&mutex);
    }

    void wake(pthread_cond_t *condition)
    {
        pthread_mutex_lock(&mutex);  // so that whoever has looked is asleep
        pthread_mutex_unlock(&mutex);
        pthread_cond_broadcast(condition);
    }

    static void pause()
    {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }
#endif
};

// With ZOO_SHARE=all threads share everything that they can, however small; for tests.
inline bool shares_all()
{
    static const bool all = std::getenv("ZOO_SHARE");
    return all;
}

// A part of every step whose elements are shared where that pays: the first steps measure how long it takes.
class Section {
public:
    // Whether it is known to pay, outside such calls
    bool pays() const
    {
        return threads() > 1 && !share().is_divided && (shares_all() || (measured == STEPS && shortest >= LEAST));
    }

    // Whether all of it has been done by calls of `part`; false in these calls, and where one thread does it.
    bool shared(Part part)
    {
        if (threads() == 1 || share().is_divided) return false;
        if (measured < STEPS && !shares_all()) {
            measured++;
            const auto begin = std::chrono::steady_clock::now();
            share().is_divided = true;
            part();
            share().is_divided = false;
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
            shortest = std::min(shortest, taken.count());
            return true;
        }
        if (shortest < LEAST && !shares_all()) return false;
        Threads::all().run(part);
        return true;
    }

private:
    enum { STEPS = 20 };
    static constexpr double LEAST = 2e-6;

    int measured = 0;
    double shortest = 1;
};

// The number of spikes that each share of a threshold has written, from the place of its first neuron on.
inline size_t *counts()
{
    static size_t number[MOST_THREADS];
    return number;
}

// Moves the spikes of all shares to the beginning; returns how many there are.
inline int32_t joined(int32_t *spikes, size_t n, size_t block)
{
    size_t all = 0;
    const Share before = share();
    for (size_t number = 0; number < threads(); number++) {
        share() = {number, threads(), true};
        const int32_t *const own = spikes + range(n, block).from;
        std::copy(own, own + counts()[number], spikes + all);
        all += counts()[number];
        counts()[number] = 0;
    }
    share() = before;
    return (int32_t)all;
}

}  // namespace zoo

#endif
