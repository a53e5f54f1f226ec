//! What must hold between the answers of one group.

use eqt_runtime::{Fp, Scalar};

use super::{Class, Epsilon, Group, Wires};
use crate::exact::{Elimination, Matrix, Random, Tensor};

/// Whether the answers of a group fit together, exactly, at one dimension (up to about 8):
///
/// - random elements keep the form, `g^T F g = F`, and their determinants are those that the epsilon allows;
/// - the Lie algebra keeps it to first order, is closed under brackets, independent, and as large as that of all
///   matrices that keep the form;
/// - the weights of the conjugacy classes sum to 1; the mean of `(tr g)^2` is 1 for a linear group on `d >= 2` (`d >= 3`
///   with an epsilon at either parity), whose vectors have one invariant form;
/// - the inverse form, as a tensor, is invariant, and to first order so.
///
/// # Errors
/// One sentence on the first law that does not hold.
pub fn check_laws(group: &Group, dimension: usize) -> Result<(), String> {
    let rules = group.rules();
    let name = group.text(&super::Dimension::Literal(dimension));
    let law = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{name}: {what}")) };
    let form = rules.form();
    law(
        group.is_antisymmetric() == form.is_antisymmetric(),
        "wires are antisymmetric iff the invariant form is",
    )?;
    law(!group.is_label() || form.is_identity(), "labels have no form but the identity")?;
    law(group.admits(dimension), "the group does not exist in this dimension")?;
    let metric = Matrix::from_fn(dimension, |a, b| {
        let (partner, sign) = form.entry(dimension, a);
        if partner == b { Fp::from_i64(sign.into()) } else { Fp::ZERO }
    });
    law(
        dimension == 0 || metric.determinant() == Fp::from_i64(form.determinant(dimension).into()),
        "the determinant of the form is not what it says",
    )?;
    let inverse = inverse_form(&metric);

    let mut random = Random::seeded(7);
    let elements = rules.random_elements(dimension, &mut random);
    law(!elements.is_empty(), "there are no random elements")?;
    for g in &elements {
        let transposed = Matrix::from_fn(dimension, |a, b| g[(b, a)]);
        law(transposed.times(&metric).times(g) == metric, "a random element does not keep the form")?;
        law(rules.act(g, &[0, 1], false, &inverse) == inverse, "the inverse form is not invariant")?;
        let sign = rules.determinant_sign(g);
        law(group.is_label() || g.determinant() == sign, "the sign of an element is not its determinant")?;
    }
    let reflected = elements.iter().any(|g| rules.determinant_sign(g) == -Fp::ONE);
    law(
        dimension == 0 || reflected == group.has_reflections(),
        "random elements have determinant -1 iff epsilons are odd",
    )?;

    let algebra = rules.algebra(dimension);
    if let Wires::Edges { antisymmetric, epsilon } = rules.wires() {
        let full = dimension * (if antisymmetric { dimension + 1 } else { dimension.saturating_sub(1) }) / 2;
        law(algebra.len() == full, "the Lie algebra has another dimension than that of the form")?;
        law(!antisymmetric || epsilon == Epsilon::Never, "antisymmetric wires have no epsilon")?;
    }
    let entries = |x: &Matrix| -> Vec<Fp> {
        (0..dimension).flat_map(|a| (0..dimension).map(move |b| (a, b))).map(|at| x[at]).collect()
    };
    let mut span = Elimination::default();
    for x in &algebra {
        law(
            rules.act_to_first_order(x, &[0, 1], &inverse) == Tensor::zeros(inverse.shape.clone()),
            "the Lie algebra does not keep the form to first order",
        )?;
        law(span.insert(entries(x)), "the basis of the Lie algebra is dependent")?;
    }
    for (x, y) in algebra.iter().flat_map(|x| algebra.iter().map(move |y| (x, y))) {
        let (xy, yx) = (x.times(y), y.times(x));
        let bracket = Matrix::from_fn(dimension, |a, b| xy[(a, b)] - yx[(a, b)]);
        law(!span.insert(entries(&bracket)), "the Lie algebra is not closed under brackets")?;
    }

    let classes = rules.classes(dimension, 2, 2).map_err(|budget| format!("{name}: {budget}"))?;
    let mean =
        |f: &dyn Fn(&Class) -> Fp| classes.iter().fold(Fp::ZERO, |sum, class| sum + class.weight * f(class));
    law(mean(&|_| Fp::ONE) == Fp::ONE, "the weights of the classes do not sum to 1")?;
    let least = if group.epsilon() == Epsilon::EitherParity { 3 } else { 1 };
    law(
        group.is_label()
            || dimension < least
            || mean(&|class| class.power_sums[0] * class.power_sums[0]) == Fp::ONE,
        "vectors have one invariant bilinear form, but the classes give another number",
    )
}

/// `F^-1` as a tensor of two contravariant slots; F is a signed permutation, so that `F^-1 = F^T`.
fn inverse_form(metric: &Matrix) -> Tensor {
    let dimension = metric.dimension();
    let data = (0..dimension).flat_map(|a| (0..dimension).map(move |b| metric[(b, a)])).collect();
    Tensor { shape: vec![dimension; 2], data }
}
