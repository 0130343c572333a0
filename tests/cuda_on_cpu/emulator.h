// The part of CUDA that generated programs use, on the processor: one thread of a block after the other. The memory of the
// "GPU" is memory of its own, so that a value that was not copied is missing. Threads that wait for each other are fibers.
#pragma once

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <ucontext.h>

#include <thrust/copy.h>
#include <thrust/count.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/host_vector.h>
#include <thrust/reduce.h>
#include <thrust/sequence.h>
#include <thrust/sort.h>
#include <thrust/system_error.h>
#include <thrust/unique.h>

// From here on the code of the GPU is meant.
#define __CUDA_ARCH__ 900
#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __forceinline__
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline

using std::max;
using std::min;

struct Index { unsigned x = 0, y = 0, z = 0; };
inline Index threadIdx, blockIdx, blockDim, gridDim;

namespace emulated {
inline ucontext_t scheduler;
inline ucontext_t *fiber = nullptr;  // that runs, or none
inline std::function<void()> body;
inline bool finished = false;

inline void enter()
{
    body();
    finished = true;
    swapcontext(fiber, &scheduler);
}

struct Launch {
    std::string name;
    size_t blocks, threads;

    Launch(const char *name, size_t blocks, size_t threads, size_t = 0) : name(name), blocks(blocks), threads(threads)
    {
        if (blocks == 0 || threads == 0 || threads > 1024) {
            std::fprintf(stderr, "ERROR: %s was started with %zu blocks of %zu threads\n", name, blocks, threads);
            std::exit(1);
        }
    }

    template <class Kernel, class... Arguments> void operator()(Kernel kernel, Arguments... arguments)
    {
        gridDim.x = blocks;
        blockDim.x = threads;
        const bool waits = threads > 1 && name.find("push_spikes") != std::string::npos;
        for (size_t block = 0; block < blocks; block++) {
            blockIdx.x = block;
            if (waits)
                together([&] { kernel(arguments...); });
            else
                for (size_t thread = 0; thread < threads; thread++) {
                    threadIdx.x = thread;
                    kernel(arguments...);
                }
        }
    }

    void together(const std::function<void()> &work)
    {
        const size_t stack = 256*1024;
        std::vector<ucontext_t> contexts(threads);
        std::vector<std::unique_ptr<char[]>> stacks(threads);
        std::vector<bool> done(threads, false);
        body = work;
        for (size_t thread = 0; thread < threads; thread++) {
            stacks[thread].reset(new char[stack]);
            getcontext(&contexts[thread]);
            contexts[thread].uc_stack.ss_sp = stacks[thread].get();
            contexts[thread].uc_stack.ss_size = stack;
            contexts[thread].uc_link = &scheduler;
            makecontext(&contexts[thread], enter, 0);
        }
        for (size_t left = threads; left;)
            for (size_t thread = 0; thread < threads; thread++)
                if (!done[thread]) {
                    threadIdx.x = thread;
                    fiber = &contexts[thread];
                    finished = false;
                    swapcontext(&scheduler, fiber);
                    if (finished) {
                        done[thread] = true;
                        left--;
                    }
                }
        fiber = nullptr;
    }
};
}  // namespace emulated

inline void __syncthreads()
{
    if (emulated::fiber) swapcontext(emulated::fiber, &emulated::scheduler);
}
inline void __threadfence() {}

template <class T> T atomicAdd(T *where, T value) { const T before = *where; *where += value; return before; }
template <class T> T atomicMax(T *where, T value) { const T before = *where; *where = std::max(before, value); return before; }
template <class T> T atomicMin(T *where, T value) { const T before = *where; *where = std::min(before, value); return before; }
template <class T, class U, class V> T atomicCAS(T *where, U expected, V value)
{
    const T before = *where;
    if (before == (T)expected) *where = (T)value;
    return before;
}
template <class To, class From> To bits(From from) { To to; std::memcpy(&to, &from, sizeof to); return to; }
inline double __longlong_as_double(long long x) { return bits<double>(x); }
inline long long __double_as_longlong(double x) { return bits<long long>(x); }
inline float __int_as_float(int x) { return bits<float>(x); }
inline int __float_as_int(float x) { return bits<int>(x); }

enum cudaError { cudaSuccess = 0, cudaErrorMemoryAllocation = 2 };
typedef cudaError cudaError_t;
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaLimit { cudaLimitMallocHeapSize };
struct cudaDeviceProp {
    int multiProcessorCount, maxThreadsPerBlock, maxThreadsPerMultiProcessor, warpSize;
    size_t sharedMemPerBlock;
};
struct cudaFuncAttributes {
    int maxThreadsPerBlock = 1024, numRegs = 0;
    size_t sharedSizeBytes = 0, localSizeBytes = 0, constSizeBytes = 0;
};

