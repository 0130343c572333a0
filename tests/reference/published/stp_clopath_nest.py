"""Tsodyks-Markram synapses (NEST tsodyks2_synapse) beside the closed recursion, AdEx cells (NEST aeif_cond_exp) beside single_cells.cpp,
and voltage-based STDP pairings (NEST clopath_synapse, aeif_psc_delta_clopath).   usage: stp_clopath_nest.py OUT.json"""
import json
import sys

import nest
import numpy as np

out = dict(simulator="NEST 3.10.0")


def recursion(times, U, tr, tf):
    """u, x just before and the released fraction u x of each spike (u is raised before it is used; x recovers from 1)."""
    u = x = None
    rel, last = [], None
    for t in times:
        if last is None:
            u, x = U, 1.0
        else:
            h = t - last
            u = (U + u * (1 - U) * np.exp(-h / tf)) if tf > 0 else U      # the standard u-update, u of the last spike after its jump
            x = 1 + (x_after - 1) * np.exp(-h / tr)
        rel.append(u * x)
        x_after = x - u * x
        last = t
    return rel


def tsodyks(times, U, tr, tf, w=250.0, tau_psc=3.0):
    nest.ResetKernel()
    nest.set(resolution=.1)
    g = nest.Create("spike_generator", params=dict(spike_times=times))
    p = nest.Create("parrot_neuron")
    n = nest.Create("iaf_psc_exp", params=dict(tau_syn_ex=tau_psc, tau_m=40., V_th=1e6, C_m=40., E_L=0., V_m=0.))
    m = nest.Create("multimeter", params=dict(record_from=["V_m", "I_syn_ex"], interval=.1))
    nest.Connect(g, p, syn_spec=dict(delay=.1))
    nest.Connect(p, n, syn_spec=dict(synapse_model="tsodyks2_synapse", weight=w, U=U, u=U, x=1., tau_rec=tr, tau_fac=tf, delay=.1))
    nest.Connect(m, n)
    nest.Simulate(times[-1] + 200.)
    ev = m.get("events")
    t, v, i = ev["times"], ev["V_m"], ev["I_syn_ex"]
    jumps = []
    for s in times:                                   # the current just after arrival (t + .2 ms), less what was left of it
        k = int(round((s + .2) / .1)) - 1
        jumps.append(i[k] - i[k - 1] * np.exp(-.1 / tau_psc))
    return [float(f"{x / w:.6g}") for x in jumps], t, v


cases = {"depressing": (.5, 800., 0.), "facilitating": (.03, 130., 530.), "mixed": (.2, 200., 200.)}
rates = (10., 20., 50.)
o = out["tsodyks_markram"] = dict(protocol="regular train of 10 spikes from 50 ms at the given rate, then one recovery spike 500 ms after the last; u = U, x = 1 before the first. amplitude: w-normalised jump of the current = u x. U, tau_rec, tau_fac in ms", cases={})
for name, (U, tr, tf) in cases.items():
    for f in rates:
        times = [round(50 + k * 1000 / f, 1) for k in range(10)]
        times.append(times[-1] + 500)
        a, t, v = tsodyks(times, U, tr, tf)
        b = recursion(times, U, tr, tf)
        o["cases"][f"{name} {f:g} Hz"] = dict(U=U, tau_rec=tr, tau_fac=tf, spike_times_ms=times, amplitude_nest=a, amplitude_recursion=[float(f"{x:.6g}") for x in b],
                                           epsp_peaks_mV=[float(f"{v[(t > s) & (t < s + 30)].max():.6g}") for s in times])
        print(name, f, a[:4], [round(x, 5) for x in b[:4]], a[-1], b[-1])

