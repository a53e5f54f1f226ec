"""The table of README.md: batches of eqt, and the same maps in JAX, on one thread.

    python -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    taskset -c 0 venv/bin/python benches/peers/table.py [--features avx512]

JAX gets each map in the form that is cheapest to compute, by hand: moments in the place of sums over pairs, products of matrices
in the place of sums over labels. Results are compared before times are. A time is the least of many; JAX is compiled before.
"""

import json
import os
import platform
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np

SAMPLES, FEW, N, D = 1024, 100, 100, 5
SECONDS = 2.0


def sym(m):
    return (m + jnp.swapaxes(m, -1, -2)) / 2


def trace(m):
    return jnp.trace(m, axis1=-2, axis2=-1)


def identity(x, d=D):
    return x[..., None, None] * jnp.eye(d, dtype=x.dtype)


def spectral(theta, a):
    """All 21 maps of degree <= 4 of O(d) * S(n): (R^d)^n -> S^d, a: (samples, n, d)."""
    s = a.sum(1)
    r = jnp.einsum("bip,bip->bi", a, a)
    g = jnp.einsum("bip,biq->bpq", a, a)
    w = jnp.einsum("bi,bip->bp", r, a)
    ss, tr, ws = jnp.einsum("bp,bp->b", s, s), r.sum(1), jnp.einsum("bp,bp->b", w, s)
    gs, gg = jnp.einsum("bpq,bq->bp", g, s), g @ g
    sgs = jnp.einsum("bp,bp->b", s, gs)
    weight = theta[9] * jnp.einsum("bip,bp->bi", a, s) + theta[5] * r
    h = jnp.einsum("bip,biq->bpq", a * weight[..., None], a)
    u = (theta[19] * ss + theta[15] * tr + theta[3])[:, None] * s + theta[8] * w + theta[14] * gs
    h += s[:, :, None] * u[:, None, :] + (theta[16] * ss + theta[10] * tr + theta[1])[:, None, None] * g + theta[7] * gg
    number = theta[20] * ss * ss + theta[18] * ss * tr + theta[17] * sgs + theta[13] * tr * tr + theta[11] * trace(gg)
    number += theta[12] * ws + theta[6] * (r * r).sum(1) + theta[4] * ss + theta[2] * tr + theta[0]
    return sym(h) + identity(number)


def pairs(theta, a):
    """c I + sum_ij P_ij a_i a_j^T + sum_ij Q_ij <a_i, a_j> I, the same P and Q for all samples."""
    c, p, q = theta
    pa = jnp.einsum("ij,bjp->bip", p, a)
    qa = jnp.einsum("ij,bjp->bip", q, a)
    h = sym(jnp.einsum("bip,biq->bpq", a, pa))
    return h + identity(jnp.einsum("bip,bip->b", a, qa) + c)


def generated(q0, q, a):
    """q0 I + sum_ij q_ij a_i a_j^T, q0 and q of every sample."""
    qa = jnp.einsum("bij,bjp->bip", q, a)
    return sym(jnp.einsum("bip,biq->bpq", a, qa)) + identity(q0)


def to_scalar(s, t, u, v, a, b):
    dot = lambda x, y: jnp.einsum("bp,bp->b", x, y)
    dot2 = lambda x, y: jnp.einsum("bpq,bpq->b", x, y)
    return [s * s, s * t, t * t, dot(u, u), dot(u, v), dot(v, v), dot2(a, a), dot2(a, b), dot2(b, b)]


def to_vector(s, t, u, v, a, b):
    times = lambda m, x: jnp.einsum("bpq,bq->bp", m, x)
    s, t = s[:, None], t[:, None]
    return [s * u, s * v, t * u, t * v, times(a, u), times(a, v), times(b, u), times(b, v)]


def to_matrix(s, t, u, v, a, b):
    def traceless(m):
        return sym(m) - identity(trace(m) / 3, 3)

    outer = lambda x, y: traceless(x[:, :, None] * y[:, None, :])
    s, t = s[:, None, None], t[:, None, None]
    products = [traceless(a @ a), traceless(a @ b), traceless(b @ b)]
    return [s * a, s * b, t * a, t * b, outer(u, u), outer(u, v), outer(v, v), *products]


def small(theta, *inputs):
    return tuple(theta * sum(terms) for terms in (to_scalar(*inputs), to_vector(*inputs), to_matrix(*inputs)))


def gradient(f, chosen):
    """The gradient of <dh, f(x)> in some arguments."""

    def run(dh, *arguments):
        return jax.grad(lambda *x: (dh * f(*x)).sum(), argnums=chosen)(*arguments)

    return run


