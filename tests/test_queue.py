"""The queue of the C++ device: every synapse of a spike arrives once, in its step, whichever way it was queued.

And runs of synapses, of which the ends are known from the first.
"""

import json
import subprocess

import numpy as np
import pytest

from tests.conftest import ROOT
from zoo.build import compiler

pytestmark = [
    pytest.mark.skipif(compiler.missing() is not None, reason="needs a C++ compiler"),
    pytest.mark.usefixtures("optimised"),
]

# Reads start, stop, the synapses; then for every run their delays (one or one each), the time step, and for every step the
# number of spikes and the spikes. Prints for every step what arrives, as the effects of synapses see it and in their order:
# synapse, far end; and how often a synapse came one by one, in a run of neighbours, in a run that is looked up, in a list.
HARNESS = r"""
#include "queue.h"
#include <cstdio>

template <class T> static std::vector<T> numbers(size_t n)
{
    std::vector<T> found(n);
    for (T &number : found) { double value; if (std::scanf("%lf", &value) != 1) return {}; number = (T)value; }
    return found;
}

int main(int argc, char **)
{
    const auto head = numbers<int32_t>(3);  // start, stop, synapses
    auto sources = numbers<int32_t>(head[2]), others = numbers<int32_t>(head[2]);
    std::vector<int32_t> names(head[2]);
    for (int32_t k = 0; k < head[2]; k++) names[k] = k;
    zoo::Queue queue(head[0], head[1]);
    int ways[4] = {0, 0, 0, 0};
    for (;;) {
    const auto run = numbers<int32_t>(2);  // delays, steps
    if (run.empty()) break;
    const double dt = numbers<double>(1)[0];
    auto delays = numbers<double>(run[0]);
    if (argc > 1) {
        queue.sort_by_delay(delays, sources, true, dt, others, names);
        if (!sources.empty()) std::puts("unsorted");
    }
    queue.prepare(delays.data(), delays.size(), sources.data(), others.data(), sources.size(), dt);
    for (int step = 0; step < run[1]; step++) {
        const auto spikes = numbers<int32_t>(numbers<int32_t>(1)[0]);
        queue.advance();
        queue.push(spikes.data(), spikes.size());
        std::printf("[");
        const char *comma = "";
        const auto arrives = [&](int32_t synapse, int32_t other, int way) {
            std::printf("%s[%d, %d]", comma, names[synapse], other);
            comma = ", ";
            ways[way]++;
        };
        for (int32_t synapse : queue.arriving().synapses) arrives(synapse, others[synapse], 0);
        for (size_t at = 0; at < queue.arriving().segments.size(); at++) {
            const zoo::Segment segment = queue.segments[queue.arriving().segments[at]];
            if (segment.other == zoo::LISTED)
                for (int32_t synapse : queue.joined(queue.arriving(), at)) arrives(synapse, others[synapse], 3);
            else
                for (int32_t k = 0; k < segment.count; k++)
                    if (segment.other >= 0) arrives(segment.first + k, segment.other + k, 1);
                    else arrives(segment.first + k, others[segment.first + k], 2);
        }
        std::printf("]\n");
    }
    }
    std::printf("[%d, %d, %d, %d]\n", ways[0], ways[1], ways[2], ways[3]);
}
"""

WAYS = ("one by one", "neighbours", "looked up", "listed")


def compiled(folder, text):
    """The program of a C++ `text` that includes headers of the device, which stops at an error of memory or arithmetic."""
    (folder / "main.cpp").write_text(text)
    command = [
        *compiler.cxx(),
        "-O1",
        "-fsanitize=address,undefined",
        f"-I{ROOT / 'zoo/codegen/include'}",
        "main.cpp",
        "-o",
        "main",
    ]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "main"


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("queue"), HARNESS)


def played(harness, start, stop, sources, others, *several, options=()):
    """What arrives in each step of all runs (delays, dt, spikes of each step), in order, and the ways that were taken."""
    numbers = [start, stop, len(sources), *sources, *others]
    for delays, dt, spikes in several:
        numbers += [len(delays), len(spikes), dt, *delays]
        for step in spikes:
            numbers += [len(step), *step]
    process = subprocess.run(
        [harness, *options], input=" ".join(map(str, numbers)), capture_output=True, text=True, check=True
    )
    *steps, ways = map(json.loads, process.stdout.replace("unsorted\n", "").splitlines())
    taken = {WAYS[k] for k in range(4) if ways[k]} | ({"unsorted"} if "unsorted" in process.stdout else set())
    return [list(map(tuple, step)) for step in steps], taken


