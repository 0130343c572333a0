"""Drives single_cells.cpp and writes spike times and f-I curves.   usage: single_cells.py OUT.json, in a folder with a subfolder work"""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
EXE = "work/single_cells"
NAUD = {  # C pF, gL nS, EL, VT, DT mV, a nS, tau_w ms, b pA, Vr mV, I pA
    "tonic_spiking": (200, 10, -70, -50, 2, 2, 30, 0, -58, 500),
    "adaptation": (200, 12, -70, -50, 2, 2, 300, 60, -58, 500),
    "initial_burst": (130, 18, -58, -50, 2, 4, 150, 120, -50, 400),
    "regular_bursting": (200, 10, -58, -50, 2, 2, 120, 100, -46, 210),
    "delayed_accelerating": (200, 12, -70, -50, 2, -10, 300, 0, -58, 300),
    "delayed_regular_bursting": (100, 10, -65, -50, 2, -10, 90, 30, -47, 110),
    "transient_spiking": (100, 10, -65, -50, 2, 10, 90, 100, -47, 180),
    "irregular_spiking": (100, 12, -60, -50, 2, -11, 130, 30, -48, 160),
}
BG05 = (281, 30, -70.6, -50.4, 2, 4, 144, 80.5, -70.6)
POSP = {  # d um, gl, El, gna, gk, gm mS/cm2, tau_max ms, g_CaL, V0 ; I nA, on, off, end ms
    "RS": ((96, 0.1, -70, 50, 5, 0.07, 1000, 0, -70), 0.75, 300, 700, 1000),
    "FS": ((67, 0.15, -70, 50, 10, 0, 1000, 0, -70), 0.5, 300, 710, 1000),
    "IB": ((96, 0.01, -85, 50, 5, 0.03, 1000, 0.17, -84), 0.15, 500, 2500, 3000),
}
TRAUB = (-63, 0.05, -60, 100, 50, 30, -90)
PINSKY = (15, 0.8, 10)


def run(jobs):
    """jobs: {id: (model, t_end, on, off, I, pars)} -> {id: [times]}"""
    if not os.path.exists(EXE):
        subprocess.run(["g++", "-O2", "-o", EXE, f"{HERE}/single_cells.cpp"], check=True)
    text = "\n".join(" ".join(map(str, (k, m, te, on, off, i, *p))) for k, (m, te, on, off, i, p) in jobs.items())
    out = subprocess.run([EXE], input=text + "\n", capture_output=True, text=True, check=True)
    if out.stderr:
        print(out.stderr)
    res = {}
    for line in out.stdout.splitlines():
        k, *t = line.split()
        res[k] = [round(float(x), 5) for x in t]
    return res


def hz(s, t0):
    s = [t for t in s if t >= t0]
    return 0.0 if len(s) < 2 else float(f"{1000 * (len(s) - 1) / (s[-1] - s[0]):.7g}")


