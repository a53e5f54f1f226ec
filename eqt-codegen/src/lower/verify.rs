//! The laws of loop nests, checked between stages in debug builds.
//!
//! 1. Every id is that of a buffer, a variable, an axis, a result of the nest.
//! 2. An access has one index per axis of its buffer, stored or not; a variable in it is bound by a loop around it, over an
//!    axis of the same size; a number is less than a literal size.
//! 3. A local is declared before it is used, inside the loops that its use is in, and once in every scope; arguments are
//!    only read; results are only written, unless they are [assigned](Written::Assigned).
//! 4. An index of a local that is not stored is, at every access, the variable of one loop that the local lives inside of.
//! 5. [`Node::Accumulate`] stands in a [`Node::Reduce`]; signs and images are of permutations around them.
//! 6. What is a sum over samples is added to and never set. What is folded is such a sum, over two labels of one axis.
//! 7. What lies in rows is an argument or a result over two labels, and is the array of a [`Multiply`] wherever it is used. The other
//!    tensors of a [`Multiply`] are whole and in lanes, their first index a label, the others alike and linear.

use std::fmt;

use super::{
    Access, Arrangement, Bound, BufferId, Index, Multiply, Nest, Node, Place, Product, VariableId, Way,
    Written,
};

/// A law that a nest breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError(String);

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for VerifyError {}

type Law = Result<(), VerifyError>;

fn law(holds: bool, broken: impl FnOnce() -> String) -> Law {
    if holds { Ok(()) } else { Err(VerifyError(broken())) }
}

/// Whether a nest keeps the laws that `lower/verify.rs` lists: ids and indices in range, locals declared in the scope of their use,
/// arguments only read, sums over samples only added to.
///
/// # Errors
///
/// The first law that it breaks, in one sentence.
pub fn verify(nest: &Nest) -> Law {
    for (id, buffer) in nest.buffers.iter().enumerate() {
        law(buffer.axes.iter().all(|axis| axis.index() < nest.axes.len()), || {
            format!("b{id} has an axis that the nest does not know")
        })?;
        law(buffer.stored.len() == buffer.axes.len(), || {
            format!("b{id} does not say of each index if it is stored")
        })?;
        let known = match buffer.place {
            Place::Input(input) => input < nest.inputs.len(),
            Place::Result(result) => result < nest.results.len(),
            Place::Cotangent | Place::Coefficient(_) | Place::Local => true,
        };
        law(known, || format!("b{id} is no input and no result of the nest"))?;
        law(buffer.place == Place::Local || !buffer.stored.contains(&false), || {
            format!("b{id} is no local, but has indices that are not stored")
        })?;
    }
    for (id, buffer) in
        nest.buffers.iter().enumerate().filter(|(_, buffer)| buffer.arrangement == Arrangement::Rows)
    {
        let over_labels = buffer.axes.iter().filter(|&&axis| nest.axis(axis).is_label).count();
        let is_outside = matches!(buffer.place, Place::Coefficient(_) | Place::Result(_));
        law(is_outside && (buffer.axes.len(), over_labels) == (2, 2), || {
            format!("b{id} lies in rows, but is no array over two labels of the caller")
        })?;
    }
    for (id, slot) in nest.results.iter().enumerate().filter(|(_, slot)| slot.folded.is_some()) {
        let buffer = nest.buffers.iter().find(|buffer| buffer.place == Place::Result(id));
        let is_pair = buffer.is_some_and(|buffer| {
            matches!(buffer.axes[..], [first, second] if first == second && nest.axis(first).is_label)
        });
        law(is_pair && slot.written == Written::Added, || {
            format!("result {id} is folded, but is no sum over samples of pairs of labels")
        })?;
    }
    let mut scope = Scope { nest, variables: Vec::new(), permutations: Vec::new(), declared: Vec::new() };
    scope.nodes(&nest.body, false)
}

struct Scope<'a> {
    nest: &'a Nest,
    variables: Vec<VariableId>,
    permutations: Vec<(VariableId, usize)>,
    /// Locals in scope, each with the number of loops around its declaration.
    declared: Vec<(BufferId, usize)>,
}

