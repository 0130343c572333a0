// Mongillo, Barak & Tsodyks 2008: working memory in facilitated synapses, plain C++, dt .1 ms. Parameters: the page of the model.
// usage: mongillo2008 first_seed n_trials duration_ms mu_E(mV) [cue contrast] [readout contrast]
// a cue of 350 ms at 1 s into population 1 and a readout of 250 ms at 2.5 s into all E cells scale their external mean
// one line per trial: seed, then for each window (.5-1, 1-1.35, 1.6-2.4, 2.5-2.8, 3-duration): rates of S1, S2, others, I; then u x of S1, S2 at 2.4 s
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>
using namespace std;
static uint64_t s[4];
static inline uint64_t rl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
static inline uint64_t nx() { uint64_t r = rl(s[1] * 5, 7) * 9, t = s[1] << 17; s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rl(s[3], 45); return r; }
static inline double uni() { return ((nx() >> 11) + .5) * 0x1p-53; }
static double spare; static bool has = false;
static inline double gauss() { if (has) { has = false; return spare; } double u, v, q; do { u = 2 * uni() - 1; v = 2 * uni() - 1; q = u * u + v * v; } while (q >= 1); double f = sqrt(-2 * log(q) / q); spare = v * f; has = true; return u * f; }
struct Synapse { int target; float weight; uint8_t delay; };
int main(int argc, char **v) {
  int seed0 = atoi(v[1]), trials = atoi(v[2]), T = int(atof(v[3]) * 10 + .5); double mu = atof(v[4]), cue = argc > 5 ? atof(v[5]) : 1.15, readout = argc > 6 ? atof(v[6]) : 1.05;
  const int NE = 8000, NI = 2000, N = NE + NI, P = 5, S = 800, LATE = 16; const double dt = .1, c = .2, gamma0 = .1;
  const double Jb = .10, Jp = .45, JIE = .135, JEI = .25, JII = .20, U = .2, tF = 1500, tD = 200;
  for (int tr = 0; tr < trials; tr++) {
    mt19937_64 m(seed0 + tr); for (auto &x : s) x = m(); has = false;
    vector<vector<Synapse>> out(N);
    auto pop = [&](int i) { return i < P * S ? i / S : i < NE ? P : P + 1; };
    for (int j = 0; j < N; j++) {
      out[j].reserve(int(N * c * 1.1));
      for (int i = int(log(uni()) / log(1 - c)); i < N; i += 1 + int(log(uni()) / log(1 - c))) {
        if (i == j) continue;
        bool e = j < NE; int a = pop(j), b = pop(i); double w;
        if (!e) w = i < NE ? -JEI : -JII;
        else if (i >= NE) w = JIE;
        else w = a < P && b < P ? (a == b ? Jp : Jb) : uni() < gamma0 ? Jp : Jb;
        out[j].push_back({i, float(w), uint8_t(1 + int(uni() * 10))});   // .1 to 1 ms
      }
    }
    vector<double> V(N), u(NE, U), x(NE, 1), last(NE, 0); vector<int> ref(N, 0); vector<vector<double>> in(LATE, vector<double>(N, 0));
    for (int i = 0; i < N; i++) V[i] = 20 * uni();
    int windows[5][2] = {{5000, 10000}, {10000, 13500}, {16000, 24000}, {25000, 28000}, {30000, T}}; double count[5][4] = {{0}}, ux[2] = {0, 0};
    const double sE = sqrt(dt / 15), sI = sqrt(dt / 10);
    for (int k = 0; k < T; k++) {
      auto &now = in[k % LATE];
      double shown = k >= 10000 && k < 13500 ? cue : 1, all = k >= 25000 && k < 27500 ? readout : 1;
      for (int i = 0; i < N; i++) {
        bool e = i < NE;
        if (!ref[i]) V[i] += dt / (e ? 15 : 10) * ((e ? mu * all * (i < S ? shown : 1) : 21.) - V[i]) + (e ? sE : sI) * gauss();
      }
      for (int j = 0; j < N; j++) if (V[j] > 20) {
        bool e = j < NE; V[j] = e ? 16 : 13; ref[j] = 21;
        double a = 1;
        if (e) { double d = (k - last[j]) * dt; u[j] = U + (u[j] - U) * exp(-d / tF); x[j] = 1 + (x[j] - 1) * exp(-d / tD); last[j] = k; u[j] += U * (1 - u[j]); a = u[j] * x[j]; x[j] -= a; }
        for (auto &q : out[j]) in[(k + q.delay) % LATE][q.target] += q.weight * (e && q.target < NE ? a : 1);
        int g = j < S ? 0 : j < 2 * S ? 1 : j < P * S ? -1 : e ? 2 : 3;
        if (g >= 0) for (int w = 0; w < 5; w++) if (k >= windows[w][0] && k < windows[w][1]) count[w][g]++;
      }
      for (int i = 0; i < N; i++) { if (!ref[i]) V[i] += now[i]; else ref[i]--; now[i] = 0; }   // inputs of refractory cells are lost
      if (k == 24000) for (int i = 0; i < 2 * S; i++) { double d = (k - last[i]) * dt; ux[i / S] += (U + (u[i] - U) * exp(-d / tF)) * (1 + (x[i] - 1) * exp(-d / tD)) / S; }
    }
    printf("%d", seed0 + tr);
    for (int w = 0; w < 5; w++) { printf(" "); double seconds = (windows[w][1] - windows[w][0]) * 1e-4; int sizes[4] = {S, S, NE - P * S, NI}; for (int g = 0; g < 4; g++) printf(" %.3f", count[w][g] / sizes[g] / seconds); }
    printf("  %.4f %.4f\n", ux[0], ux[1]); fflush(stdout);
  }
}