NAUD = {"tonic_spiking": (200, 10, -70, -50, 2, 2, 30, 0, -58, 500), "adaptation": (200, 12, -70, -50, 2, 2, 300, 60, -58, 500), "initial_burst": (130, 18, -58, -50, 2, 4, 150, 120, -50, 400),
        "regular_bursting": (200, 10, -58, -50, 2, 2, 120, 100, -46, 210), "delayed_accelerating": (200, 12, -70, -50, 2, -10, 300, 0, -58, 300),
        "delayed_regular_bursting": (100, 10, -65, -50, 2, -10, 90, 30, -47, 110), "transient_spiking": (100, 10, -65, -50, 2, 10, 90, 100, -47, 180), "irregular_spiking": (100, 12, -60, -50, 2, -11, 130, 30, -48, 160)}
o = out["adex_nest"] = {}
for name, (C, gL, EL, VT, DT, a, tw, b, Vr, I) in NAUD.items():
    I = I
    nest.ResetKernel()
    nest.set(resolution=.01)
    n = nest.Create("aeif_cond_exp", params=dict(C_m=float(C), g_L=float(gL), E_L=float(EL), V_th=float(VT), Delta_T=float(DT), a=float(a), tau_w=float(tw), b=float(b), V_reset=float(Vr), V_peak=0., t_ref=0., I_e=float(I), V_m=float(EL), w=0., gsl_error_tol=1e-10))
    s = nest.Create("spike_recorder")
    nest.Connect(n, s)
    nest.Simulate(600.)
    o[name] = [round(float(x), 3) for x in s.get("events")["times"]]
ref = json.load(open("../" + sys.argv[2] + "/single_cells.json"))["adex_naud2008"]["spike_times_ms"]
for k in o:
    m = min(len(o[k]), len(ref[k]))
    print(k, len(o[k]), len(ref[k]), "largest difference over the first 5 / all, ms:", max(abs(x - y) for x, y in zip(o[k][:5], ref[k][:5])), round(max([abs(x - y) for x, y in zip(o[k], ref[k])]), 3))

# voltage-based STDP
prm = dict(V_m=-70.6, E_L=-70.6, C_m=281., theta_minus=-70.6, theta_plus=-45.3, A_LTD=14e-5, A_LTP=8e-5, tau_u_bar_minus=10., tau_u_bar_plus=7., delay_u_bars=4., a=4., b=.0805, V_reset=-49.6, V_clamp=33., t_clamp=2., t_ref=0.)
o = out["clopath2010"] = dict(protocol="NEST aeif_psc_delta_clopath with NEST's example parameters; pairs at rho Hz, pre 10 ms before (pre-post) or after (post-pre) the postsynaptic spike evoked by an 80 mV jump; 5 pairs; weight .5; change scaled by 15/ (60 pairs/4)", parameters=prm, percent={})
for rho in (10., 20., 30., 40., 50.):
    for kind, shift in (("pre-post", 10.), ("post-pre", -10.)):
        nest.ResetKernel()
        nest.set(resolution=.1)
        pre = [round(40 + k * 1000 / rho, 1) for k in range(6)]
        post = [round(x + shift, 1) for x in pre[:5]]
        if shift < 0:
            post = [round(x - 10, 1) for x in pre[:5]]
        n = nest.Create("aeif_psc_delta_clopath", params=prm)
        p = nest.Create("parrot_neuron")
        gp, gq = nest.Create("spike_generator", params=dict(spike_times=pre)), nest.Create("spike_generator", params=dict(spike_times=post))
        nest.Connect(gp, p, syn_spec=dict(delay=.1))
        nest.Connect(gq, n, syn_spec=dict(delay=.1, weight=80.))
        wr = nest.Create("weight_recorder")
        nest.CopyModel("clopath_synapse", "rec", dict(weight_recorder=wr))
        nest.Connect(p, n, syn_spec=dict(synapse_model="rec", weight=.5, delay=.1))
        nest.Simulate(pre[-1] + 20.)
        w = wr.get("events")["weights"]
        o["percent"][f"{rho:g} Hz {kind}"] = dict(pre=pre, post=post, weights=[float(f"{x:.8g}") for x in w], percent=round(100 + 100 * 15 * (w[-1] - .5) / .5, 3))
print({k: v["percent"] for k, v in o["percent"].items()})
json.dump(out, open(sys.argv[1], "w"), separators=(",", ":"))