inline const char *cudaGetErrorString(cudaError) { return "an error of the emulator"; }
inline cudaError cudaSetDevice(int) { return cudaSuccess; }
inline cudaError cudaGetDeviceProperties(cudaDeviceProp *props, int)
{
    *props = {4, 1024, 2048, 32, 49152};
    return cudaSuccess;
}
inline cudaError cudaDeviceSetLimit(cudaLimit, size_t) { return cudaSuccess; }
inline cudaError cudaDeviceSynchronize() { return cudaSuccess; }
inline cudaError cudaGetLastError() { return cudaSuccess; }
inline cudaError cudaMemGetInfo(size_t *avail, size_t *total) { *avail = *total = size_t(1) << 33; return cudaSuccess; }
// What nobody has set is no number.
inline cudaError cudaMalloc(void **where, size_t size)
{
    *where = std::malloc(size + 1);
    std::memset(*where, 0xff, size);
    return *where ? cudaSuccess : cudaErrorMemoryAllocation;
}
inline cudaError cudaFree(void *where) { std::free(where); return cudaSuccess; }
inline cudaError cudaMemcpy(void *to, const void *from, size_t size, cudaMemcpyKind)
{
    std::memcpy(to, from, size);
    return cudaSuccess;
}
inline cudaError cudaMemset(void *to, int value, size_t size) { std::memset(to, value, size); return cudaSuccess; }
template <class T> cudaError cudaMemcpyToSymbol(T &symbol, const void *from, size_t size)
{
    std::memcpy(&symbol, from, size);
    return cudaSuccess;
}
template <class Kernel> cudaError cudaOccupancyMaxPotentialBlockSize(int *least, int *threads, Kernel, size_t, int)
{
    *least = 4;
    *threads = 128;
    return cudaSuccess;
}
template <class Kernel> cudaError cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Kernel, int, size_t)
{
    *blocks = 1;
    return cudaSuccess;
}
template <class Kernel> cudaError cudaFuncGetAttributes(cudaFuncAttributes *attributes, Kernel)
{
    *attributes = {};
    return cudaSuccess;
}

#define CURAND_H_
enum curandStatus_t {
    CURAND_STATUS_SUCCESS, CURAND_STATUS_VERSION_MISMATCH, CURAND_STATUS_NOT_INITIALIZED, CURAND_STATUS_ALLOCATION_FAILED,
    CURAND_STATUS_TYPE_ERROR, CURAND_STATUS_OUT_OF_RANGE, CURAND_STATUS_LENGTH_NOT_MULTIPLE,
    CURAND_STATUS_DOUBLE_PRECISION_REQUIRED, CURAND_STATUS_LAUNCH_FAILURE, CURAND_STATUS_PREEXISTING_FAILURE,
    CURAND_STATUS_INITIALIZATION_FAILED, CURAND_STATUS_ARCH_MISMATCH, CURAND_STATUS_INTERNAL_ERROR
};
enum curandRngType_t { CURAND_RNG_PSEUDO_DEFAULT };
typedef std::mt19937_64 *curandGenerator_t;
typedef std::mt19937_64 curandState;
inline curandStatus_t curandCreateGenerator(curandGenerator_t *generator, curandRngType_t)
{
    *generator = new std::mt19937_64;
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandDestroyGenerator(curandGenerator_t generator) { delete generator; return CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator, unsigned long long seed)
{
    generator->seed(seed);
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandSetGeneratorOffset(curandGenerator_t, unsigned long long) { return CURAND_STATUS_SUCCESS; }
// Above 0, and 1 is among them.
template <class T> curandStatus_t uniform(curandGenerator_t generator, T *numbers, size_t size)
{
    std::uniform_real_distribution<T> distribution;
    for (size_t i = 0; i < size; i++) numbers[i] = 1 - distribution(*generator);
    return CURAND_STATUS_SUCCESS;
}
template <class T> curandStatus_t normal(curandGenerator_t generator, T *numbers, size_t size, T mean, T sd)
{
    if (size % 2) return CURAND_STATUS_LENGTH_NOT_MULTIPLE;
    std::normal_distribution<T> distribution(mean, sd);
    for (size_t i = 0; i < size; i++) numbers[i] = distribution(*generator);
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandGenerateUniform(curandGenerator_t g, float *x, size_t n) { return uniform(g, x, n); }
inline curandStatus_t curandGenerateUniformDouble(curandGenerator_t g, double *x, size_t n) { return uniform(g, x, n); }
inline curandStatus_t curandGenerateNormal(curandGenerator_t g, float *x, size_t n, float m, float s) { return normal(g, x, n, m, s); }
inline curandStatus_t curandGenerateNormalDouble(curandGenerator_t g, double *x, size_t n, double m, double s)
{
    return normal(g, x, n, m, s);
}
inline curandStatus_t curandGeneratePoisson(curandGenerator_t generator, unsigned *numbers, size_t size, double mean)
{
    std::poisson_distribution<unsigned> distribution(mean);
    for (size_t i = 0; i < size; i++) numbers[i] = distribution(*generator);
    return CURAND_STATUS_SUCCESS;
}
inline void curand_init(unsigned long long seed, unsigned long long sequence, unsigned long long, curandState *state)
{
    new (state) curandState(seed*1000003 + sequence);
}
inline unsigned curand_poisson(curandState *state, double mean) { return std::poisson_distribution<unsigned>(mean)(*state); }
inline double curand_uniform_double(curandState *state) { return 1 - std::uniform_real_distribution<double>()(*state); }
inline float curand_uniform(curandState *state) { return 1 - std::uniform_real_distribution<float>()(*state); }
