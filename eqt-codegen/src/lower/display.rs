//! Loop nests as text, for people and for snapshots.

use std::fmt::{Formatter, Result};

use super::{
    Access, Arrangement, Bound, Buffer, BufferId, Constant, Index, Multiply, Nest, Node, Place, Product,
    VariableId, Way,
};

pub(super) fn nest(nest: &Nest, f: &mut Formatter<'_>) -> Result {
    for (id, buffer) in nest.buffers.iter().enumerate() {
        if buffer.place == Place::Local {
            continue;
        }
        let what = match buffer.place {
            Place::Input(input) => format!("input {}", nest.inputs[input]),
            Place::Cotangent => "cotangent".to_owned(),
            Place::Coefficient(member) => format!("coefficients of member {member}"),
            Place::Result(result) => {
                let slot = nest.results[result];
                let folded = if slot.folded.is_some() { ", folded" } else { "" };
                format!("result {:?}{folded}", slot.kind)
            }
            Place::Local => String::new(),
        };
        let rows = if buffer.arrangement == Arrangement::Rows { ", in rows" } else { "" };
        writeln!(f, "{}: {what}{rows}", shape(nest, BufferId(id), buffer))?;
    }
    nodes(nest, &nest.body, 0, f)
}

fn shape(nest: &Nest, id: BufferId, buffer: &Buffer) -> String {
    let size = |(axis, _): (_, &bool)| nest.axis(axis).size.to_string();
    let axes: Vec<String> =
        buffer.axes.iter().copied().zip(&buffer.stored).filter(|(_, stored)| **stored).map(size).collect();
    format!("b{}[{}]", id.0, axes.join(", "))
}

fn name(variable: VariableId) -> String {
    format!("x{}", variable.0)
}

fn bound(nest: &Nest, bound: Bound) -> String {
    match bound {
        Bound::Literal(value) => value.to_string(),
        Bound::Size(axis) => nest.axis(axis).size.to_string(),
        Bound::Half(axis) => format!("{}/2", nest.axis(axis).size),
        Bound::Variable(variable) => name(variable),
    }
}

fn nodes(nest: &Nest, list: &[Node], depth: usize, f: &mut Formatter<'_>) -> Result {
    let indent = "  ".repeat(depth);
    for node in list {
        match node {
            Node::Declare(id) => {
                let buffer = &nest.buffers[id.0];
                let formula = if buffer.formula.is_empty() { "" } else { ": " };
                writeln!(f, "{indent}local {}{formula}{}", shape(nest, *id, buffer), buffer.formula)?;
            }
            Node::Loop { variable, from, to, body } => {
                writeln!(
                    f,
                    "{indent}for {} in {}..{}",
                    name(*variable),
                    bound(nest, *from),
                    bound(nest, *to)
                )?;
                nodes(nest, body, depth + 1, f)?;
            }
            Node::Permutations { variable, legs, body } => {
                writeln!(f, "{indent}for permutations {} of {legs}", name(*variable))?;
                nodes(nest, body, depth + 1, f)?;
            }
            Node::Store { target, add, terms } => {
                let operator = if *add { "+=" } else { "=" };
                writeln!(f, "{indent}{} {operator} {}", access(nest, target), sum(nest, terms))?;
            }
            Node::Reduce { target, add, body } => {
                let operator = if *add { "+=" } else { "=" };
                writeln!(f, "{indent}{} {operator} sum", access(nest, target))?;
                nodes(nest, body, depth + 1, f)?;
            }
            Node::Accumulate(terms) => writeln!(f, "{indent}{}", sum(nest, terms))?,
            Node::Multiply(Multiply::Apply { matrix, way, operand, target }) => {
                let array = format!("b{}", matrix.0);
                let matrix = match way {
                    Way::Plain => array,
                    Way::Transposed => format!("{array}^T"),
                    Way::Sum => format!("({array} + {array}^T)"),
                    Way::Difference => format!("({array} - {array}^T)"),
                    Way::Upper => format!("upper({array} + {array}^T)"),
                    Way::Lower => format!("upper({array} + {array}^T)^T"),
                    Way::OddUpper => format!("upper({array} - {array}^T)"),
                    Way::OddLower => format!("upper({array} - {array}^T)^T"),
                };
                writeln!(f, "{indent}b{} = {matrix} b{}", target.0, operand.0)?;
            }
            Node::Multiply(Multiply::Outer { left, right, target }) => {
                let operator = if nest.is_sum(*target) { "+=" } else { "=" };
                writeln!(f, "{indent}b{} {operator} b{} b{}^T", target.0, left.0, right.0)?;
            }
        }
    }
    Ok(())
}

fn access(nest: &Nest, access: &Access) -> String {
    let stored =
        access.indices.iter().zip(&nest.buffers[access.buffer.0].stored).filter(|(_, stored)| **stored);
    let indices: Vec<String> = stored
        .map(|(index, _)| match index {
            Index::Variable { variable, half: false } => name(*variable),
            Index::Variable { variable, half: true } => format!("{} + half", name(*variable)),
            Index::Constant(value) => value.to_string(),
            Index::Image(variable, number) => format!("{}({number})", name(*variable)),
        })
        .collect();
    format!("b{}[{}]", access.buffer.0, indices.join(", "))
}

fn sum(nest: &Nest, terms: &[Product]) -> String {
    let mut text = String::new();
    for (position, term) in terms.iter().enumerate() {
        match (position, term.negative) {
            (0, true) => text.push('-'),
            (0, false) => {}
            (_, true) => text.push_str(" - "),
            (_, false) => text.push_str(" + "),
        }
        text.push_str(&product(nest, term));
    }
    text
}

fn product(nest: &Nest, product: &Product) -> String {
    let mut factors = Vec::new();
    for sign in &product.signs {
        let metric: Vec<String> = sign.metric.iter().map(|number| format!(" eta({number})")).collect();
        factors.push(format!("sign({}){}", name(sign.variable), metric.concat()));
    }
    for constant in &product.constants {
        factors.push(match constant {
            Constant::Ratio(ratio) => ratio.to_string(),
            Constant::Harmonic { axis, numerator, denominator, shifts } => {
                let dimension = nest.axis(*axis).size.to_string();
                let shifted: Vec<String> =
                    shifts.iter().map(|shift| format!("({dimension} + {shift})")).collect();
                format!("{numerator}/({denominator} {})", shifted.join(" "))
            }
        });
    }
    factors.extend(product.theta.map(|member| format!("theta{member}")));
    factors.extend(product.entries.iter().map(|entry| access(nest, entry)));
    if factors.is_empty() { "1".to_owned() } else { factors.join(" * ") }
}
