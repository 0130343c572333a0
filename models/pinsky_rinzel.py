"""The pyramidal cell of Pinsky and Rinzel: a soma that fires and a dendrite with calcium spikes.

Source: P. F. Pinsky and J. Rinzel (1994), Intrinsic and network rhythmogenesis in a reduced Traub model for CA3 neurons,
Journal of Computational Neuroscience 1:39-60. The equations are lettered here, with potentials relative to rest (-60 mV):

    (a)  C v' = -g_L (v - V_L) - g_Na m_inf^2 h (v - V_Na) - g_KDR n (v - V_K) + (g_c (v_d - v) + I)/p
    (b)  C v_d' = -g_L (v_d - V_L) - I_Ca - (g_KAHP q + g_KC c chi) (v_d - V_K) + (g_c (v - v_d) + I_d)/(1 - p)
    (c)  I_Ca = g_Ca s^2 (v_d - V_Ca)                chi = min(Ca/250, 1)
    (d)  Ca' = -0.13 I_Ca - 0.075 Ca
    (e)  x' = alpha_x (1 - x) - beta_x x             for x = h, n (with v), s, c (with v_d) and q
    (f)  alpha_m = 0.32 (13.1 - v)/(exp((13.1 - v)/4) - 1)       beta_m = 0.28 (v - 40.1)/(exp((v - 40.1)/5) - 1)
    (g)  alpha_h = 0.128 exp((17 - v)/18)                        beta_h = 4/(1 + exp((40 - v)/5))
    (h)  alpha_n = 0.016 (35.1 - v)/(exp((35.1 - v)/5) - 1)      beta_n = 0.25 exp(0.5 - 0.025 v)
    (i)  alpha_s = 1.6/(1 + exp(-0.072 (v_d - 65)))              beta_s = 0.02 (v_d - 51.1)/(exp((v_d - 51.1)/5) - 1)
    (j)  v_d <= 50: alpha_c = exp((v_d - 10)/11 - (v_d - 6.5)/27)/18.975      beta_c = 2 exp((6.5 - v_d)/27) - alpha_c
         v_d > 50:  alpha_c = 2 exp((6.5 - v_d)/27)                           beta_c = 0
    (k)  alpha_q = min(0.00002 Ca, 0.01)                         beta_q = 0.001
    (l)  I = amplitude s(t),  I_d = amplitude_d s(t)             mV, ms, µA/cm²; s(t): the stimulus, a step from onset to end

    preset          I (µA/cm²)   g_c (mS/cm²)   I_d (µA/cm²)
    slow_bursts     0.75         2.1            0               bursts of two spikes, half a second apart
    fast            2.5          2.1            0               spikes and bursts in turn
    strong_coupling 2.5          10.5           0               single spikes
    dendrite        -0.5         2.1            2.49            the current enters the dendrite

Bursts come from the coupling: the dendrite charges the soma when its calcium spike is late. The train of "fast" is
chaotic: another time step changes it after twenty spikes. m_inf is alpha_m/(alpha_m + beta_m). Ca has no unit. A spike
is an upward crossing of v_spike by the soma. A population may mix the presets.

Differs from the paper: no synapses. The gates n and s of the paper are called n_K and s_Ca, as n is the number of cells
and s the stimulus. All gates start at 0.

Cite: PinskyRinzel1994
Chapter: single neurons
"""

from brian2 import cm, ms, msiemens, mV, second, uA, uF, volt

from zoo.models.equations.current_clamp import CurrentClamp


def _preset(amplitude, g_c, amplitude_d):
    return dict(
        amplitude=amplitude * uA / cm**2, g_c=g_c * msiemens / cm**2, amplitude_d=amplitude_d * uA / cm**2,
    )  # fmt: skip


presets = {
    "slow_bursts": _preset(0.75, 2.1, 0),
    "fast": _preset(2.5, 2.1, 0),
    "strong_coupling": _preset(2.5, 10.5, 0),
    "dendrite": _preset(-0.5, 2.1, 2.49),
}


