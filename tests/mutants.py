"""Fifty small faults, one at a time, each of which the tests beside it have to find: `make mutants`.

    python -m tests.mutants [WORD ...]      all of them, or those with one of these words in their texts

A mutant replaces a text that occurs once in zoo/ and models/, wherever it is; a text that is missing is an error. The file is
changed where it is and restored afterwards, so these folders must have no uncommitted change. A mutant that no test finds has
survived; the exit code is the number of survivors.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 600  # a mutant that makes the tests hang is found, too

#: Text, what takes its place, and the arguments of pytest that name the tests.
MUTANTS = (
    # Expressions and units
    ("ast.LtE: operator.le,", "ast.LtE: operator.lt,", "tests/test_quantities.py"),
    ("np.all(np.abs(right) <= 100)", "np.all(right <= 100)", "tests/test_quantities.py"),
    ("combine = np.logical_and if", "combine = np.logical_or if", "tests/test_quantities.py"),
    ("if len(dimensions) > 1:", "if len(dimensions) > 2:", "tests/test_quantities.py"),
    ("numbers.flags.writeable = False", "pass", "tests/test_quantities.py tests/test_model.py"),
    # Axes of sweeps
    ("or first >= last:", "or first > last:", "tests/test_axes.py"),
    ("numbers = np.geomspace(*ends, count)", "numbers = np.linspace(*ends, count)", "tests/test_axes.py"),
    ("if min(ends) <= 0:", "if min(ends) < 0:", "tests/test_axes.py"),
    ("and abs(number) < 2**53 else", "else", "tests/test_axes.py"),
    ("k if len(axis) > 1 else 0", "0", "tests/test_axes.py"),
    # Rates and encodings
    ("return int(np.floor(time / dt + 0.5))", "return int(np.floor(time / dt))", "tests/test_rates.py"),
    ("inside = (steps >= first) &", "inside = (steps > first) &", "tests/test_rates.py"),
    (
        "float(np.mean(counts)) / (simulated(result) / 1000)",
        "float(np.mean(counts)) / (float(result.duration))",
        "tests/test_rates.py",
    ),
    ("np.where(values > least,", "np.where(values >= least,", "tests/test_encoding.py"),
    ("weights = wave - envelope * (wave.sum() / envelope.sum())", "weights = wave", "tests/test_encoding.py"),
    (
        "if len(own) and own.max() >= float(presentation):",
        "if len(own) and own.max() > float(presentation):",
        "tests/test_encoding.py",
    ),
    ("rates = (means * images[:, None] + 0.5) /", "rates = (means * images[:, None] + 1) /", "tests/test_readout.py"),
    ("min(1 << 20, told + 1 - len(content))", "min(1 << 20, told - len(content))", "tests/test_idx.py"),
    # Rules
    ("if new in used - names.keys() or", "if", "tests/test_rule.py"),
    ("_squeezed(clash) != _squeezed(line)", "clash != line", "tests/test_rule.py"),
    # Results and progress
    ("return numbers if numbers.ndim else numbers.item()", "return numbers", "tests/test_result.py"),
    ("span(elapsed * (1 - fraction) / done)", "span(elapsed / done)", "tests/test_progress.py"),
    # Cache and fingerprint
    ("(stat.S_IWGRP | stat.S_IWOTH)", "stat.S_IWOTH", "tests/test_cache.py"),
    ('if _hash(path / "main") != record["sha256"]:', "if False:", "tests/test_cache.py"),
    (
        'relative.parts[0] not in ("static_arrays", "results")',
        'relative.parts[0] not in ("results",)',
        "tests/test_cache.py",
    ),
    (
        "hashlib.blake2b(numbers.tobytes(), digest_size=16)",
        "hashlib.blake2b(numbers[..., :0].tobytes(), digest_size=16)",
        "tests/test_fingerprint.py",
    ),
    ("[write.code_object(*waiting) for waiting in device.waiting],", "[],", "tests/test_fingerprint.py"),
    # Values
    (
        "if numbers.size and numbers.min() < slot.least:",
        "if numbers.size and numbers.min() <= slot.least:",
        "tests/test_binding.py -k delay",
    ),
    (
        "limits.min <= int(numbers.min()) and int(numbers.max()) <= limits.max",
        "limits.min <= int(numbers.min()) and int(numbers.max()) < limits.max",
        "tests/test_binding.py -k whole_numbers",
    ),
    ("(slot.shape is None and numbers.ndim == 1)", "numbers.ndim == 1", "tests/test_program.py -k refused"),
    # Memory and non-finite numbers
    ("max(most - used + (int(cached[1]) if cached else 0), 0)", "max(most - used, 0)", "tests/test_memory.py"),
    (
        "math.ceil(float(duration) / self.dt - 1e-6)",
        "math.floor(float(duration) / self.dt - 1e-6)",
        "tests/test_memory.py",
    ),
    ("self._due += min(self._due, PERIOD)", "self._due += PERIOD", "tests/test_finite.py"),
    ("s.due += std::min(s.due, PERIOD);", "s.due += PERIOD;", "tests/test_finite.py"),
    ("Bits<T>::infinity - (may_be_infinite ? 0 : 1)", "Bits<T>::infinity", "tests/test_finite.py"),
    # Generated C++
    (
        "delays[k] = (int32_t)(real_delays[k]/new_dt + 0.5);",
        "delays[k] = (int32_t)(real_delays[k]/new_dt);",
        "tests/test_queue.py",
    ),
    ("places[k] = before[steps[k] - least]++", "places[k] = k", "tests/test_queue.py -k sorted"),
    ("(int32_t)above[k] + 1;", "(int32_t)above[k] + 2;", "tests/test_random.py -k binomial"),
    ("if not checked.isdisjoint(arrays):", "if False:", "tests/test_sorted_rows.py -k keeps"),
    (
        'parts += [f"\\n//////// {name}", text, *forget]',
        'parts += [f"\\n//////// {name}", text]',
        "tests/test_standalone.py -k helpers",
    ),
    ('return re.sub(r"^1\.0f\*", "1.0*", text)', "return text", "tests/test_arithmetic.py"),
    (
        "const double f = std::sqrt(-2.0*drawn[k]/r2[k]);",
        "const double f = std::sqrt(-drawn[k]/r2[k]);",
        "tests/test_random.py",
    ),
    ("1/24. + x*(1/120. + x*tail)", "1/25. + x*(1/120. + x*tail)", "tests/test_sharing.py"),
    # Solvers
    ("(min(parts) > 0 or max(parts) < 0)", "(max(parts) > 0 or min(parts) < 0)", "tests/test_exponential_euler.py"),
    ("np.hypot(value * its_error, other * error)", "np.hypot(its_error, error)", "tests/test_methods.py"),
    ("dt/{order.count(name)}*", "dt*", "tests/test_single_neurons.py -k published_scheme"),
    (
        'return "centre" if turning else "degenerate"',
        'return "degenerate" if turning else "centre"',
        "tests/test_phase_plane.py",
    ),
    # Models
    ("phi     = 3**((T - 6.3)/10)", "phi     = 3**((T - 6.0)/10)", "tests/test_single_neurons.py -k hodgkin"),
    ("tau_w = ms/cosh((v - V_3)/(2*V_4))", "tau_w = ms/cosh((v - V_3)/V_4)", "tests/test_verify.py -k single_neuron"),
    ("k_d = g_c/A_d", "k_d = g_c/A_s", "tests/test_hh_grid.py -k scheme"),
    ('target_reset="y += 1")', 'target_reset="y = 1")', "tests/test_plasticity.py"),
    ("            theta -= rho*delta\n", "            theta -= rho*delta_0\n", "tests/test_hh_mnist_grid.py -k theta"),
    (
        "int(t > onset - dt/2)*int(t < end - dt/2) :",
        "int(t > onset - dt/2)*int(t < end + dt/2) :",
        "tests/test_single_neurons.py tests/test_single_experiments.py -k protocols",
    ),
)


def source_of(text: str) -> Path:
    """The one file that has `text`, once."""
    files = [
        path
        for folder in ("zoo", "models")
        for path in sorted((ROOT / folder).rglob("*.*"))
        if path.suffix in (".py", ".h")
    ]
    found = [path for path in files for _ in range(path.read_text().count(text))]
    if len(found) != 1:
        raise SystemExit(f"mutants: {text!r} occurs {len(found)} times in zoo/ and models/; change the mutant.")
    return found[0]


def tests_fail(tests: list, cache: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "ZOO_TEST_CACHE": str(cache)}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return True
    if done.returncode not in (0, 1):
        print(done.stdout[-2000:], done.stderr[-2000:])
    return done.returncode != 0


def main(words) -> int:
    """The number of survivors."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in text for word in words for text in mutant)]
    files = [source_of(text) for text, _, _ in chosen]
    if subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "zoo", "models"], cwd=ROOT).returncode:
        raise SystemExit("mutants: zoo/ or models/ has changes that are not committed.")
    survivors, sound = [], set()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"  # programs of the code without a fault
        whole.mkdir()
        for number, ((text, other, tests), path) in enumerate(zip(chosen, files, strict=True)):
            if tests not in sound and tests_fail(tests.split(), whole):
                raise SystemExit(f"mutants: {tests} fails without a mutant.")
            sound.add(tests)
            original = path.read_text()
            cache = Path(folder) / "cache"  # of its own: the fault may be in the key of a program
            shutil.copytree(whole, cache)
            try:
                path.write_text(original.replace(text, other))
                found = tests_fail(tests.split(), cache)
            finally:
                path.write_text(original)
                shutil.rmtree(cache, ignore_errors=True)
            survivors += [] if found else [number]
            print(
                f"{'found   ' if found else 'SURVIVED'} {path.relative_to(ROOT)}: {text.strip()} -> {other.strip()}",
                flush=True,
            )
    print(f"{len(survivors)} of {len(chosen)} mutants survived")
    return len(survivors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
