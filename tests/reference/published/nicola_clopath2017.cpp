// FORCE training of integrate-and-fire neurons (Nicola & Clopath 2017), plain C++, dt .05 ms. Parameters: the page of the model.
// usage: nicola_clopath2017 first_seed n_networks n          a sine of 5 Hz is learned from 1 to 5 s; then the weights stay, until 8 s
// one line per network: seed, rms of the error in .5-1 s, in the last second of learning, in 5-6 s and in 7-8 s, mean rate in .5-1 s and in 6-8 s, norm of the decoder
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>
using namespace std;
int main(int, char **v) {
  int seed0 = atoi(v[1]), networks = atoi(v[2]), N = atoi(v[3]);
  const double dt = .05e-3, td = 20e-3, tr = 2e-3, tm = 10e-3, G = .04, Q = 10, p = .1; const int T = 160000, every = 50, on = 20000, off = 100000, held = 40;
  for (int n = 0; n < networks; n++) {
    mt19937_64 m(seed0 + n); uniform_real_distribution<double> uni(0, 1); normal_distribution<double> gauss;
    vector<vector<pair<int, double>>> out(N); vector<double> in(N, 0); vector<int> inputs(N, 0);
    for (int j = 0; j < N; j++) for (int i = 0; i < N; i++) if (uni(m) < p) { double w = G * gauss(m) / (p * sqrt(double(N))); out[j].push_back({i, w}); in[i] += w; inputs[i]++; }
    for (int j = 0; j < N; j++) for (auto &q : out[j]) q.second -= in[q.first] / inputs[q.first];      // inputs of a neuron have the mean 0
    vector<double> V(N), I(N, 0), h(N, 0), r(N, 0), hr(N, 0), eta(N), phi(N, 0), k(N), P(size_t(N) * N, 0); vector<int> ref(N, 0);
    for (int i = 0; i < N; i++) { V[i] = -65 + 95 * uni(m); eta[i] = Q * (2 * uni(m) - 1); P[size_t(i) * N + i] = dt * .1; }
    double z = 0, e2[4] = {0}; long spikes[2] = {0}; int c[4] = {0};
    for (int s = 0; s < T; s++) {
      vector<int> fired; double a = 1 - dt / tr, b = 1 - dt / td;
      for (int i = 0; i < N; i++) {
        double dv = dt / tm * (-V[i] + I[i] + eta[i] * z - 40);
        if (ref[i]) ref[i]--; else V[i] += dv;
        I[i] = I[i] * a + h[i] * dt; h[i] *= b; r[i] = r[i] * a + hr[i] * dt; hr[i] *= b;
        if (V[i] > -40) { fired.push_back(i); V[i] = -65; ref[i] = held; }
      }
      for (int j : fired) { hr[j] += 1 / (tr * td); for (auto &q : out[j]) h[q.first] += q.second / (tr * td); }
      if (s >= 10000 && s < 20000) spikes[0] += fired.size();
      if (s >= 120000) spikes[1] += fired.size();
      z = 0; for (int i = 0; i < N; i++) z += phi[i] * r[i];
      double error = z - sin(2 * M_PI * 5 * s * dt);
      int w = s >= 10000 && s < 20000 ? 0 : s >= 80000 && s < 100000 ? 1 : s >= 100000 && s < 120000 ? 2 : s >= 140000 ? 3 : -1;
      if (w >= 0) { e2[w] += error * error; c[w]++; }
      if (s % every == 0 && s >= on && s < off) {
        double rk = 0;
        for (int i = 0; i < N; i++) { double q = 0; const double *row = &P[size_t(i) * N]; for (int j = 0; j < N; j++) q += row[j] * r[j]; k[i] = q; rk += q * r[i]; }
        for (int i = 0; i < N; i++) { phi[i] -= k[i] * error; double f = k[i] / (1 + rk), *row = &P[size_t(i) * N]; for (int j = 0; j < N; j++) row[j] -= f * k[j]; }
      }
    }
    double norm = 0; for (double q : phi) norm += q * q;
    printf("%d", seed0 + n); for (int w = 0; w < 4; w++) printf(" %.4f", sqrt(e2[w] / c[w])); printf(" %.3f %.3f %.5f\n", spikes[0] / (N * .5), spikes[1] / (N * 2.), sqrt(norm)); fflush(stdout);
  }
}