def entries(results):
    return np.concatenate([np.asarray(x, np.float64).ravel() for x in jax.tree.leaves(results)])


def least(run, *arguments):
    """Compiles, runs, and gives the results and the least processor time in microseconds."""
    run = jax.jit(run)
    results = jax.block_until_ready(run(*arguments))
    best, started = float("inf"), time.monotonic()
    while time.monotonic() - started < SECONDS:
        begun = time.process_time()
        jax.block_until_ready(run(*arguments))
        best = min(best, time.process_time() - begun)
    return results, best * 1e6


def jax_rows(scalar):
    """By name of a row: what JAX computes, and its time. The data are those of benches/benches/limit.rs."""
    dtype = {"f32": np.float32, "f64": np.float64}[scalar]
    number = np.fromfunction(lambda s, i, p: (31 * s + 7 * i + 3 * p) % 23 / 23 - 0.5, (SAMPLES, N, N))
    a = jnp.asarray(number[:, :, :D], dtype)
    dh = jnp.ones((SAMPLES, D, D), dtype)
    theta = jnp.full(21, 0.25, dtype)
    flat = np.arange(2 * N * N + 1) % 17 / 17
    shared = (flat[0], flat[1 : N * N + 1].reshape(N, N), flat[N * N + 1 :].reshape(N, N))
    shared = tuple(jnp.asarray(x, dtype) for x in shared)
    in_shared = lambda dh, c, a: gradient(lambda c: pairs(c, a), 0)(dh, c)
    ones, q = jnp.ones(FEW, dtype), jnp.asarray(number[:FEW], dtype)
    few = (ones, q, a[:FEW])
    m = np.tile(np.where(np.eye(3) == 1, np.diag([-1.0, 0.0, 1.0]), 0.5), (SAMPLES, 1, 1))
    s, v, m = jnp.ones(SAMPLES, dtype), jnp.ones((SAMPLES, 3), dtype), jnp.asarray(m, dtype)
    quarter = jnp.asarray(0.25, dtype)
    return {
        "O(d)*S(n), degree <= 4: value": least(spectral, theta, a),
        "O(d)*S(n), degree <= 4: gradient in theta, a": least(gradient(spectral, (0, 1)), dh, theta, a),
        "arrays P, Q over pairs of labels: value": least(pairs, shared, a),
        "arrays P, Q over pairs of labels: gradient in P, Q": least(in_shared, dh, shared, a),
        "arrays P, Q over pairs of labels: gradient in P, Q, a": least(gradient(pairs, (0, 1)), dh, shared, a),
        "generators, q of every sample: value": least(generated, *few),
        "generators, q of every sample: gradient in q": least(gradient(generated, (0, 1)), dh[:FEW], *few),
        "generators, q of every sample: gradient in q, a": least(gradient(generated, (0, 1, 2)), dh[:FEW], *few),
        "O(3), R, R^3, Sym0^2 twice, degree 2: three maps": least(small, quarter, s, s, v, v, m, m),
    }


def eqt_rows():
    """The rows of the benchmark of eqt."""
    features = sys.argv[1:]
    command = ["cargo", "bench", "--quiet", "-p", "eqt-benches", "--bench", "limit", *features, "--", "--json"]
    root = Path(__file__).resolve().parents[2]
    text = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    sys.stderr.write(text.stderr)
    return [json.loads(line) for line in text.stdout.splitlines() if line.startswith("{")]


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    rows = eqt_rows()
    print(f"{date.today()}, {processor()}, one thread; n = {N}, d = {D}, {SAMPLES} samples (generators: {FEW}); JAX {jax.__version__}\n")
    print("| map | scalar | eqt, us | of the FMA limit | JAX, us | eqt / JAX |\n|---|---|---|---|---|---|")
    peers = {}
    for row in rows:
        scalar = row["scalar"]
        if scalar not in peers:
            peers[scalar] = jax_rows(scalar)
        results, microseconds = peers[scalar][row["name"]]
        values = entries(results)
        found = float((values * np.cos(np.arange(len(values)))).sum())
        tolerance = (1e-4 if scalar == "f32" else 1e-10) * np.linalg.norm(values)
        if abs(found - row["sum"]) > tolerance:
            sys.exit(f"{row['name']}, {scalar}: eqt sums to {row['sum']}, JAX to {found}")
        limit = f"{100 * row['of_limit']:.0f} %" if row["of_limit"] else ""
        ratio = row["us"] / microseconds
        print(f"| {row['name']} | {scalar} | {row['us']:.0f} | {limit} | {microseconds:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
