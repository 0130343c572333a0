// Brunel & Wang 2001 working memory, plain C++ (all-to-all, inputs summed per population), dt .1 ms. Parameters: the page of the model.
// usage: brunel_wang2001 first_seed n_trials mu_cue mu_distractor      rates (Hz) added to S1 in 1-1.5 s and to S2 in 3-3.5 s
// one line per trial: seed, then rates of S1 S2 S3 others I in .5-1, 2-3 and 4-5 s
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
static inline double uni() { return (nx() >> 11) * 0x1p-53; }
static int poisson(double L) { double p = 1; int k = 0; do { k++; p *= uni(); } while (p > L); return k - 1; }  // L = exp(-mean)
int main(int, char **v) {
  int seed0 = atoi(v[1]), trials = atoi(v[2]); double cue = atof(v[3]), distractor = atof(v[4]);
  const int NE = 800, NI = 200, N = NE + NI, S = 80, P = 5, DL = 5, T = 50000;
  const double dt = .1, f = .1, wp = 2.1, wm = 1 - f * (wp - 1) / (1 - f);
  const double da = exp(-dt / 2), dg = exp(-dt / 10);
  for (int tr = 0; tr < trials; tr++) {
    mt19937_64 m(seed0 + tr); for (auto &x : s) x = m();
    vector<double> V(N, -52), ext(N, 0), sn(NE, 0), x(NE, 0); vector<int> ref(N, 0), pop(N);
    for (int i = 0; i < N; i++) pop[i] = i < NE ? min(i / S, P) : P + 1;
    double A[P + 2] = {0}, G = 0;                                       // AMPA by target population, GABA
    vector<vector<int>> late(DL); vector<vector<long>> count(P + 2, vector<long>(T / 100, 0));
    auto weight = [&](int target, int source) { return target >= P ? 1. : target == source ? wp : wm; };
    for (int k = 0; k < T; k++) {
      double sum[P + 1] = {0}, NM[P + 2]; for (int i = 0; i < NE; i++) sum[pop[i]] += sn[i];
      for (int p = 0; p < P + 2; p++) { NM[p] = 0; for (int q = 0; q <= P; q++) NM[p] += weight(p, q) * sum[q]; }
      double t = k * dt, L[P + 2];
      for (int p = 0; p < P + 2; p++) L[p] = exp(-dt * 1e-3 * (2400 + (p == 0 && t > 999.95 && t < 1499.95 ? cue : p == 1 && t > 2999.95 && t < 3499.95 ? distractor : 0)));
      vector<int> now;
      for (int i = 0; i < N; i++) {
        bool e = i < NE; int p = pop[i];
        if (!ref[i]) {
          double u = V[i], I = ((e ? 2.08 : 1.62) * ext[i] + (e ? .104 : .081) * A[p]) * u + (e ? 1.25 : .973) * G * (u + 70) + (e ? .327 : .258) * NM[p] * u / (1 + exp(-.062 * u) / 3.57);
          V[i] = u + dt * (-(e ? 25. : 20.) * (u + 70) - I) / (e ? 500 : 200);
        } else ref[i]--;
        ext[i] = ext[i] * da + poisson(L[p]);
        if (V[i] > -50) { V[i] = -55; ref[i] = e ? 20 : 10; now.push_back(i); count[p][k / 100]++; }
      }
      for (int i = 0; i < NE; i++) { double d = -sn[i] / 100 + .5 * x[i] * (1 - sn[i]); sn[i] += dt * d; x[i] -= dt * x[i] / 2; }
      for (double &a : A) a *= da;
      G *= dg;
      for (int i : late[k % DL]) if (i >= NE) G += 1; else { x[i] += 1; for (int p = 0; p < P + 2; p++) A[p] += weight(p, pop[i]); }
      late[k % DL] = now;                                               // arrive DL steps after the spike
    }
    printf("%d", seed0 + tr);
    int window[3][2] = {{50, 100}, {200, 300}, {400, 500}}, shown[5] = {0, 1, 2, P, P + 1};
    for (auto &w : window) for (int p : shown) { long c = 0; for (int b = w[0]; b < w[1]; b++) c += count[p][b]; printf(" %.3f", c / ((w[1] - w[0]) * .01) / (p < P ? S : p == P ? NE - P * S : NI)); }
    printf("\n"); fflush(stdout);
  }
}