class PinskyRinzel(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    C: uF / cm**2 = 3 * uF / cm**2  # membrane capacitance
    p: 1 = 0.5  # fraction of the membrane that is the soma
    g_c: msiemens / cm**2 = 2.1 * msiemens / cm**2  # coupling of the compartments, one or one per cell
    g_L: msiemens / cm**2 = 0.1 * msiemens / cm**2  # leak conductance
    g_Na: msiemens / cm**2 = 30 * msiemens / cm**2  # sodium conductance of the soma
    g_KDR: msiemens / cm**2 = 15 * msiemens / cm**2  # delayed rectifier of the soma
    g_Ca: msiemens / cm**2 = 10 * msiemens / cm**2  # calcium conductance of the dendrite
    g_KAHP: msiemens / cm**2 = 0.8 * msiemens / cm**2  # its slow potassium current, opened by calcium
    g_KC: msiemens / cm**2 = 15 * msiemens / cm**2  # its fast potassium current, by calcium and potential
    V_L: volt = 0 * mV  # reversal potential of the leak
    V_Na: volt = 120 * mV  # reversal potential of sodium
    V_K: volt = -15 * mV  # reversal potential of potassium
    V_Ca: volt = 140 * mV  # reversal potential of calcium
    v: volt = 0 * mV  # initial potential of the soma, one or one per cell
    v_d: volt = 0 * mV  # initial potential of the dendrite, one or one per cell
    q: 1 = 0  # initial gate of the slow potassium current, one or one per cell
    v_spike: volt = 40 * mV  # threshold that a spike crosses upwards
    limits = {"C": "> 0", "g_c g_L g_Na g_KDR g_Ca g_KAHP g_KC": ">= 0", "p q": (0, 1)}
    explore = {
        "amplitude": (-1 * uA / cm**2, 4 * uA / cm**2),
        "amplitude_d": (-1 * uA / cm**2, 4 * uA / cm**2),
        "q": (0, 1),
        "v_spike": None,
    }

    amplitude: uA / cm**2 = 0.75 * uA / cm**2  # current into the soma, one or one per cell
    amplitude_d: uA / cm**2 = 0 * uA / cm**2  # current into the dendrite, one or one per cell
    onset = 0 * ms

    neuron: str = """
    dv/dt     = (-g_L*(v - V_L) - g_Na*m_inf**2*h*(v - V_Na)
              - g_KDR*n_K*(v - V_K) + (g_c*(v_d - v) + I)/p)/C            : volt              # (a)
    dv_d/dt   = (-g_L*(v_d - V_L) - I_Ca - (g_KAHP*q + g_KC*c*chi)*(v_d - V_K)
              + (g_c*(v - v_d) + I_d)/(1 - p))/C                          : volt              # (b)
    I_Ca      = g_Ca*s_Ca**2*(v_d - V_Ca)                                 : amp/meter**2      # (c)
    chi       = clip(Ca/250, 0, 1)                                        : 1
    dCa/dt    = (-0.13*I_Ca/(uA/cm**2) - 0.075*Ca)/ms                     : 1                 # (d)
    dh/dt     = alpha_h*(1 - h) - beta_h*h                                : 1                 # (e)
    dn_K/dt   = alpha_n*(1 - n_K) - beta_n*n_K                            : 1
    ds_Ca/dt  = alpha_s*(1 - s_Ca) - beta_s*s_Ca                          : 1
    dc/dt     = alpha_c*(1 - c) - beta_c*c                                : 1
    dq/dt     = alpha_q*(1 - q) - 0.001*q/ms                              : 1
    m_inf     = alpha_m/(alpha_m + beta_m)                                : 1                 # (f)
    alpha_m   = 1.28/exprel((13.1*mV - v)/(4*mV))/ms                      : Hz
    beta_m    = 1.4/exprel((v - 40.1*mV)/(5*mV))/ms                       : Hz
    alpha_h   = 0.128*exp((17*mV - v)/(18*mV))/ms                         : Hz                # (g)
    beta_h    = 4/(1 + exp((40*mV - v)/(5*mV)))/ms                        : Hz
    alpha_n   = 0.08/exprel((35.1*mV - v)/(5*mV))/ms                      : Hz                # (h)
    beta_n    = 0.25*exp(0.5 - 0.025*v/mV)/ms                             : Hz
    alpha_s   = 1.6/(1 + exp(-0.072*(v_d - 65*mV)/mV))/ms                 : Hz                # (i)
    beta_s    = 0.1/exprel((v_d - 51.1*mV)/(5*mV))/ms                     : Hz
    alpha_c   = (low*rise + (1 - low)*sum_c)/ms                           : Hz                # (j)
    beta_c    = low*(sum_c - rise)/ms                                     : Hz
    low       = int(v_d <= 50*mV)                                         : 1
    rise      = exp((v_d - 10*mV)/(11*mV) - (v_d - 6.5*mV)/(27*mV))/18.975 : 1
    sum_c     = 2*exp((6.5*mV - v_d)/(27*mV))                             : 1
    alpha_q   = clip(0.00002*Ca, 0, 0.01)/ms                              : Hz                # (k)
    I         = amplitude*s                                               : amp/meter**2      # (l)
    I_d       = amplitude_d*s                                             : amp/meter**2
    g_c                                                                   : siemens/meter**2 (constant)
    amplitude                                                             : amp/meter**2 (constant)
    amplitude_d                                                           : amp/meter**2 (constant)
    """

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")
