// Four networks from papers in plain C++, as references for the zoo's models; networks.py compiles and runs this program.
//     networks MODEL SEED TOTAL_MS OUT.bin [numbers]
// OUT.bin receives the spikes: pairs (float time in ms, int32 cell).
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>
using std::vector;

static std::mt19937_64 engine;
static double uniform() { return (engine() >> 11) * 0x1p-53; }
static double gauss() { static std::normal_distribution<double> d; return d(engine); }
static FILE *out;
static void spike(double t, int i) { float x = t; fwrite(&x, 4, 1, out); fwrite(&i, 4, 1, out); }

// Each of the pairs from `source` to the cells first..last-1 with probability p; never itself unless `self`.
static void bernoulli(vector<int> &targets, int source, int first, int last, double p, bool self) {
  double scale = std::log1p(-p);
  for (int j = first - 1;;) {
    j += 1 + int(std::log(1 - uniform()) / scale);
    if (j >= last) return;
    if (self || j != source) targets.push_back(j);
  }
}

// Benchmark 3 of Brette et al. (2007), COBAHH. Classical Runge-Kutta steps of dt for v, m, h and n, the conductances decay
// exactly within a step. A spike is a crossing of -20 mV upwards; it arrives at the end of its step.
static void cobahh(double total, double dt) {
  const int N = 4000, NE = 3200;
  vector<vector<int>> targets(N);
  for (int i = 0; i < N; i++) bernoulli(targets[i], i, 0, N, .02, true);
  vector<double> v(N), m(N, 0), h(N, 1), n(N, 0), ge(N), gi(N), before(N);
  for (int i = 0; i < N; i++) {
    v[i] = -65 + 5 * gauss();
    ge[i] = .05 * (4 + 1.5 * gauss());   // mS/cm2, of a leak of 0.05
    gi[i] = .05 * (20 + 12 * gauss());
  }
  const double de = std::exp(-dt / 5), di = std::exp(-dt / 10), eh = std::sqrt(de), ih = std::sqrt(di);
  struct S { double v, m, h, n; };
  auto ratio = [](double x) { return std::fabs(x) < 1e-7 ? 1 - x / 2 : x / (std::exp(x) - 1); };
  auto slope = [&](S s, double e, double i) {
    double u = s.v + 63;
    double am = 1.28 * ratio((13 - u) / 4), bm = 1.4 * ratio((u - 40) / 5);
    double ah = .128 * std::exp((17 - u) / 18), bh = 4 / (1 + std::exp((40 - u) / 5));
    double an = .16 * ratio((15 - u) / 5), bn = .5 * std::exp((10 - u) / 40);
    double I = .05 * (s.v + 60) + 100 * s.m * s.m * s.m * s.h * (s.v - 50) + 30 * s.n * s.n * s.n * s.n * (s.v + 90);
    return S{-I - e * s.v - i * (s.v + 80), am * (1 - s.m) - bm * s.m, ah * (1 - s.h) - bh * s.h, an * (1 - s.n) - bn * s.n};
  };
  auto go = [](S s, S k, double d) { return S{s.v + d * k.v, s.m + d * k.m, s.h + d * k.h, s.n + d * k.n}; };
  for (long k = 0; k < std::lround(total / dt); k++) {
    before = v;
#pragma GCC ivdep
    for (int i = 0; i < N; i++) {
      S s{v[i], m[i], h[i], n[i]};
      S a = slope(s, ge[i], gi[i]), b = slope(go(s, a, dt / 2), ge[i] * eh, gi[i] * ih);
      S c = slope(go(s, b, dt / 2), ge[i] * eh, gi[i] * ih), d = slope(go(s, c, dt), ge[i] * de, gi[i] * di);
      v[i] = s.v + dt / 6 * (a.v + 2 * b.v + 2 * c.v + d.v);
      m[i] = s.m + dt / 6 * (a.m + 2 * b.m + 2 * c.m + d.m);
      h[i] = s.h + dt / 6 * (a.h + 2 * b.h + 2 * c.h + d.h);
      n[i] = s.n + dt / 6 * (a.n + 2 * b.n + 2 * c.n + d.n);
      ge[i] *= de;
      gi[i] *= di;
    }
    for (int i = 0; i < N; i++)
      if (v[i] > -20 && before[i] <= -20) {
        spike((k + 1) * dt, i);
        for (int j : targets[i]) (i < NE ? ge : gi)[j] += i < NE ? .03 : .335;
      }
  }
}

