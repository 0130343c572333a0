"""The adaptive exponential integrate-and-fire neuron, with its eight firing patterns.

Source: R. Brette and W. Gerstner (2005), Adaptive exponential integrate-and-fire model as an effective description of
neuronal activity, Journal of Neurophysiology 94:3637-3642; the patterns are those of R. Naud, N. Marcille, C. Clopath
and W. Gerstner (2008), Firing patterns in the adaptive exponential integrate-and-fire model, Biological Cybernetics
99:335-347, figure 4 and table 1. The equations are lettered here:

    (a)  C v' = -g_L (v - E_L) + g_L Delta_T exp((v - V_T)/Delta_T) - w + I
    (b)  tau_w w' = a (v - E_L) - w
    (c)  v > V_peak:  v <- V_r,  w <- w + b          at the start v = E_L, w = 0
    (d)  I = amplitude s(t)                          s: the stimulus, a step from onset to end

    pattern                      C (pF)  g_L (nS)  E_L (mV)  a (nS)  tau_w (ms)  b (pA)  V_r (mV)  I (pA)
    tonic_spiking                200     10        -70         2      30           0     -58       500
    adaptation                   200     12        -70         2     300          60     -58       500
    initial_burst                130     18        -58         4     150         120     -50       400
    regular_bursting             200     10        -58         2     120         100     -46       210
    delayed_accelerating         200     12        -70       -10     300           0     -58       300
    delayed_regular_bursting     100     10        -65       -10      90          30     -47       110
    transient_spiking            100     10        -65        10      90         100     -47       180
    irregular_spiking            100     12        -60       -11     130          30     -48       160

V_T is -50 mV and Delta_T 2 mV in all of them. `presets` has their parameters, and "brette_gerstner" those of the paper of
2005: AdaptiveExponential(**presets["tonic_spiking"]). All parameters are data, so one population may mix the patterns.

Differs from the papers: the membrane potential of the exponential and of (b) stops at V_peak. A spike ends a time step in
which v runs to infinity; without this stop the adaptation current would follow it.

Cite: BretteGerstner2005, Naud2008
Chapter: single neurons
"""

from brian2 import farad, ms, mV, nS, pA, pF, second, siemens, volt

from zoo.models.equations.current_clamp import CurrentClamp


def _preset(C, g_L, E_L, a, tau_w, b, V_r, amplitude, V_T=-50, Delta_T=2):
    return dict(
        C=C * pF, g_L=g_L * nS, E_L=E_L * mV, V_T=V_T * mV, Delta_T=Delta_T * mV, a=a * nS, tau_w=tau_w * ms, b=b * pA,
        V_r=V_r * mV, v=E_L * mV, amplitude=amplitude * pA,
    )  # fmt: skip


presets = {
    "tonic_spiking": _preset(200, 10, -70, 2, 30, 0, -58, 500),
    "adaptation": _preset(200, 12, -70, 2, 300, 60, -58, 500),
    "initial_burst": _preset(130, 18, -58, 4, 150, 120, -50, 400),
    "regular_bursting": _preset(200, 10, -58, 2, 120, 100, -46, 210),
    "delayed_accelerating": _preset(200, 12, -70, -10, 300, 0, -58, 300),
    "delayed_regular_bursting": _preset(100, 10, -65, -10, 90, 30, -47, 110),
    "transient_spiking": _preset(100, 10, -65, 10, 90, 100, -47, 180),
    "irregular_spiking": _preset(100, 12, -60, -11, 130, 30, -48, 160),
    "brette_gerstner": _preset(281, 30, -70.6, 4, 144, 80.5, -70.6, 800, V_T=-50.4),
}

#: The eight patterns of Naud et al. (2008).
PATTERNS = tuple(presets)[:8]


class AdaptiveExponential(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    C: farad = 200 * pF  # membrane capacitance, one or one per cell
    g_L: siemens = 10 * nS  # leak conductance, one or one per cell
    E_L: volt = -70 * mV  # leak reversal potential, one or one per cell
    V_T: volt = -50 * mV  # threshold of the exponential, one or one per cell
    Delta_T: volt = 2 * mV  # its slope factor, one or one per cell
    a: siemens = 2 * nS  # adaptation below threshold, one or one per cell
    tau_w: second = 30 * ms  # time constant of adaptation, one or one per cell
    b: pA = 0 * pA  # step of w at a spike, one or one per cell
    V_r: volt = -58 * mV  # v after a spike, one or one per cell
    V_peak: volt = 0 * mV  # v at which a spike is registered
    v: volt = -70 * mV  # initial v, one or one per cell; w starts at 0
    limits = {"C g_L Delta_T tau_w": "> 0"}
    explore = {
        "amplitude": (0 * pA, 1000 * pA),
        "b": (0 * pA, 200 * pA),
        "a": (-10 * nS, 20 * nS),
        "V_peak": None,
    }

    amplitude: pA = 500 * pA  # injected current, one or one per cell
    onset = 0 * ms

    neuron: str = """
    dv/dt   = (g_L*Delta_T*exp((v_m - V_T)/Delta_T) - g_L*(v - E_L) - w + I)/C : volt             # (a)
    dw/dt   = (a*(v_m - E_L) - w)/tau_w                                        : amp              # (b)
    v_m     = clip(v, -1*volt, V_peak)                                         : volt
    I       = amplitude*s                                                      : amp              # (d)
    C                                                                          : farad (constant)
    g_L                                                                        : siemens (constant)
    E_L                                                                        : volt (constant)
    V_T                                                                        : volt (constant)
    Delta_T                                                                    : volt (constant)
    a                                                                          : siemens (constant)
    tau_w                                                                      : second (constant)
    b                                                                          : amp (constant)
    V_r                                                                        : volt (constant)
    amplitude                                                                  : amp (constant)
    """

    def build(self):
        return self.clamped(threshold="v > V_peak", reset="v = V_r\nw += b", method="rk4")
