// Copies the arrays of a program to the GPU after an assignment in C++, and back after a run.
#ifndef ZOO_CUDA_H
#define ZOO_CUDA_H

#include "zoo.h"

#include <cuda_runtime.h>
#include <thrust/device_vector.h>
#include <thrust/host_vector.h>

namespace zoo {

template <class T> void send(const T *host, T *device, size_t size)
{
    const cudaError_t status = cudaMemcpy(device, host, size*sizeof(T), cudaMemcpyHostToDevice);
    if (status != cudaSuccess) refuse(std::string("a copy to the GPU failed: ") + cudaGetErrorString(status) + ".");
}

template <class T> void send(const thrust::host_vector<T> &host, thrust::device_vector<T> &device) { device = host; }

template <class T> void fetch(T *host, const T *device, size_t size)
{
    const cudaError_t status = cudaMemcpy(host, device, size*sizeof(T), cudaMemcpyDeviceToHost);
    if (status != cudaSuccess) refuse(std::string("a copy from the GPU failed: ") + cudaGetErrorString(status) + ".");
}

template <class T> void fetch(thrust::host_vector<T> &host, const thrust::device_vector<T> &device) { host = device; }

}  // namespace zoo

#endif
