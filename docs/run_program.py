"""Runs a program that `eqt program ... --format json` wrote: what the format means, in numpy.

    program = json.loads(text)["programs"][-1]
    roots = run(program, {"a": a}, theta, sizes={"d": 5, "n": 100})

`inputs` has an array per name, `coefficients` a number per member, or an array over its free labels, and `cotangent`
the derivative by the output (for gradients). The invariants' gradient has their cotangents as coefficients. Upper
indices only: what is covariant, the cotangent and gradients in inputs, is raised and lowered with the form F of each
axis, `x_b = sum_a x^a F_ab`. With `number=fractions.Fraction` and arrays of fractions everything is exact.
"""

import itertools
import math
from fractions import Fraction

import numpy as np


def run(program, inputs, coefficients, cotangent=None, sizes={}, number=float):
    """The value of every root, by its name."""
    size = [sizes.get(axis["symbol"], axis["size"]) for axis in program["axes"]]
    forms = [form(axis["form"], n) for axis, n in zip(program["axes"], size)]
    is_label = [axis["is_label"] for axis in program["axes"]]
    values = []
    for step in program["steps"]:
        match step["operation"]:
            case "input":
                value = np.asarray(inputs[program["inputs"][step["input"]]["name"]])
            case "coefficient":
                value = np.asarray(coefficients[step["member"]])
            case "cotangent":
                value = move(np.asarray(cotangent), program["output"], [F.T for F in forms])
                value = project(value, program["output"], forms, number)
            case "delta":
                value = forms[step["axis"]].T
            case "epsilon":
                value = np.zeros([size[step["axis"]]] * size[step["axis"]], dtype=object)
                for order in itertools.permutations(range(size[step["axis"]])):
                    value[order] = sign(order) * round(np.linalg.det(forms[step["axis"]].astype(float)))
            case "ones" | "one":
                value = np.ones([size[axis] for axis in step["axes"]], dtype=object)
            case "einsum":
                arguments, seen = [], set()
                for operand in step["operands"]:
                    value = values[operand["step"]]
                    for slot, label in enumerate(operand["labels"]):
                        axis = step["labels"][label]
                        if label in seen and not is_label[axis]:  # sum_ab x^a F_ab y^b: the second one takes F
                            value = np.moveaxis(np.tensordot(value, forms[axis], (slot, 1)), -1, slot)
                        seen.add(label)
                    arguments += [value, operand["labels"]]
                value = np.einsum(*arguments, step["output"])
            case "linear":
                value = np.zeros([size[axis] for axis in step["axes"]], dtype=object)
                for term in step["terms"]:
                    scale = factor(term, coefficients, number)
                    value = value + scale * np.transpose(values[term["step"]], term["permutation"])
        values.append(value)
    results = {}
    for root in program["roots"]:
        value = factor(root, coefficients, number) * np.transpose(values[root["step"]], root["permutation"])
        space = program["inputs"][root["input"]] if root["kind"] == "input_gradient" else program["output"]
        if root["project"]:
            value = project(value, space, forms, number)
        results[root["name"]] = move(value, space, forms) if root["kind"] == "input_gradient" else value
    return results


def factor(term, coefficients, number):
    """The number that a term or a result is multiplied by."""
    member = term.get("coefficient")
    return number(Fraction(term["scale"])) * (1 if member is None else coefficients[member])


def form(described, n):
    """The matrix F of the invariant form of an axis; for labels the identity."""
    F = np.eye(n, dtype=int).astype(object)
    if described["kind"] == "diagonal":
        F[described["positive"] :] *= -1
    if described["kind"] == "omega":
        F = np.roll(F, n // 2, axis=1)
        F[n // 2 :] *= -1
    return F


def move(value, space, matrices):
    """`sum_a x^a M_ab` in every slot."""
    for slot, axis in enumerate(space["axes"]):
        value = np.moveaxis(np.tensordot(value, matrices[axis], (slot, 0)), -1, slot)
    return value


def project(value, space, forms, number):
    """The average over the exchanges of the slots of every block; traceless blocks also lose their traces."""
    for block in space["blocks"]:
        start, rank, symmetry = block["start"], block["rank"], block["symmetry"]
        if rank < 2 or symmetry == "general":
            continue
        value = trace = average(value, start, rank, symmetry == "alternating", number)
        F = forms[space["axes"][start]]
        scale = Fraction(1)
        for j in range(1, rank // 2 + 1 if symmetry == "traceless" else 1):
            left = rank - 2 * j + 2
            scale *= Fraction(-left * (left - 1), 2 * j * (len(F) + 2 * rank - 2 - 2 * j))
            trace = np.tensordot(F, trace, ((0, 1), (start, start + 1)))
            lifted = trace
            for _ in range(j):
                lifted = np.moveaxis(np.tensordot(F, lifted, 0), (0, 1), (start, start + 1))
            value = value + number(scale) * average(lifted, start, rank, False, number)
    return value


def average(value, start, rank, alternating, number):
    total = 0
    for order in itertools.permutations(range(rank)):
        slots = [*range(start), *(start + slot for slot in order), *range(start + rank, value.ndim)]
        total = total + (sign(order) if alternating else 1) * value.transpose(slots)
    return number(Fraction(1, math.factorial(rank))) * total


def sign(order):
    return round(np.linalg.det(np.eye(len(order))[list(order)]))
