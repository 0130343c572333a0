"""The neuron of Connor, Walter and McKown, in which an A current makes slow firing possible.

Source: J. A. Connor, D. Walter and R. McKown (1977), Neural repetitive firing: modifications of the Hodgkin-Huxley axon
suggested by experimental results from crustacean axons, Biophysical Journal 18:81-102; constants as in P. Dayan and L. F.
Abbott (2001), Theoretical neuroscience, MIT Press, chapter 6 (the Connor-Stevens model). The equations are lettered here:

    (a)  C v' = I - I_Na - I_K - I_A - I_L           (b)  I_L = g_L (v - E_L)
    (c)  I_Na = g_Na m^3 h (v - E_Na)                (d)  I_K = g_K n^4 (v - E_K)
    (e)  I_A = g_A a^3 b (v - E_A)
    (f)  x' = alpha_x (1 - x) - beta_x x             for x = m, h, n
    (g)  alpha_m = 0.38 (v + 29.7)/(1 - exp(-(v + 29.7)/10))     beta_m = 15.2 exp(-0.0556 (v + 54.7))
    (h)  alpha_h = 0.266 exp(-(v + 48)/20)                       beta_h = 3.8/(1 + exp(-(v + 18)/10))
    (i)  alpha_n = 0.02 (v + 45.7)/(1 - exp(-(v + 45.7)/10))     beta_n = 0.25 exp(-0.0125 (v + 55.7))
    (j)  a' = (a_inf - a)/tau_a                      a_inf = (0.0761 exp(0.0314 (v + 94.22))/(1 + exp(0.0346 (v + 1.17))))^(1/3)
                                                     tau_a = 0.3632 + 1.158/(1 + exp(0.0497 (v + 55.96)))
    (k)  b' = (b_inf - b)/tau_b                      b_inf = (1 + exp(0.0688 (v + 53.3)))^-4
                                                     tau_b = 1.24 + 2.678/(1 + exp(0.0624 (v + 50)))
    (l)  I = amplitude s(t)                          v in mV, t in ms; s: the stimulus, a step from onset to end

From rest it fires above 8 µA/cm², at rates that rise from zero (9.7 Hz at 8.5 µA/cm², with the first spike after
118 ms). Without the A current, g_A = 0, it fires at 189 Hz at 7 µA/cm², and at 156 Hz without any current.

Differs from the paper: the constants, with v shifted, are those of Dayan and Abbott, where the conductances are per mm²;
the gate n is called n_K, as n is the number of cells.

Cite: Connor1977, DayanAbbott2001
Chapter: single neurons
"""

from brian2 import cm, ms, msiemens, mV, second, uA, uF, volt

from zoo.models.equations.current_clamp import CurrentClamp


class ConnorStevens(CurrentClamp):
    dt: second = 0.01 * ms  # time step
    C: uF / cm**2 = 1 * uF / cm**2  # membrane capacitance
    g_Na: msiemens / cm**2 = 120 * msiemens / cm**2  # sodium conductance
    g_K: msiemens / cm**2 = 20 * msiemens / cm**2  # conductance of the delayed rectifier
    g_A: msiemens / cm**2 = 47.7 * msiemens / cm**2  # conductance of the A current, one or one per cell
    g_L: msiemens / cm**2 = 0.3 * msiemens / cm**2  # leak conductance
    E_Na: volt = 55 * mV  # reversal potential of sodium
    E_K: volt = -72 * mV  # reversal potential of potassium
    E_A: volt = -75 * mV  # reversal potential of the A current
    E_L: volt = -17 * mV  # reversal potential of the leak
    v: volt = -68 * mV  # initial v, one or one per cell; the gates start at their steady state
    v_spike: volt = 0 * mV  # threshold that a spike crosses upwards
    limits = {"C": "> 0", "g_Na g_K g_A g_L": ">= 0"}
    explore = {"amplitude": (0 * uA / cm**2, 40 * uA / cm**2), "v_spike": None}

    amplitude: uA / cm**2 = 10 * uA / cm**2  # injected current, one or one per cell
    onset = 0 * ms

    neuron: str = """
    dv/dt   = (I - I_Na - I_K - I_A - I_L)/C                                   : volt                     # (a)
    I_L     = g_L*(v - E_L)                                                    : amp/meter**2             # (b)
    I_Na    = g_Na*m**3*h*(v - E_Na)                                           : amp/meter**2             # (c)
    I_K     = g_K*n_K**4*(v - E_K)                                             : amp/meter**2             # (d)
    I_A     = g_A*a**3*b*(v - E_A)                                             : amp/meter**2             # (e)
    dm/dt   = alpha_m*(1 - m) - beta_m*m                                       : 1                        # (f)
    dh/dt   = alpha_h*(1 - h) - beta_h*h                                       : 1
    dn_K/dt = alpha_n*(1 - n_K) - beta_n*n_K                                   : 1
    alpha_m = 3.8/exprel(-(v + 29.7*mV)/(10*mV))/ms                            : Hz                       # (g)
    beta_m  = 15.2*exp(-0.0556*(v + 54.7*mV)/mV)/ms                            : Hz
    alpha_h = 0.266*exp(-(v + 48*mV)/(20*mV))/ms                               : Hz                       # (h)
    beta_h  = 3.8/(1 + exp(-(v + 18*mV)/(10*mV)))/ms                           : Hz
    alpha_n = 0.2/exprel(-(v + 45.7*mV)/(10*mV))/ms                            : Hz                       # (i)
    beta_n  = 0.25*exp(-0.0125*(v + 55.7*mV)/mV)/ms                            : Hz
    da/dt   = (a_inf - a)/tau_a                                                : 1                        # (j)
    a_inf   = (0.0761*exp(0.0314*(v + 94.22*mV)/mV)
            / (1 + exp(0.0346*(v + 1.17*mV)/mV)))**(1.0/3)                     : 1
    tau_a   = (0.3632 + 1.158/(1 + exp(0.0497*(v + 55.96*mV)/mV)))*ms          : second
    db/dt   = (b_inf - b)/tau_b                                                : 1                        # (k)
    b_inf   = 1/(1 + exp(0.0688*(v + 53.3*mV)/mV))**4                          : 1
    tau_b   = (1.24 + 2.678/(1 + exp(0.0624*(v + 50*mV)/mV)))*ms               : second
    I       = amplitude*s                                                      : amp/meter**2             # (l)
    g_A                                                                        : siemens/meter**2 (constant)
    amplitude                                                                  : amp/meter**2 (constant)
    """

    def build(self):
        return self.clamped(threshold="v > v_spike", refractory="v > v_spike", method="rk4")

    def initialise(self, network):
        cells = network["cells"]
        cells.m = "alpha_m/(alpha_m + beta_m)"
        cells.h = "alpha_h/(alpha_h + beta_h)"
        cells.n_K = "alpha_n/(alpha_n + beta_n)"
        cells.a = "a_inf"
        cells.b = "b_inf"