def expected(start, stop, sources, others, *several):
    """The same by the definition, in Brian2's order: a synapse of a spike in step s arrives in step s + delay."""
    waiting, arrived, dt = {}, [], None  # steps from now -> synapses
    for delays, new_dt, spikes in several:
        if dt not in (None, new_dt):
            waiting = {int(k * dt / new_dt + 0.5): synapses for k, synapses in waiting.items()}
        dt = new_dt
        for fired in spikes:
            waiting = {k - 1: synapses for k, synapses in waiting.items() if k}
            for source in fired:
                for synapse in np.flatnonzero(np.asarray(sources) == source) if start <= source < stop else ():
                    delay = int(delays[synapse if len(delays) > 1 else 0] / dt + 0.5)
                    waiting.setdefault(delay, []).append((int(synapse), others[synapse]))
            arrived.append(waiting.get(0, []))
    return arrived


def dense(n_pre, n_post):
    """All to all, in the order that Brian2 makes them."""
    return np.repeat(np.arange(n_pre), n_post), np.tile(np.arange(n_post), n_pre)


def cases(rng):
    """Name -> start, stop, sources, others, delays in steps, the ways that must be taken."""
    pre, post = dense(9, 40)
    kept = rng.random(360) < 0.15
    shuffled = rng.permutation(360)
    rounding = rng.choice([-1e-9, 1e-9], 360)  # 0.3 ms are 2.9999999999999996 steps of 0.1 ms
    short = np.repeat(np.arange(9), 6)
    return {
        "all to all": (0, 9, pre, post, [3], {"neighbours"}),
        "no delay": (0, 9, pre, post, [0], {"neighbours"}),
        "from a subgroup": (4, 9, *(part[pre >= 4] for part in (pre, post)), [2], {"neighbours"}),
        "random": (0, 9, pre[kept], post[kept], [1], {"looked up"}),
        "backwards": (0, 9, pre, post[::-1], [1], {"looked up"}),
        "in no order": (0, 9, pre[shuffled], post[shuffled], [2], {"listed"}),
        "a delay for each row": (0, 9, pre, post, pre % 4, {"neighbours"}),
        "a delay for each synapse": (0, 9, pre, post, rng.integers(0, 9, 360) + rounding, {"listed", "looked up"}),
        "a delay for each in no order": (0, 9, pre[shuffled], post[shuffled], rng.integers(0, 9, 360), {"listed"}),
        "far delays": (0, 9, pre, post, 400 * rng.integers(0, 4, 360), {"listed", "looked up"}),
        "many delays": (0, 9, pre, post, rng.integers(0, 40, 360), {"one by one"}),
        "many delays in no order": (0, 9, pre[shuffled], post[shuffled], rng.integers(0, 40, 360), {"one by one"}),
        "equal delays": (0, 9, pre, post, np.full(360, 2), {"neighbours"}),
        "few synapses": (0, 9, short, rng.integers(0, 40, 54), [1], {"looked up"}),
        "several for a pair": (0, 9, np.repeat(np.arange(9), 5), np.repeat(np.arange(9), 5), [1], {"looked up"}),
        "none": (0, 9, pre[:0], post[:0], [1], set()),
    }


@pytest.mark.parametrize("name", cases(np.random.default_rng(0)))
def test_what_arrives(harness, name):
    rng = np.random.default_rng(5)
    start, stop, sources, others, delays, ways = cases(rng)[name]
    spikes = [np.flatnonzero(rng.random(12) < 0.3).tolist() for _ in range(30)] + [[]] * 1200
    sources, others, delays = (np.asarray(part).tolist() for part in (sources, others, delays))
    case = start, stop, sources, others, (delays, 1, spikes)
    found, taken = played(harness, *case)
    assert found == expected(*case)
    assert taken == ways, "another way than this wiring is for"


