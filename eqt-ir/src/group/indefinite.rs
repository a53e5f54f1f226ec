//! `O(p,q)` and `SO(p,q)`: edges carry the metric eta = diag(+1 x p, -1 x q).

use syn::Error;

use super::written::{Factor, Written};
use super::{AxisGroup, Class, ClassBudget, Dimension, Epsilon, Form, Group, Key, Wires, classes};

/// The indefinite orthogonal group, or its unimodular part.
#[derive(Debug)]
struct Indefinite {
    p: usize,
    q: usize,
    special: bool,
}

/// `O(p,q)`.
pub(super) fn read(written: &Written) -> syn::Result<Factor> {
    read_either(written, false)
}

/// `SO(p,q)`.
pub(super) fn read_special(written: &Written) -> syn::Result<Factor> {
    read_either(written, true)
}

fn read_either(written: &Written, special: bool) -> syn::Result<Factor> {
    match (&written.dimension(0)?.dimension, &written.dimension(1)?.dimension) {
        (&Dimension::Literal(p), &Dimension::Literal(q)) => Ok(Factor {
            group: Group::new(Indefinite { p, q, special }),
            dimension: Dimension::Literal(p.saturating_add(q)),
        }),
        (Dimension::Symbol(name), _) | (_, Dimension::Symbol(name)) => Err(Error::new(
            written.span,
            format!(
                "{word}(p,q) needs literal p and q, found `{name}`; write for instance {word}(1,3)",
                word = written.word
            ),
        )),
    }
}

impl AxisGroup for Indefinite {
    fn key(&self) -> Key {
        if self.special { Key::new(3, "SO", &[self.p, self.q]) } else { Key::new(2, "O", &[self.p, self.q]) }
    }

    fn text(&self, _dimension: &Dimension) -> String {
        format!("{}({},{})", if self.special { "SO" } else { "O" }, self.p, self.q)
    }

    fn wires(&self) -> Wires {
        let epsilon = if self.special { Epsilon::EitherParity } else { Epsilon::OddParity };
        Wires::Edges { antisymmetric: false, epsilon }
    }

    fn form(&self) -> Form {
        if self.q == 0 { Form::Identity } else { Form::Diagonal(self.p) }
    }

    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        // Polynomial equivariants of a real form are those of the complex group (Weyl's unitarian trick; docs/theory.md section 1).
        classes::orthogonal(dimension, self.special, band, powers)
    }
}