// Brunel and Hakim (1999): inhibitory cells with exactly C inputs each. Euler steps of dt; inputs that arrive, then the threshold.
static void brunel_hakim(double total, double mu, double sigma, double J, double D) {
  const int N = 5000, C = 1000;
  const double dt = .1, tau = 20, theta = 20, reset = 10;
  const int held = 20, delay = std::lround(D / dt);
  vector<vector<int>> targets(N);
  vector<int> others(N - 1);
  for (int j = 0; j < N; j++) {
    for (int k = 0; k < N - 1; k++) others[k] = k + (k >= j);
    for (int k = 0; k < C; k++) {
      std::swap(others[k], others[k + int(uniform() * (N - 1 - k))]);
      targets[others[k]].push_back(j);
    }
  }
  vector<double> v(N);
  for (auto &x : v) x = reset + uniform() * (theta - reset);
  vector<int> rest(N, 0);
  vector<vector<int>> sent(delay);
  vector<double> input(N);
  const double noise = sigma * std::sqrt(dt / tau);
  for (long k = 0; k < std::lround(total / dt); k++) {
    std::fill(input.begin(), input.end(), 0.);
    auto &now = sent[k % delay];
    for (int i : now) for (int j : targets[i]) input[j] -= J;
    now.clear();
    for (int i = 0; i < N; i++) {
      if (rest[i] > 0) { rest[i]--; continue; }
      v[i] += dt / tau * (mu - v[i]) + noise * gauss() + input[i];
      if (v[i] > theta) { v[i] = reset; rest[i] = held; now.push_back(i); spike((k + 1) * dt, i); }
    }
  }
}

// Diesmann, Gewaltig and Aertsen (1999): chains of ten groups of 100 cells, all to all from group to group, each chain with a
// packet of `a` spikes of the spread `sigma` (ms) as its input. Exact steps of dt; inputs arrive at the ends of steps.
static void synfire(double total, const vector<double> &points, int trials) {
  const int groups = 10, W = 100, chains = points.size() / 2 * trials;
  const double dt = .1, tau = 10, ts = .325, rest = -70, theta = -55, w = 4.86, onset = 50;
  const int delay = 50, held = 10, steps = std::lround(total / dt);
  const double P = std::exp(-dt / ts), Pm = std::exp(-dt / tau), b = 1 / ts - 1 / tau;
  // x' = (-x + y)/ts, y' = -y/ts, v' = (-v + x)/tau, over a step
  const double xy = dt / ts * P, vx = (Pm - P) / (tau * b), vy = (Pm / b - P * (dt + 1 / b)) / (tau * ts * b);
  std::poisson_distribution<int> excitation(17600 * .002 * dt), inhibition(2400 * .0125 * dt);
  for (int c = 0; c < chains; c++) {
    double a = points[2 * (c / trials)], sigma = points[2 * (c / trials) + 1];
    vector<vector<double>> arrive(groups, vector<double>(steps + delay + 1, 0));   // of the excitation from the group before
    for (int k = 0; k < int(a); k++) {
      long at = std::lround((onset + sigma * gauss()) / dt) + delay;
      if (at >= 0 && at < steps) arrive[0][at] += w;
    }
    for (int g = 0; g < groups; g++) {
      vector<double> v(W), x(W, 8.2134), y(W, 25.272);
      vector<int> off(W, 0);
      for (auto &q : v) q = std::fmin(rest + 8.2 + 2.8 * gauss(), theta);
      for (int k = 0; k < steps; k++)
        for (int i = 0; i < W; i++) {
          if (off[i] > 0) off[i]--;
          else v[i] = rest + (v[i] - rest) * Pm + vx * x[i] + vy * y[i];
          x[i] = x[i] * P + xy * y[i];
          y[i] = y[i] * P + arrive[g][k] + w * (excitation(engine) - inhibition(engine));
          if (v[i] > theta && off[i] == 0) {
            v[i] = rest; off[i] = held;
            spike((k + 1) * dt, (c * groups + g) * W + i);
            if (g + 1 < groups) arrive[g + 1][k + delay] += w;
          }
        }
    }
  }
}

