"""The Morris-Lecar model of barnacle muscle, in the three settings of Rinzel and Ermentrout.

Source: C. Morris and H. Lecar (1981), Voltage oscillations in the barnacle giant muscle fiber, Biophysical Journal
35:193-213; parameters and reduction to two variables as in J. Rinzel and B. Ermentrout (1998), Analysis of neural
excitability and oscillations, in C. Koch and I. Segev (eds), Methods in neuronal modeling, 2nd edition, MIT Press,
251-291. The equations are lettered here:

    (a)  C v' = I - g_Ca m_inf (v - V_Ca) - g_K w (v - V_K) - g_L (v - V_L)
    (b)  w' = phi (w_inf - w)/tau_w
    (c)  m_inf = (1 + tanh((v - V_1)/V_2))/2
    (d)  w_inf = (1 + tanh((v - V_3)/V_4))/2
    (e)  tau_w = 1/cosh((v - V_3)/(2 V_4))
    (f)  I = amplitude s(t)                          s: the stimulus, a step from onset to end

    setting       class of excitability, bifurcation at the onset              g_Ca   V_3   V_4     phi
    hopf          II, subcritical Hopf bifurcation at 93.86 µA/cm²            4.4    2     30      0.04
    snic          I, saddle-node on an invariant circle at 39.96 µA/cm²       4      12    17.4    1/15
    homoclinic    I, saddle-homoclinic orbit, bistable                         4      12    17.4    0.23

`presets` holds the three settings: MorrisLecar(**presets["snic"]). "hopf" is the default; with a current step from rest
it fires from 88.3 µA/cm², where the limit cycle appears. A population may mix them: all four parameters are data, one
for each cell.

Differs from the paper: calcium is at its steady state m_inf, and the unit of time is 1 ms, both as in Rinzel and
Ermentrout. The stimulus stands for the current clamp of the experiments.

Cite: MorrisLecar1981, RinzelErmentrout1998
Chapter: single neurons
"""

from brian2 import cm, ms, msiemens, mV, second, uA, uF, volt

from zoo.models.equations.current_clamp import CurrentClamp

presets = {
    "hopf": dict(g_Ca=4.4 * msiemens / cm**2, V_3=2 * mV, V_4=30 * mV, phi=0.04),
    "snic": dict(g_Ca=4 * msiemens / cm**2, V_3=12 * mV, V_4=17.4 * mV, phi=1 / 15),
    "homoclinic": dict(g_Ca=4 * msiemens / cm**2, V_3=12 * mV, V_4=17.4 * mV, phi=0.23),
}


class MorrisLecar(CurrentClamp):
    dt: second = 0.05 * ms  # time step
    C: uF / cm**2 = 20 * uF / cm**2  # membrane capacitance
    g_Ca: msiemens / cm**2 = 4.4 * msiemens / cm**2  # calcium conductance, one or one per cell
    g_K: msiemens / cm**2 = 8 * msiemens / cm**2  # potassium conductance
    g_L: msiemens / cm**2 = 2 * msiemens / cm**2  # leak conductance
    V_Ca: volt = 120 * mV  # reversal potential of calcium
    V_K: volt = -84 * mV  # reversal potential of potassium
    V_L: volt = -60 * mV  # reversal potential of the leak
    V_1: volt = -1.2 * mV  # v at which half of the calcium conductance is open
    V_2: volt = 18 * mV  # width of its opening
    V_3: volt = 2 * mV  # v at which half of the potassium conductance is open, one or one per cell
    V_4: volt = 30 * mV  # width of its opening, one or one per cell
    phi: 1 = 0.04  # rate of the potassium conductance (1/ms), one or one per cell
    v: volt = -60.9 * mV  # initial v, one or one per cell; w starts at w_inf
    v_spike: volt = 0 * mV  # threshold that a spike crosses upwards
    limits = {"C V_2 V_4": "> 0", "g_Ca g_K g_L phi": ">= 0"}
    explore = {"amplitude": (0 * uA / cm**2, 300 * uA / cm**2), "v_spike": None}

    amplitude: uA / cm**2 = 100 * uA / cm**2  # injected current, one or one per cell
    onset = 50 * ms

    neuron: str = """
    dv/dt = (I - g_Ca*m_inf*(v - V_Ca) - g_K*w*(v - V_K) - g_L*(v - V_L))/C : volt                           # (a)
    dw/dt = phi*(w_inf - w)/tau_w                                           : 1                              # (b)
    m_inf = (1 + tanh((v - V_1)/V_2))/2                                     : 1                              # (c)
    w_inf = (1 + tanh((v - V_3)/V_4))/2                                     : 1                              # (d)
    tau_w = ms/cosh((v - V_3)/(2*V_4))                                      : second                         # (e)
    I     = amplitude*s                                                     : amp/meter**2                   # (f)
    g_Ca                                                                    : siemens/meter**2 (constant)
    V_3                                                                     : volt (constant)
    V_4                                                                     : volt (constant)
    phi                                                                     : 1 (constant)
    amplitude                                                               : amp/meter**2 (constant)
    """

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")

    def initialise(self, network):
        network["cells"].w = "w_inf"