@pytest.mark.parametrize("name", cases(np.random.default_rng(0)))
def test_runs_with_other_delays_and_steps(harness, name):
    """What is on its way when delays change, or the time step gets shorter, arrives where it was going."""
    rng = np.random.default_rng(6)
    start, stop, sources, others, delays, _ = cases(rng)[name]
    sources, others = (np.asarray(part).tolist() for part in (sources, others))
    spikes = [np.flatnonzero(rng.random(12) < 0.3).tolist() for _ in range(7)]
    longer, delays = (np.asarray(delays) + 3).tolist(), np.asarray(delays).tolist()
    each = rng.integers(0, 5, len(sources)).tolist() if sources else [0]
    several = [(longer, 1, spikes), (delays, 1, spikes), (each, 1, spikes), (each, 0.5, spikes), ([2], 0.25, spikes)]
    case = start, stop, sources, others, *several
    assert played(harness, *case)[0] == expected(*case)


@pytest.mark.parametrize("name", ["a delay for each row", "a delay for each synapse", "far delays"])
def test_synapses_that_are_sorted_by_delay(harness, name):
    """They arrive in the same order, and those that arrive together are neighbours in memory."""
    rng = np.random.default_rng(7)
    start, stop, sources, others, delays, _ = cases(rng)[name]
    spikes = [np.flatnonzero(rng.random(12) < 0.3).tolist() for _ in range(30)] + [[]] * 1200
    sources, others, delays = (np.asarray(part).tolist() for part in (sources, others, delays))
    case = start, stop, sources, others, (delays, 1, spikes)
    found, taken = played(harness, *case, options=["sorted"])
    assert found == expected(*case)
    assert taken == {"looked up"}


@pytest.mark.parametrize("name", ["all to all", "many delays", "a delay for each in no order", "none"])
def test_synapses_that_are_not_sorted(harness, name):
    """Those with one delay, with hardly two that arrive together, in no order of their sources, and none."""
    rng = np.random.default_rng(8)
    start, stop, sources, others, delays, ways = cases(rng)[name]
    spikes = [np.flatnonzero(rng.random(12) < 0.3).tolist() for _ in range(60)]
    sources, others, delays = (np.asarray(part).tolist() for part in (sources, others, delays))
    case = start, stop, sources, others, (delays, 1, spikes)
    found, taken = played(harness, *case, options=["sorted"])
    assert found == expected(*case)
    assert taken == (ways | {"unsorted"} if sources else ways)


# Reads several times: the number of synapses, and both ends of those that are new. Prints the runs.
RUNS = r"""
#include "runs.h"
#include <cstdio>

int main()
{
    std::vector<int32_t> sources, targets;
    zoo::Runs runs;
    for (int n; std::scanf("%d", &n) == 1;) {
        for (int source, target; (int)sources.size() < n;) {
            if (std::scanf("%d %d", &source, &target) != 2) return 1;
            sources.push_back(source);
            targets.push_back(target);
        }
        std::printf("[");
        const char *comma = "";
        for (const zoo::Run run : runs.of(sources.data(), targets.data(), n)) {
            std::printf("%s[%d, %d, %d, %d]", comma, run.first, run.count, run.source, run.target);
            comma = ", ";
        }
        std::printf("]\n");
    }
}
"""


@pytest.fixture(scope="module")
def runs_harness(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("runs"), RUNS)


def runs(harness, *parts):
    """The runs after each of `parts`, (sources, targets) of synapses that are added."""
    numbers, n = [], 0
    for sources, targets in parts:
        n += len(sources)
        numbers += [n, *np.column_stack([sources, targets]).ravel().tolist()]
    process = subprocess.run([harness], input=" ".join(map(str, numbers)), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in process.stdout.splitlines()]


def test_runs_of_synapses(runs_harness):
    pre, post = dense(5, 100)
    rows = [[100 * k, 100, k, 0] for k in range(5)]
    assert runs(runs_harness, (pre, post)) == [rows]
    assert runs(runs_harness, (pre, post), (pre[:0], post[:0])) == [rows, rows]
    grown = [[500 + 100 * k, 100, k, 7] for k in range(5)]
    assert runs(runs_harness, (pre, post), (pre, post + 7)) == [rows, rows + grown]
    assert runs(runs_harness, (pre[:0], post[:0])) == [[]]
    gap = pre != post  # the first cell has one neighbour less, the others two runs each
    found = runs(runs_harness, (pre[gap], post[gap]))[0]
    assert found[0] == [0, 99, 0, 1] and found[1] == [99, 1, 1, 0] and found[2] == [100, 98, 1, 2] and len(found) == 9


def test_short_runs_are_not_worth_it(runs_harness):
    pre, post = dense(2000, 40)
    kept = np.random.default_rng(0).random(len(pre)) < 0.5
    assert runs(runs_harness, (pre[kept], post[kept])) == [[]]