// Litwin-Kumar and Doiron (2012): 4000 excitatory cells in 50 clusters, 1000 inhibitory cells. Euler steps of v, exact decay of
// the synaptic variables; a spike arrives one step later. From `first` ms on, the mean input of the first clusters is larger by
// `strength` during the first `length` ms of each `period`.
static void clusters(double total, double R, double J_ratio, double strength, int chosen, double first, double length, double period) {
  const int NE = 4000, NI = 1000, N = NE + NI, size = 80;
  const double dt = .1, K = 800, tau[2] = {15, 10}, fall[2] = {3, 2};
  const double p_out = K / (size * (R - 1) + NE), p_in = R * p_out;
  const double J_ee = 10 / (15 * std::sqrt(K)), J_ie = 4 / (10 * std::sqrt(K)), J_ei = 19.2 / (15 * std::sqrt(K)), J_ii = 16 / (10 * std::sqrt(K));
  vector<vector<int>> within(NE), beyond(NE), to_I(N), to_E(N);
  vector<double> mu(N), v(N);
  for (int i = 0; i < N; i++) {
    if (i < NE) {
      int from = i / size * size;
      bernoulli(within[i], i, from, from + size, p_in, false);
      bernoulli(beyond[i], i, 0, from, p_out, false);
      bernoulli(beyond[i], i, from + size, NE, p_out, false);
    } else bernoulli(to_E[i], i, 0, NE, .5, false);
    bernoulli(to_I[i], i, NE, N, .5, false);
    mu[i] = i < NE ? 1.1 + .1 * uniform() : 1 + .05 * uniform();
    v[i] = uniform();
  }
  vector<double> xe(N, 0), ye(N, 0), xi(N, 0), yi(N, 0);
  vector<int> off(N, 0), fired;
  const double P1 = std::exp(-dt), Pe = std::exp(-dt / fall[0]), Pi = std::exp(-dt / fall[1]);
  for (long k = 0; k < std::lround(total / dt); k++) {
    double t = k * dt, extra = strength && t >= first && std::fmod(t - first + 1e-9, period) < length ? strength : 0;
    fired.clear();
    for (int i = 0; i < N; i++) {
      double more = i < chosen * size ? extra : 0;
      double I = (ye[i] - xe[i]) / (fall[0] - 1) - (yi[i] - xi[i]) / (fall[1] - 1);
      xe[i] *= P1; ye[i] *= Pe; xi[i] *= P1; yi[i] *= Pi;
      if (off[i] > 0) { off[i]--; continue; }
      v[i] += dt * ((mu[i] + more - v[i]) / tau[i >= NE] + I);
      if (v[i] > 1) { v[i] = 0; off[i] = 50; fired.push_back(i); spike((k + 1) * dt, i); }
    }
    auto add = [](vector<double> &x, vector<double> &y, const vector<int> &targets, double J) { for (int j : targets) { x[j] += J; y[j] += J; } };
    for (int i : fired)
      if (i < NE) { add(xe, ye, within[i], J_ratio * J_ee); add(xe, ye, beyond[i], J_ee); add(xe, ye, to_I[i], J_ie); }
      else { add(xi, yi, to_E[i], J_ei); add(xi, yi, to_I[i], J_ii); }
  }
}

int main(int count, char **text) {
  std::string model = text[1];
  engine.seed(std::atoi(text[2]));
  double total = std::atof(text[3]);
  out = fopen(text[4], "wb");
  vector<double> a;
  for (int k = 5; k < count; k++) a.push_back(std::atof(text[k]));
  if (model == "cobahh") cobahh(total, a.at(0));
  else if (model == "brunel_hakim") brunel_hakim(total, a.at(0), a.at(1), a.at(2), a.at(3));
  else if (model == "synfire") synfire(total, vector<double>(a.begin() + 1, a.end()), int(a.at(0)));
  else if (model == "clusters") clusters(total, a.at(0), a.at(1), a.at(2), int(a.at(3)), a.at(4), a.at(5), a.at(6));
  else return 1;
  fclose(out);
}
