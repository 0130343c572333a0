// Compte et al. 2000 ring model of spatial working memory, plain C++, dt .1 ms. Parameters: the page of the model.
// The footprint is summed over all pairs of cells nearer than five standard deviations.
// usage: compte2000 first_seed n_trials cue_pA duration_ms      cue of 250 ms at 180 degrees from 1 s
// one line per trial: seed, rates of E and I in .5-1 s; then for each window of 500 ms from 1.5 s: E, I, angle (degrees) and length of the
// population vector of the spikes, rate of the cells within 18 degrees of the angle, rate of those beyond 90 degrees
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
  int seed0 = atoi(v[1]), trials = atoi(v[2]); double cue = atof(v[3]);
  const int NE = 2048, NI = 512, N = NE + NI, T = int(atof(v[4]) * 10 + .5);
  const double dt = .1, Jp = 1.62, sigma = 14.4, tau = sqrt(2 * M_PI) * sigma * erf(180 / sqrt(2.) / sigma) / 360, Jm = (1 - Jp * tau) / (1 - tau);
  const int R = int(5 * sigma / 360 * NE);
  vector<float> W(2 * R + 1); for (int d = -R; d <= R; d++) W[d + R] = (Jp - Jm) * exp(-pow(360. * d / NE, 2) / 2 / sigma / sigma);
  const double da = exp(-dt / 2), dg = exp(-dt / 10), L = exp(-1800 * dt * 1e-3);
  for (int tr = 0; tr < trials; tr++) {
    mt19937_64 m(seed0 + tr); for (auto &x : s) x = m();
    vector<double> V(N, -70), ext(N, 0), sn(NE, 0), x(NE, 0); vector<int> ref(N, 0); vector<float> ring(NE + 2 * R), near(NE);
    double G = 0; int windows = T / 5000; vector<vector<int>> count(windows, vector<int>(N, 0));
    for (int k = 0; k < T; k++) {
      double all = 0; for (int i = 0; i < NE; i++) all += sn[i];
      for (int i = 0; i < NE + 2 * R; i++) ring[i] = sn[(i - R + NE) % NE];
      for (int i = 0; i < NE; i++) near[i] = 0;
      for (int d = 0; d <= 2 * R; d++) { float w = W[d]; const float *r = &ring[d]; for (int i = 0; i < NE; i++) near[i] += w * r[i]; }
      bool on = k >= 10000 && k < 12500; double g = G; int spikes = 0; vector<int> fired;
      for (int i = 0; i < N; i++) {
        bool e = i < NE;
        if (!ref[i]) {
          double u = V[i], S = e ? Jm * all + near[i] : all;
          double I = (e ? 3.1 : 2.38) * ext[i] * u + (e ? 1.336 : 1.024) * g * (u + 70) + (e ? .381 : .292) * S * u / (1 + exp(-.062 * u) / 3.57);
          if (e && on && fabs(360. * i / NE - 180) < 18) I -= cue;
          V[i] = u + dt * (-(e ? 25. : 20.) * (u + 70) - I) / (e ? 500 : 200);
        } else ref[i]--;
        ext[i] = ext[i] * da + poisson(L);
        if (V[i] > -50) { V[i] = -60; ref[i] = e ? 20 : 10; count[k / 5000][i]++; if (e) fired.push_back(i); else spikes++; }
      }
      for (int i = 0; i < NE; i++) { double d = -sn[i] / 100 + .5 * x[i] * (1 - sn[i]); sn[i] += dt * d; x[i] -= dt * x[i] / 2; }
      for (int i : fired) x[i] += 1;
      G = G * dg + spikes;
    }
    auto rate = [&](int w, int a, int b) { long c = 0; for (int i = a; i < b; i++) c += count[w][i]; return c / ((b - a) * .5); };
    printf("%d %.3f %.3f", seed0 + tr, rate(1, 0, NE), rate(1, NE, N));
    for (int w = 3; w < windows; w++) {
      double c = 0, q = 0, n = 0, peak = 0, tail = 0; int np = 0, nt = 0;
      for (int i = 0; i < NE; i++) { double a = 2 * M_PI * i / NE; c += count[w][i] * cos(a); q += count[w][i] * sin(a); n += count[w][i]; }
      double angle = fmod(atan2(q, c) * 180 / M_PI + 360, 360);
      for (int i = 0; i < NE; i++) { double d = fabs(remainder(360. * i / NE - angle, 360)); if (d < 18) { peak += count[w][i]; np++; } if (d > 90) { tail += count[w][i]; nt++; } }
      printf("  %.3f %.3f %.3f %.4f %.3f %.3f", rate(w, 0, NE), rate(w, NE, N), angle, hypot(c, q) / n, peak / np / .5, tail / nt / .5);
    }
    printf("\n"); fflush(stdout);
  }
}