def main(path):
    out = dict(
        simulator="own C++ Dormand-Prince 5(4), tolerance 1e-10, spikes by bisection to 1e-12 ms; double precision"
    )
    k = 1.0
    out["adex_naud2008"] = dict(
        columns="C pF, gL nS, EL, VT, DeltaT mV, a nS, tau_w ms, b pA, V_r mV, I pA",
        protocol="V(0)=EL, w(0)=0, I constant from t=0, 600 ms, spike at V=0 mV, no refractory time",
        parameters={n: (*v[:9], v[9] * k) for n, v in NAUD.items()},
        spike_times_ms=run({n: ("adex", 600, 0, 1e9, v[9] * k, v[:9]) for n, v in NAUD.items()}),
    )
    cur = (700, 800, 1000)
    out["adex_brette_gerstner2005"] = dict(
        parameters=BG05,
        protocol="as above, 1000 ms; key: I in pA",
        spike_times_ms=run({str(i): ("adex", 1000, 0, 1e9, i, BG05) for i in cur}),
    )
    cur = (0.15, 0.16, 0.2, 0.25, 0.5, 1, 2, 3, 5, 10)
    s = run({str(i): ("wb", 2500, 0, 1e9, i, ()) for i in cur})
    out["wang_buzsaki1996"] = dict(
        protocol="uA/cm2; V(0)=-64 mV, h and n at their steady state, I from t=0; spike V up through 0 mV; Hz from spikes after 500 ms",
        hz={i: hz(t, 500) for i, t in s.items()},
        first_spikes_ms={i: t[:8] for i, t in s.items()},
    )
    cur = (0.2, 0.5, 1, 2, 5, 10, 20)
    s = run({str(i): ("traub", 2500, 0, 1e9, i, TRAUB) for i in cur})
    out["traub_miles_cobahh"] = dict(
        parameters="VT -63, gl .05 El -60, gNa 100 ENa 50, gK 30 EK -90 (mS/cm2, mV), 1 uF/cm2",
        protocol="uA/cm2; V(0)=-60, m=n=0, h=1; spike V up through -20 mV; Hz after 500 ms",
        hz={i: hz(t, 500) for i, t in s.items()},
        first_spikes_ms={i: t[:8] for i, t in s.items()},
    )
    k = 1.0
    out["pospischil2008"] = dict(
        cells=POSP,
        current_factor=k,
        protocol="V_T=-55 mV, ENa 50, EK -100, ECa 120 mV, cylinder L=d without caps (area pi d^2), 1 uF/cm2; gates at steady state of V0; spike V up through 0 mV",
        spike_times_ms=run({n: ("posp", c[4], c[2], c[3], c[1] * k, c[0]) for n, c in POSP.items()}),
    )
    B = (-1.6, -1.6, -12, 1)
    cur = ((1, 0.002, -1.3, -1.1, -5, 1), (2, 0.006, *B), (3.25, 0.005, *B), (4, 0.006, *B))
    out["hindmarsh_rose1984"] = dict(
        protocol="x'=y-x^3+3x^2+I-z, y'=1-5x^2-y, z'=r(4(x-xR)-z); key I,r,xR,x0,y0,z0; spike x up through 0; t_end 1500 (time is dimensionless). (3.25, .005) is the chaotic case: compare its first 8 spikes only. The first shared case is Open Source Brain's hr_regular (its y is this y minus 4, its I is this I plus 4)",
        spike_times=run({",".join(map(str, c)): ("hr", 1500, 0, 1e9, c[0], (c[1], 4, *c[2:])) for c in cur}),
    )
    cur = (7, 8, 8.5, 9, 10, 15, 20, 30, 40)
    a = run({str(i): ("connor", 2500, 0, 1e9, i, (47.7,)) for i in cur})
    b = run({str(i): ("connor", 2500, 0, 1e9, i, (0.0,)) for i in cur})
    out["connor_stevens1977"] = dict(
        protocol="Dayan & Abbott's form: gNa 120 ENa 55, gK 20 EK -72, gA 47.7 EA -75, gL .3 EL -17 (mS/cm2, mV), 1 uF/cm2; V(0)=-68, gates at steady state, I uA/cm2 from t=0; spike V up through 0; Hz after 500 ms",
        hz={i: hz(t, 500) for i, t in a.items()},
        latency_ms={i: (t or [None])[0] for i, t in a.items()},
        hz_without_A={i: hz(t, 500) for i, t in b.items()},
    )
    # (I_s, g_c, I_d, q0): the somatic and dendritic currents of figure 2 A, C, D, B, E
    sets = ((0.75, 2.1, 0, 0), (2.5, 2.1, 0, 0), (2.5, 10.5, 0, 0), (-0.5, 2.1, 2.49, 0))
    out["pinsky_rinzel1994"] = dict(
        protocol="key: I_s uA/cm2, g_c mS/cm2, I_d uA/cm2, q(0); mV relative to rest (-60 mV); C_m 3 uF/cm2, p .5; gKC 15 gKAHP .8 gCa 10 gNa 30 gKDR 15 gL .1; VNa 120 VCa 140 VK -15 VL 0; Vs, Vd and all gates start at 0 (q at q(0)); no synapses; spike: Vs up through 40; 1500 ms",
        spike_times_ms=run(
            {",".join(map(str, c)): ("pinsky", 1500, 0, 1e9, c[0], (c[1], *PINSKY, c[2], c[3])) for c in sets}
        ),
    )
    json.dump(out, open(path, "w"), separators=(",", ":"))
    return out


if __name__ == "__main__":
    for k, v in main(sys.argv[1]).items():
        print(
            k,
            str(v)[:900]
            if isinstance(v, str)
            else {q: str(w)[:1500] for q, w in v.items() if q not in ("protocol", "parameters", "cells", "columns")},
        )
