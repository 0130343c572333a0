"""A causal convolution with sampled values as a function of Brian2 equations.

Brian2's equations cannot hold an array per neuron, but a function can. The history of every neuron is a ring buffer as
long as the kernel, and one call is one dot product.
"""

import numpy as np
from brian2 import Function

_HISTORY = "static double _history_%NAME%[%N%*%H%];\n"
# All time steps run on the GPU; the host only compiles the function.
_CUDA_HISTORY = """\
static __device__ double _gpu_history_%NAME%[%N%*%H%];
#ifdef __CUDA_ARCH__
#define _history_%NAME% _gpu_history_%NAME%
#else
static double _history_%NAME%[%N%*%H%];
#endif
"""
_CPP = """\
static inline double %NAME%(const double value, const int64_t neuron, const int64_t step)
{
    double* const history = _history_%NAME% + neuron*%H%;
    const int64_t now = step % %H%;
    history[now] = value;
    // The kernel backwards and twice: history[m] is now - m steps old, modulo its length.
    const double* const kernel = _namespace%NAME%_values + (%H% - 1 - now);
    double sum = 0;
    for (int64_t m = 0; m < %H%; m++) sum += kernel[m]*history[m];
    return sum;
}
"""


def convolution(name: str, kernel: np.ndarray, n: int) -> Function:
    """A function ``name(value, i, t_in_timesteps)`` for `n` neurons; call it once per neuron in every time step.

    It returns the sum over lags of kernel[lag] times the value of `lag` steps ago. `kernel`, of shape (steps,), and the
    values have no unit. The kernel is data of a standalone program, its length is structure.
    """
    kernel = np.asarray(kernel, dtype=float)
    steps = len(kernel)
    history = np.zeros((n, steps))
    lags = np.arange(steps)

    def of_numpy(value, neuron, step):
        now = int(np.asarray(step).ravel()[0])
        history[neuron, now % steps] = value
        return history[neuron][..., (now - lags) % steps] @ kernel

    function = Function(of_numpy, arg_units=[1, 1, 1], return_unit=1, stateless=False)
    function.implementations.add_numpy_implementation(of_numpy, discard_units=True)

    def filled_in(code):
        return code.replace("%NAME%", name).replace("%N%", str(n)).replace("%H%", str(steps))

    backwards_twice = np.concatenate([kernel[::-1], kernel[:0:-1]])
    namespace = {f"{name}_values": backwards_twice}
    for target, code in (("cpp", _HISTORY + _CPP), ("cuda", _CUDA_HISTORY + "__host__ __device__\n" + _CPP)):
        function.implementations.add_implementation(target, filled_in(code), namespace=namespace, name=name)
    return function
