"""The minimal Hodgkin-Huxley neurons of Pospischil et al.: regular and fast spiking, bursting, and low-threshold spiking.

Source: M. Pospischil, M. Toledo-Rodriguez, C. Monier, Z. Piwkowska, T. Bal, Y. Frégnac, H. Markram and A. Destexhe (2008),
Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons, Biological Cybernetics
99:427-441. The equations are lettered here, with u = v - V_T:

    (a)  C v' = I - g_leak (v - E_leak) - I_Na - I_Kd - I_M - I_L - I_T
    (b)  I_Na = g_Na m^3 h (v - E_Na)                (c)  I_Kd = g_Kd n^4 (v - E_K)
    (d)  I_M = g_M p (v - E_K)                       (e)  I_L = g_L q^2 r (v - E_Ca)
    (f)  x' = alpha_x (1 - x) - beta_x x             for x = m, h, n, q, r
    (g)  alpha_m = 0.32 (13 - u)/(exp((13 - u)/4) - 1)           beta_m = 0.28 (u - 40)/(exp((u - 40)/5) - 1)
    (h)  alpha_h = 0.128 exp((17 - u)/18)                        beta_h = 4/(1 + exp((40 - u)/5))
    (i)  alpha_n = 0.032 (15 - u)/(exp((15 - u)/5) - 1)          beta_n = 0.5 exp((10 - u)/40)
    (j)  p' = (p_inf - p)/tau_p                                  p_inf = 1/(1 + exp(-(v + 35)/10))
                                                                 tau_p = tau_max/(3.3 exp((v + 35)/20) + exp(-(v + 35)/20))
    (k)  alpha_q = 0.055 (-27 - v)/(exp((-27 - v)/3.8) - 1)      beta_q = 0.94 exp((-75 - v)/17)
    (l)  alpha_r = 0.000457 exp((-13 - v)/50)                    beta_r = 0.0065/(exp((-15 - v)/28) + 1)
    (m)  I_T = g_T s_inf^2 u_T (v - E_Ca)            s_inf = 1/(1 + exp(-(v + V_x + 57)/6.2))
    (n)  u_T' = (u_inf - u_T)/tau_u                  u_inf = 1/(1 + exp((v + V_x + 81)/4))
                                                     tau_u = (30.8 + (211.4 + exp((v + V_x + 113.2)/5))
                                                                     /(1 + exp((v + V_x + 84)/3.2)))/3.7
    (o)  I = amplitude s(t)/(pi d^2)                 v in mV, rates in 1/ms; s: the stimulus, a step from onset to end

    preset  cell                       d (µm)  g_leak  E_leak  g_Kd  g_M   g_L   g_T   I (nA), from, to (ms)
    RS      regular spiking            96      0.1     -70     5     0.07  0     0     0.75    300   700
    FS      fast spiking               67      0.15    -70     10    0     0     0     0.5     300   710
    IB      intrinsically bursting     96      0.01    -85     5     0.03  0.17  0     0.15    500   2500
    LTS     low-threshold spiking      96      0.01    -75     5     0.03  0     0.4   0.15    500   1000

Conductances are in mS/cm². The cell is a cylinder whose length is its diameter d. The M current adapts the RS and the IB
cell, and the L current makes the burst of the IB cell. The T current is inactivated at rest: the LTS cell also fires after a
current that has hyperpolarised it, such as -0.1 nA. A population may mix them.

Differs from the paper: the presets are working points of its cell classes, not its fits to single cells. The gate n is called
n_K, as n is the number of cells, and the gate u of the T current u_T.

Cite: Pospischil2008
Chapter: single neurons
"""

from brian2 import cm, metre, ms, msiemens, mV, nA, second, uF, um, volt

from zoo.models.equations.current_clamp import CurrentClamp


def _preset(d, g_leak, E_leak, g_Kd, g_M, g_L, g_T, v, amplitude, onset, end):
    return dict(
        d=d * um, g_leak=g_leak * msiemens / cm**2, E_leak=E_leak * mV, g_Kd=g_Kd * msiemens / cm**2,
        g_M=g_M * msiemens / cm**2, g_L=g_L * msiemens / cm**2, g_T=g_T * msiemens / cm**2, v=v * mV,
        amplitude=amplitude * nA, onset=onset * ms, end=end * ms,
    )  # fmt: skip


presets = {
    "RS": _preset(96, 0.1, -70, 5, 0.07, 0, 0, -70, 0.75, 300, 700),
    "FS": _preset(67, 0.15, -70, 10, 0, 0, 0, -70, 0.5, 300, 710),
    "IB": _preset(96, 0.01, -85, 5, 0.03, 0.17, 0, -84, 0.15, 500, 2500),
    "LTS": _preset(96, 0.01, -75, 5, 0.03, 0, 0.4, -75, 0.15, 500, 1000),
}


