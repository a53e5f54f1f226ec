"""The table of ARCHITECTURE.md: batches of eqt, and the same maps in JAX and PyTorch, on one thread.

    python -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    taskset -c 0 venv/bin/python benches/peers/table.py [--features avx512]

The peers get each map in the form that is cheapest to compute, by hand: moments in the place of sums over pairs, products of matrices
in the place of sums over labels. Results are compared before times are. A time is the least of many. JAX is compiled before; of
PyTorch, which is left out where it is not installed, the better of eager and compiled counts, and its gradients come with the value.
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

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None

SAMPLES, FEW, N, D = 1024, 100, 100, 5
SECONDS = 2.0


def einsum(formula, *operands):
    return (jnp if isinstance(operands[0], jax.Array) else torch).einsum(formula, *operands)


def sym(m):
    return (m + m.swapaxes(-1, -2)) / 2


def trace(m):
    return einsum("...pp->...", m)


def identity(x, d=D):
    eye = jnp.eye(d, dtype=x.dtype) if isinstance(x, jax.Array) else torch.eye(d, dtype=x.dtype)
    return x[..., None, None] * eye


def spectral(theta, a):
    """All 21 maps of degree <= 4 of O(d) * S(n): (R^d)^n -> S^d, a: (samples, n, d)."""
    s = a.sum(1)
    r = einsum("bip,bip->bi", a, a)
    g = einsum("bip,biq->bpq", a, a)
    w = einsum("bi,bip->bp", r, a)
    ss, tr, ws = einsum("bp,bp->b", s, s), r.sum(1), einsum("bp,bp->b", w, s)
    gs, gg = einsum("bpq,bq->bp", g, s), g @ g
    sgs = einsum("bp,bp->b", s, gs)
    weight = theta[9] * einsum("bip,bp->bi", a, s) + theta[5] * r
    h = einsum("bip,biq->bpq", a * weight[..., None], a)
    u = (theta[19] * ss + theta[15] * tr + theta[3])[:, None] * s + theta[8] * w + theta[14] * gs
    h += s[:, :, None] * u[:, None, :] + (theta[16] * ss + theta[10] * tr + theta[1])[:, None, None] * g + theta[7] * gg
    number = theta[20] * ss * ss + theta[18] * ss * tr + theta[17] * sgs + theta[13] * tr * tr + theta[11] * trace(gg)
    number += theta[12] * ws + theta[6] * (r * r).sum(1) + theta[4] * ss + theta[2] * tr + theta[0]
    return sym(h) + identity(number)


def pairs(c, p, q, a):
    """c I + sum_ij P_ij a_i a_j^T + sum_ij Q_ij <a_i, a_j> I, the same P and Q for all samples."""
    pa = einsum("ij,bjp->bip", p, a)
    qa = einsum("ij,bjp->bip", q, a)
    h = sym(einsum("bip,biq->bpq", a, pa))
    return h + identity(einsum("bip,bip->b", a, qa) + c)


def generated(q0, q, a):
    """q0 I + sum_ij q_ij a_i a_j^T, q0 and q of every sample."""
    qa = einsum("bij,bjp->bip", q, a)
    return sym(einsum("bip,biq->bpq", a, qa)) + identity(q0)


def to_scalar(s, t, u, v, a, b):
    dot = lambda x, y: einsum("bp,bp->b", x, y)
    dot2 = lambda x, y: einsum("bpq,bpq->b", x, y)
    return [s * s, s * t, t * t, dot(u, u), dot(u, v), dot(v, v), dot2(a, a), dot2(a, b), dot2(b, b)]


def to_vector(s, t, u, v, a, b):
    times = lambda m, x: einsum("bpq,bq->bp", m, x)
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


def entries(results):
    return np.concatenate([np.asarray(x, np.float64).ravel() for x in jax.tree.leaves(results)])


def least(run):
    """The least processor time in microseconds."""
    best, started = float("inf"), time.monotonic()
    while time.monotonic() - started < SECONDS:
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best * 1e6


def data(scalar):
    """By name of a row: the map, its arguments, and those that it is differentiated in; as benches/benches/limit.rs has them."""
    dtype = {"f32": np.float32, "f64": np.float64}[scalar]
    number = np.fromfunction(lambda s, i, p: (31 * s + 7 * i + 3 * p) % 23 / 23 - 0.5, (SAMPLES, N, N))
    a = number[:, :, :D].astype(dtype)
    theta = np.full(21, 0.25, dtype)
    flat = np.arange(2 * N * N + 1) % 17 / 17
    shared = (flat[:1], flat[1 : N * N + 1].reshape(N, N), flat[N * N + 1 :].reshape(N, N))
    shared = tuple(x.astype(dtype) for x in shared)
    few = (np.ones(FEW, dtype), number[:FEW].astype(dtype), a[:FEW])
    m = np.tile(np.where(np.eye(3) == 1, np.diag([-1.0, 0.0, 1.0]), 0.5), (SAMPLES, 1, 1)).astype(dtype)
    s, v = np.ones(SAMPLES, dtype), np.ones((SAMPLES, 3), dtype)
    of_pairs = (*shared, a)
    return {
        "O(d)*S(n), degree <= 4: value": (spectral, (theta, a), None),
        "O(d)*S(n), degree <= 4: gradient in theta, a": (spectral, (theta, a), (0, 1)),
        "arrays P, Q over pairs of labels: value": (pairs, of_pairs, None),
        "arrays P, Q over pairs of labels: gradient in P, Q": (pairs, of_pairs, (0, 1, 2)),
        "arrays P, Q over pairs of labels: gradient in P, Q, a": (pairs, of_pairs, (0, 1, 2, 3)),
        "generators, q of every sample: value": (generated, few, None),
        "generators, q of every sample: gradient in q": (generated, few, (0, 1)),
        "generators, q of every sample: gradient in q, a": (generated, few, (0, 1, 2)),
        "O(3), R, R^3, Sym0^2 twice, degree 2: three maps": (small, (np.full(1, 0.25, dtype), s, s, v, v, m, m), None),
    }


def in_jax(f, arguments, chosen):
    """What JAX computes, and its time."""
    arguments = [jnp.asarray(x) for x in arguments]
    run = f
    if chosen is not None:
        dh = jnp.ones((arguments[-1].shape[0], D, D), arguments[-1].dtype)
        run = jax.grad(lambda *x: (dh * f(*x)).sum(), argnums=chosen)
    run = jax.jit(run)
    results = jax.block_until_ready(run(*arguments))
    return entries(results), least(lambda: jax.block_until_ready(run(*arguments)))


def in_torch(f, arguments, chosen):
    """What PyTorch computes, and its time, eager or compiled."""
    arguments = [torch.from_numpy(x.copy()) for x in arguments]
    wanted = [arguments[k].requires_grad_() for k in chosen or ()]
    dh = torch.ones((arguments[-1].shape[0], D, D), dtype=arguments[-1].dtype)

    def run(f):
        if chosen is None:
            return f(*arguments)
        return torch.autograd.grad((dh * f(*arguments)).sum(), wanted)

    torch.compiler.reset()
    results = [run(f), run(compiled := torch.compile(f))]
    one, other = ([x.detach().numpy() for x in jax.tree.leaves(result)] for result in results)
    assert np.allclose(entries(one), entries(other), rtol=1e-3, atol=1e-3), "eager and compiled differ"
    return entries(one), min(least(lambda: run(f)), least(lambda: run(compiled)))


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
    peers = {f"JAX {jax.__version__}": in_jax}
    if torch is not None:
        peers[f"PyTorch {torch.__version__.split('+')[0]}"] = in_torch
    versions = ", ".join(peers)
    print(f"{date.today()}, {processor()}, one thread; n = {N}, d = {D}, {SAMPLES} samples (generators: {FEW}); {versions}\n")
    columns = " | ".join(f"{peer.split()[0]}, us" for peer in peers)
    print(f"| map | scalar | eqt, us | of the FMA limit | {columns} | eqt / best |")
    print("|---" * (5 + len(peers)) + "|")
    for row in rows:
        f, arguments, chosen = data(row["scalar"])[row["name"]]
        times = []
        for peer, run in peers.items():
            values, microseconds = run(f, arguments, chosen)
            found = float((values * np.cos(np.arange(len(values)))).sum())
            tolerance = (1e-4 if row["scalar"] == "f32" else 1e-10) * np.linalg.norm(values)
            if abs(found - row["sum"]) > tolerance:
                sys.exit(f"{row['name']}, {row['scalar']}: eqt sums to {row['sum']}, {peer} to {found}")
            times.append(microseconds)
        limit = f"{100 * row['of_limit']:.0f} %" if row["of_limit"] else ""
        of_peers = " | ".join(f"{time:.0f}" for time in times)
        print(f"| {row['name']} | {row['scalar']} | {row['us']:.0f} | {limit} | {of_peers} | {row['us'] / min(times):.2f} |")


if __name__ == "__main__":
    main()
