//! The signatures that are compiled and run.

use eqt_ir::basis::Options;

use crate::case::Case;

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let case = |signature: &'static str, options: Options, sizes: &'static [(&'static str, usize)]| Case {
        signature,
        options,
        sizes,
        fixed: false,
        inputs: &[],
        name: "map",
    };
    let up_to = Options::up_to;
    vec![
        // Families: fused loops over labels, of fixed and run-time length.
        case("O(d) * S(n): (R^d)^n -> S^d", up_to(4), &[("d", 3), ("n", 4)]),
        Case { fixed: true, ..case("O(d) * S(n): (R^d)^n -> S^d", up_to(4), &[("d", 3), ("n", 4)]) },
        Case { fixed: true, ..case("O(d) * S(n): (R^d)^n -> R", up_to(6), &[("d", 2), ("n", 3)]) },
        case("O(3) * S(4): (R^3)^4 -> S^3", up_to(4), &[]),
        case("O(d) * S(n): (R^d)^n -> (R^d)^n", up_to(3), &[("d", 2), ("n", 3)]),
        case("O(d) * S(n): x: (R^d)^n, y: (R^d)^n -> R", up_to(2), &[("d", 2), ("n", 3)]),
        case("O(d) * S(n) * S(m): (R^d)^n, (R^d)^m -> S^d", up_to(3), &[("d", 2), ("n", 3), ("m", 4)]),
        case("O(d) * S(n): (R^d)^n -> R", up_to(4), &[("d", 3), ("n", 0)]),
        case("O(d) * S(n): (R^d)^n -> S^d", up_to(2), &[("d", 0), ("n", 2)]),
        // Coefficients over free labels.
        case("O(d): (R^d)^n -> S^d", up_to(2), &[("d", 3), ("n", 4)]),
        Case { fixed: true, ..case("O(d): (R^d)^n -> S^d", up_to(4).with_labels(1), &[("d", 3), ("n", 4)]) },
        case("O(d): (R^d)^n, (R^d)^m -> T^2(R^d)", up_to(2), &[("d", 2), ("n", 3), ("m", 2)]),
        case("O(2): (R^2)^3 -> R^2", up_to(3), &[]),
        case("O(d): (R^d)^n -> (R^d)^n", up_to(1), &[("d", 2), ("n", 3)]),
        // Permutation representations.
        case("S(n): R^n -> R^n", up_to(3), &[("n", 4)]),
        case("S(n): T^2(R^n) -> S^n", up_to(2), &[("n", 3)]),
        case("S(3): S^3 -> R^3", up_to(2), &[]),
        // Epsilon, written out and looped over.
        case("SO(3): R^3, R^3 -> R^3", up_to(3), &[]),
        case("O(3): x: R^3, y: R^3 -> pseudo R^3", up_to(4), &[]),
        case("SO(3): -> T^3(R^3)", up_to(0), &[]),
        case("SO(5): R^5, R^5, R^5, R^5 -> R^5", Options::exactly(4), &[]),
        case("SO(1,4): R^5, R^5, R^5, R^5 -> R^5", Options::exactly(4), &[]),
        case("SO(5): Alt^2(R^5) -> R^5", up_to(2), &[]),
        // Symmetric, alternating, traceless.
        case("O(3): S^3 -> S^3", up_to(4), &[]),
        case("O(d): Sym^3(R^d) -> Sym^3(R^d)", up_to(1), &[("d", 2)]),
        case("O(d): Sym0^2(R^d) -> Sym0^2(R^d)", up_to(3), &[("d", 3)]),
        case("O(d): R^d -> Sym0^4(R^d)", up_to(4), &[("d", 3)]),
        case("O(d): x: Sym0^3(R^d), y: R^d -> R^d", up_to(3), &[("d", 2)]),
        case("O(4): Alt^2(R^4) -> Alt^2(R^4)", up_to(3), &[]),
        case("O(d): R^d, R^d, R^d -> Alt^3(R^d)", up_to(3), &[("d", 3)]),
        case("O(2): S^2 (x) R^2 -> R^2", up_to(3), &[]),
        case("O(d) * O(e): R^d (x) R^e -> S^d", up_to(4), &[("d", 3), ("e", 2)]),
        // Forms.
        case("O(1,3): R^4, Alt^2(R^4) -> R^4", up_to(3), &[]),
        case("O(1,3): R^4 -> Sym0^2(R^4)", up_to(2), &[]),
        case("O(1,2): Sym0^2(R^3) -> Sym0^2(R^3)", up_to(2), &[]),
        case("SO(1,2): R^3, R^3 -> R^3", up_to(3), &[]),
        case("SO(1,3): R^4, R^4, R^4 -> R^4", up_to(3), &[]),
        case("O(1,2) * S(n): (R^3)^n -> T^2(R^3)", up_to(2), &[("n", 3)]),
        case("Sp(d): R^d, R^d -> R^d", up_to(3), &[("d", 4)]),
        case("Sp(d): R^d, R^d, R^d -> T^2(R^d)", up_to(2), &[("d", 4)]),
        case("Sp(4): S^4 -> S^4", up_to(3), &[]),
        case("Sp(2): Alt^2(R^2), R^2 -> Alt^2(R^2)", up_to(3), &[]),
        case("Sp(d) * S(n): (R^d)^n -> S^d", up_to(4), &[("d", 2), ("n", 2)]),
        // Scalars, and names that collide with ours.
        case("O(d): t: R, x: R^d -> R^d", up_to(3), &[("d", 3)]),
        Case {
            inputs: &["theta", "r#type", "dh"],
            name: "r#match",
            ..case("O(d): R, R^d, R^d -> R^d", up_to(2), &[("d", 3)])
        },
        Case {
            inputs: &["g1", "i", "value"],
            name: "call",
            ..case("O(T) * S(n): (R^T)^n, (R^T)^n, R^T -> R^T", up_to(2), &[("t", 2), ("n", 3)])
        },
    ]
}