class Pospischil(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    d: metre = 96 * um  # diameter and length of the cell, one or one per cell
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_leak: msiemens / cm**2 = 0.1 * msiemens / cm**2  # leak conductance, one or one per cell
    g_Na: msiemens / cm**2 = 50 * msiemens / cm**2  # sodium conductance
    g_Kd: msiemens / cm**2 = 5 * msiemens / cm**2  # delayed rectifier, one or one per cell
    g_M: msiemens / cm**2 = 0.07 * msiemens / cm**2  # slow potassium (M) conductance, one or one per cell
    g_L: msiemens / cm**2 = 0 * msiemens / cm**2  # high-threshold calcium (L) conductance, one or one per cell
    g_T: msiemens / cm**2 = 0 * msiemens / cm**2  # low-threshold calcium (T) conductance, one or one per cell
    E_leak: volt = -70 * mV  # reversal potential of the leak, one or one per cell
    E_Na: volt = 50 * mV  # reversal potential of sodium
    E_K: volt = -100 * mV  # reversal potential of potassium
    E_Ca: volt = 120 * mV  # reversal potential of calcium
    V_T: volt = -55 * mV  # shifts the rates of sodium and the delayed rectifier
    V_x: volt = 2 * mV  # shifts the gates of the T current
    tau_max: second = 1 * second  # time constant of the M current
    v: volt = -70 * mV  # initial v, one or one per cell; the gates start at their steady state
    v_spike: volt = 0 * mV  # threshold that a spike crosses upwards
    limits = {"C d tau_max": "> 0", "g_leak g_Na g_Kd g_M g_L g_T": ">= 0"}
    explore = {
        "amplitude": (0 * nA, 3 * nA),
        "g_L": (0 * msiemens / cm**2, 0.5 * msiemens / cm**2),
        "g_T": (0 * msiemens / cm**2, 1 * msiemens / cm**2),
        "v_spike": None,
    }

    amplitude: nA = 0.75 * nA  # injected current, one or one per cell
    onset = 300 * ms
    end = 700 * ms

    neuron: str = """
    dv/dt   = (I - g_leak*(v - E_leak) - I_Na - I_Kd - I_M - I_L - I_T)/C      : volt                     # (a)
    I_Na    = g_Na*m**3*h*(v - E_Na)                                           : amp/meter**2             # (b)
    I_Kd    = g_Kd*n_K**4*(v - E_K)                                            : amp/meter**2             # (c)
    I_M     = g_M*p*(v - E_K)                                                  : amp/meter**2             # (d)
    I_L     = g_L*q**2*r*(v - E_Ca)                                            : amp/meter**2             # (e)
    dm/dt   = alpha_m*(1 - m) - beta_m*m                                       : 1                        # (f)
    dh/dt   = alpha_h*(1 - h) - beta_h*h                                       : 1
    dn_K/dt = alpha_n*(1 - n_K) - beta_n*n_K                                   : 1
    dq/dt   = alpha_q*(1 - q) - beta_q*q                                       : 1
    dr/dt   = alpha_r*(1 - r) - beta_r*r                                       : 1
    u       = v - V_T                                                          : volt
    alpha_m = 1.28/exprel((13*mV - u)/(4*mV))/ms                               : Hz                       # (g)
    beta_m  = 1.4/exprel((u - 40*mV)/(5*mV))/ms                                : Hz
    alpha_h = 0.128*exp((17*mV - u)/(18*mV))/ms                                : Hz                       # (h)
    beta_h  = 4/(1 + exp((40*mV - u)/(5*mV)))/ms                               : Hz
    alpha_n = 0.16/exprel((15*mV - u)/(5*mV))/ms                               : Hz                       # (i)
    beta_n  = 0.5*exp((10*mV - u)/(40*mV))/ms                                  : Hz
    dp/dt   = (p_inf - p)/tau_p                                                : 1                        # (j)
    p_inf   = 1/(1 + exp(-(v + 35*mV)/(10*mV)))                                : 1
    tau_p   = tau_max
            /(3.3*exp((v + 35*mV)/(20*mV)) + exp(-(v + 35*mV)/(20*mV)))        : second
    alpha_q = 0.209/exprel((-27*mV - v)/(3.8*mV))/ms                           : Hz                       # (k)
    beta_q  = 0.94*exp((-75*mV - v)/(17*mV))/ms                                : Hz
    alpha_r = 0.000457*exp((-13*mV - v)/(50*mV))/ms                            : Hz                       # (l)
    beta_r  = 0.0065/(exp((-15*mV - v)/(28*mV)) + 1)/ms                        : Hz
    I_T     = g_T*s_inf**2*u_T*(v - E_Ca)                                      : amp/meter**2             # (m)
    s_inf   = 1/(1 + exp(-(v + V_x + 57*mV)/(6.2*mV)))                         : 1
    du_T/dt = (u_inf - u_T)/tau_u                                              : 1                        # (n)
    u_inf   = 1/(1 + exp((v + V_x + 81*mV)/(4*mV)))                            : 1
    tau_u   = (30.8 + (211.4 + exp((v + V_x + 113.2*mV)/(5*mV)))
            /(1 + exp((v + V_x + 84*mV)/(3.2*mV))))/3.7*ms                     : second
    I       = amplitude*s/(pi*d**2)                                            : amp/meter**2             # (o)
    d                                                                          : meter (constant)
    g_leak                                                                     : siemens/meter**2 (constant)
    g_Kd                                                                       : siemens/meter**2 (constant)
    g_M                                                                        : siemens/meter**2 (constant)
    g_L                                                                        : siemens/meter**2 (constant)
    g_T                                                                        : siemens/meter**2 (constant)
    E_leak                                                                     : volt (constant)
    amplitude                                                                  : amp (constant)
    """

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")

    def initialise(self, network):
        for gate in ("m", "h", "n", "q", "r"):
            rates = f"alpha_{gate}/(alpha_{gate} + beta_{gate})"
            setattr(network["cells"], "n_K" if gate == "n" else gate, rates)
        network["cells"].p = "p_inf"
        network["cells"].u_T = "u_inf"
