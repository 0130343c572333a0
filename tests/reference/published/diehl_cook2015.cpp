// Diehl & Cook 2015, plain C++, forward Euler steps of .5 ms: 784 Poisson inputs, 100 excitatory and 100 inhibitory cells. Parameters: the page of the model.
// usage: diehl_cook2015 images.bin count rule seed       rule: 0 power, 1 triplet; images.bin holds 784 bytes for every image
// prints spikes per image over the second half of the images, mean and standard deviation of theta (mV) at the end, and the mean over cells of
// sum w^2 (784 weights with the sum 78 when the image began), after the last image
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>
using namespace std;
int main(int, char **v) {
  const int X = 784, N = 100, LATE = 21; int count = atoi(v[2]), rule = atoi(v[3]); mt19937_64 m(atoi(v[4]));
  vector<unsigned char> images(size_t(count) * X); FILE *f = fopen(v[1], "rb"); if (fread(images.data(), 1, images.size(), f) != images.size()) return 1;
  uniform_real_distribution<double> uni(0, 1); const double dt = .5;
  vector<double> w(X * N), x(X * N, 0), when(X * N, 0); vector<int> delay(X * N);
  for (auto &q : w) q = .3 * (uni(m) + .01);
  for (auto &q : delay) q = int(10 * uni(m) / dt + .5);
  vector<double> V(N, -65), ge(N, 0), gi(N, 0), theta(N, 20), y(N, 0), ys(N, 0), VI(N, -60), gI(N, 0); vector<long> last(N, -1000), lastI(N, -1000);
  vector<vector<int>> late(LATE); vector<int> waiting(X, 0); long spikes = 0, k = 0; auto decay = [](double &q, double tau) { q -= .5 * q / tau; };
  for (int image = 0; image < count; image++) {
    for (int i = 0; i < N; i++) { double s = 0; for (int p = 0; p < X; p++) s += w[p * N + i]; for (int p = 0; p < X; p++) w[p * N + i] *= 78 / s; }
    for (auto &q : waiting) q = 0;
    vector<poisson_distribution<int>> arrivals; for (int p = 0; p < X; p++) arrivals.emplace_back(63.75 * images[image * X + p] / 255 * dt * 1e-3 + 1e-15);
    for (int step = 0; step < 1000; step++, k++) {
      vector<int> fired, firedI;
      for (int i = 0; i < N; i++) {
        double dV = dt / 100 * (-65 - V[i] + ge[i] * (0 - V[i]) + gi[i] * (-100 - V[i])), dI = dt / 10 * (-60 - VI[i] + gI[i] * (0 - VI[i]));
        if (k - last[i] >= 10) V[i] += dV;
        if (k - lastI[i] >= 4) VI[i] += dI;
        decay(ge[i], 1); decay(gi[i], 2); decay(gI[i], 1); decay(theta[i], 1e7); decay(y[i], 20); decay(ys[i], 40);
        if (k - last[i] >= 10 && V[i] > -72 + theta[i]) { fired.push_back(i); last[i] = k; }
        if (k - lastI[i] >= 4 && VI[i] > -40) { firedI.push_back(i); lastI[i] = k; }
      }
      if (step < 700) for (int p = 0; p < X; p++) if (images[image * X + p]) {
        waiting[p] += arrivals[p](m);
        if (waiting[p]) { waiting[p]--; for (int i = 0; i < N; i++) late[(k + delay[p * N + i]) % LATE].push_back(p * N + i); }
      }
      auto &here = late[k % LATE];
      for (int s : here) {
        int i = s % N; ge[i] += w[s]; x[s] *= exp(-(k - when[s]) * dt / 20); when[s] = k;
        if (rule) { w[s] = max(0., w[s] - 1e-4 * y[i]); x[s] = 1; } else x[s] += 1;
      }
      here.clear();
      for (int i : fired) {
        gI[i] += 10.4;
        for (int p = 0; p < X; p++) {
          int s = p * N + i; x[s] *= exp(-(k - when[s]) * dt / 20); when[s] = k;
          w[s] = min(1., max(0., w[s] + (rule ? .01 * x[s] * ys[i] : .01 * (x[s] - .4) * pow(max(0., 1 - w[s]), .2))));
        }
      }
      for (int i : firedI) for (int j = 0; j < N; j++) if (j != i) gi[j] += 17;
      for (int i : fired) { V[i] = -65; theta[i] += .05; y[i] = ys[i] = 1; if (image >= count / 2) spikes++; }
      for (int i : firedI) VI[i] = -45;
    }
  }
  double mean = 0, square = 0, w2 = 0; for (double t : theta) { mean += t / N; square += t * t / N; }
  for (double q : w) w2 += q * q / N;
  printf("%.4f %.4f %.4f %.4f\n", double(spikes) / (count - count / 2), mean, sqrt(square - mean * mean), w2);
}