impl Scope<'_> {
    fn nodes(&mut self, nodes: &[Node], reducing: bool) -> Law {
        let before = self.declared.len();
        for node in nodes {
            self.node(node, reducing)?;
        }
        self.declared.truncate(before);
        Ok(())
    }

    fn node(&mut self, node: &Node, reducing: bool) -> Law {
        match node {
            Node::Declare(id) => {
                let place = self.nest.buffers.get(id.0).map(|buffer| buffer.place);
                law(place == Some(Place::Local), || format!("b{} is declared but is no local", id.0))?;
                law(!self.declared.iter().any(|(other, _)| other == id), || {
                    format!("b{} is declared twice", id.0)
                })?;
                self.declared.push((*id, self.variables.len()));
                Ok(())
            }
            Node::Loop { variable, from, to, body } => {
                self.bind(*variable)?;
                self.bound(*from)?;
                self.bound(*to)?;
                self.variables.push(*variable);
                self.nodes(body, reducing)?;
                self.variables.pop();
                Ok(())
            }
            Node::Permutations { variable, legs, body } => {
                self.bind(*variable)?;
                self.permutations.push((*variable, *legs));
                self.nodes(body, reducing)?;
                self.permutations.pop();
                Ok(())
            }
            Node::Store { target, add, terms } => {
                self.target(target, *add)?;
                terms.iter().try_for_each(|term| self.product(term))
            }
            Node::Reduce { target, add, body } => {
                self.target(target, *add)?;
                self.nodes(body, true)
            }
            Node::Multiply(multiply) => self.multiply(multiply),
            Node::Accumulate(terms) => {
                law(reducing, || "a term is accumulated outside of a sum".to_owned())?;
                terms.iter().try_for_each(|term| self.product(term))
            }
        }
    }

    fn multiply(&self, multiply: &Multiply) -> Law {
        let (array, labels, vectors) = match *multiply {
            Multiply::Apply { matrix, way: Way::Transposed, operand, target } => {
                (matrix, [operand, target], [operand, target])
            }
            Multiply::Apply { matrix, operand, target, .. } => (matrix, [target, operand], [operand, target]),
            Multiply::Outer { left, right, target } => (target, [left, right], [left, right]),
        };
        for id in [array, vectors[0], vectors[1]] {
            law(id.0 < self.nest.buffers.len(), || format!("there is no buffer b{}", id.0))?;
        }
        let of = |id: BufferId| &self.nest.buffers[id.0];
        law(of(array).arrangement == Arrangement::Rows, || {
            format!("b{} is multiplied with, but is in lanes", array.0)
        })?;
        let is_read = matches!(multiply, Multiply::Apply { .. });
        law(matches!(of(array).place, Place::Coefficient(_)) == is_read, || {
            format!("b{} is read where it is written, or written where it is read", array.0)
        })?;
        for (id, &axis) in labels.into_iter().zip(&of(array).axes) {
            law(of(id).axes.first() == Some(&axis), || {
                format!("b{} does not begin with a label of b{}", id.0, array.0)
            })?;
        }
        for id in vectors {
            let buffer = of(id);
            let linear = buffer.axes.iter().skip(1).all(|&axis| !self.nest.axis(axis).is_label);
            let alike = buffer.axes.get(1..) == of(vectors[0]).axes.get(1..);
            law(linear && alike, || format!("b{} is no vector of another per label", id.0))?;
            law(buffer.arrangement == Arrangement::Lanes && !buffer.stored.contains(&false), || {
                format!("b{} is multiplied, but is not whole, or not in lanes", id.0)
            })?;
            let declared = self.declared.iter().any(|(other, _)| *other == id);
            law(buffer.place != Place::Local || declared, || format!("b{} is not declared here", id.0))?;
        }
        match *multiply {
            Multiply::Apply { way, operand, target, .. } => {
                let is_square = of(operand).axes.first() == of(target).axes.first();
                law(is_square || matches!(way, Way::Plain | Way::Transposed), || {
                    format!("b{} is not square", array.0)
                })?;
                let written = matches!(of(target).place, Place::Local | Place::Result(_));
                law(written && target != operand && !self.nest.is_sum(target), || {
                    format!("b{} cannot be set here", target.0)
                })?;
                law(!self.nest.is_sum(operand), || {
                    format!("b{} is a sum over samples, but is read", operand.0)
                })
            }
            Multiply::Outer { left, right, target } => {
                law(matches!(of(target).place, Place::Result(_)), || format!("b{} is no result", target.0))?;
                law([left, right].into_iter().all(|id| !self.nest.is_sum(id)), || {
                    "a sum over samples is read".to_owned()
                })
            }
        }
    }

    fn bind(&self, variable: VariableId) -> Law {
        law(variable.0 < self.nest.variables.len(), || format!("there is no variable x{}", variable.0))?;
        let bound = self.variables.contains(&variable)
            || self.permutations.iter().any(|(other, _)| *other == variable);
        law(!bound, || format!("x{} is bound twice", variable.0))
    }

    fn bound(&self, bound: Bound) -> Law {
        match bound {
            Bound::Literal(_) => Ok(()),
            Bound::Size(axis) | Bound::Half(axis) => {
                law(axis.index() < self.nest.axes.len(), || format!("there is no axis {}", axis.index()))
            }
            Bound::Variable(variable) => law(self.variables.contains(&variable), || {
                format!("a loop starts from x{}, which is not bound here", variable.0)
            }),
        }
    }

    fn target(&self, target: &Access, add: bool) -> Law {
        self.access(target)?;
        match self.nest.buffers[target.buffer.0].place {
            Place::Local => Ok(()),
            Place::Result(result) => {
                let added = self.nest.results[result].written == Written::Added;
                law(add || !added, || format!("b{} is a sum over samples, but is set", target.buffer.0))
            }
            Place::Input(_) | Place::Cotangent | Place::Coefficient(_) => {
                Err(VerifyError(format!("b{} is an argument, but is written", target.buffer.0)))
            }
        }
    }

    fn product(&self, product: &Product) -> Law {
        for sign in &product.signs {
            let of = self.permutations.iter().find(|(variable, _)| *variable == sign.variable);
            let Some((_, legs)) = of else {
                return Err(VerifyError(format!(
                    "the sign of x{}, which is no permutation here",
                    sign.variable.0
                )));
            };
            law(sign.metric.iter().all(|number| number < legs), || {
                "a sign at a number beyond the legs".to_owned()
            })?;
        }
        for entry in &product.entries {
            self.access(entry)?;
            let place = self.nest.buffers[entry.buffer.0].place;
            let is_sum =
                matches!(place, Place::Result(at) if self.nest.results[at].written == Written::Added);
            law(!is_sum, || format!("b{} is a sum over samples, but is read", entry.buffer.0))?;
        }
        Ok(())
    }

    fn access(&self, access: &Access) -> Law {
        let id = access.buffer;
        let Some(buffer) = self.nest.buffers.get(id.0) else {
            return Err(VerifyError(format!("there is no buffer b{}", id.0)));
        };
        law(buffer.arrangement == Arrangement::Lanes, || {
            format!("an entry of b{}, which lies in rows", id.0)
        })?;
        law(access.indices.len() == buffer.axes.len(), || {
            format!("b{} is not read with an index per axis", id.0)
        })?;
        let depth = self.declared.iter().find(|(other, _)| *other == id).map(|(_, depth)| *depth);
        law(buffer.place != Place::Local || depth.is_some(), || format!("b{} is not declared here", id.0))?;
        for ((index, axis), &stored) in access.indices.iter().zip(&buffer.axes).zip(&buffer.stored) {
            let size = &self.nest.axis(*axis).size;
            match index {
                Index::Variable { variable, half } => {
                    let Some(at) = self.variables.iter().position(|other| other == variable) else {
                        return Err(VerifyError(format!("x{} is not bound here", variable.0)));
                    };
                    let of = &self.nest.axis(self.nest.variables[variable.0]).size;
                    law(of == size, || format!("x{} runs over {of}, but the index over {size}", variable.0))?;
                    law(stored || (!half && depth.is_some_and(|depth| at < depth)), || {
                        format!("b{} lives inside no loop over x{}", id.0, variable.0)
                    })?;
                }
                Index::Constant(value) => {
                    law(stored, || format!("an index of b{} that is not stored is a number", id.0))?;
                    law(size.literal().is_none_or(|size| *value < size), || {
                        format!("index {value} of {size}")
                    })?;
                }
                Index::Image(variable, number) => {
                    let of = self.permutations.iter().find(|(other, _)| other == variable);
                    law(stored && of.is_some_and(|(_, legs)| number < legs), || {
                        format!("the image of {number} under x{}, which permutes less", variable.0)
                    })?;
                }
            }
        }
        Ok(())
    }
}
