//! Families at labels: bound ones, `a[i]`, and fixed ones, `w[0]`.

use syn::ext::IdentExt;
use syn::{Expr, ExprIndex, Lit, Result};

use super::FixedLabels;
use super::elaborate::{Elaborator, at};
use super::product::LabelId;
use super::scope::{Binding, Scope};
use super::spans::spanned;
use super::value::Value;
use crate::signature::{AxisId, Dimension, Input, Space};

/// An index of a family.
enum Position {
    Label(LabelId),
    Fixed(usize),
}

impl<'a> Elaborator<'a> {
    /// `a[i]`, `w[0]`: labels of a family.
    pub(super) fn index(&mut self, outermost: &'a ExprIndex, scope: &Scope<'a>) -> Result<Value> {
        let mut indices: Vec<&'a Expr> = vec![&outermost.index];
        let mut base: &'a Expr = &outermost.expr;
        loop {
            base = match base {
                Expr::Index(inner) => {
                    indices.push(&inner.index);
                    &inner.expr
                }
                Expr::Paren(inner) => &inner.expr,
                Expr::Group(inner) => &inner.expr,
                _ => break,
            };
        }
        indices.reverse();
        let input = match base {
            Expr::Path(path) => {
                match path.path.get_ident().and_then(|name| scope.find(&name.unraw().to_string())) {
                    Some(Binding::Input(input)) => Some(*input),
                    _ => None,
                }
            }
            _ => None,
        };
        let axes = match input {
            Some(input) => {
                self.name_input(input);
                self.signature().inputs[input].space.layout().slots
            }
            None => self.expression(base, scope)?.axes,
        };
        let mut labelled: Vec<(usize, LabelId)> = Vec::new();
        let mut fixed: Vec<(usize, usize)> = Vec::new();
        for (slot, index) in indices.iter().enumerate() {
            let Some(&axis) = axes.get(slot) else {
                let kind = self.kind(&axes, &[]);
                return Err(mistake_in!(index, "an index too many: this is {kind}"));
            };
            match self.position(index, axis, scope)? {
                Position::Label(label) => labelled.push((slot, label)),
                Position::Fixed(value) if input.is_some() => fixed.push((slot, value)),
                Position::Fixed(_) => {
                    return Err(spanned(index, "a label can be fixed of an input only, as in `w[0]`"));
                }
            }
        }
        let whole = match input {
            Some(input) if fixed.is_empty() => at(base, self.whole_input(input))?,
            Some(input) => {
                let member = self.member(input, &fixed);
                at(base, self.whole_input(member))?
            }
            None => self.expression(base, scope)?,
        };
        let mut value = whole;
        for &(slot, label) in labelled.iter().rev() {
            let slot = slot - fixed.iter().filter(|(other, _)| *other < slot).count();
            value = at(base, self.world.at_label(&value, slot, label))?;
        }
        Ok(value)
    }

    /// What an index says.
    fn position(&mut self, index: &'a Expr, axis: AxisId, scope: &Scope<'a>) -> Result<Position> {
        let fail = |why: String| Err(spanned(index, why));
        let group = self.signature().axis(axis).group.clone();
        if !group.is_label() {
            return fail(format!(
                "this index reads a component, which breaks {}: its elements mix components; contract with another \
                 tensor instead",
                self.group_name(axis)
            ));
        }
        if let Expr::Path(path) = index
            && let Some(name) = path.path.get_ident()
            && let Some(Binding::Label(label)) = scope.find(&name.unraw().to_string())
        {
            return match self.labels[*label].axis {
                Some(other) if other != axis => fail(format!(
                    "the label `{name}` runs over {} here, but over {} before; bind one label for each",
                    self.size_name(axis),
                    self.size_name(other)
                )),
                _ => {
                    self.labels[*label].axis = Some(axis);
                    Ok(Position::Label(*label))
                }
            };
        }
        let value = match index {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(literal) => literal.base10_parse::<usize>().ok(),
                _ => None,
            },
            _ => None,
        };
        let Some(value) = value else {
            if let Expr::Path(path) = index
                && let Some(name) = path.path.get_ident()
                && scope.find(&name.unraw().to_string()).is_none()
            {
                self.name(name, scope)?;
            }
            return fail(
                "an index is a label that `sum` or `family` binds, as in `sum(|i| a[i])`".to_owned(),
            );
        };
        if group.permutes_labels() {
            return fail(format!(
                "the label {value} is fixed here, which breaks {}: no label is special; sum over labels, as in \
                 `sum(|i| a[i])`",
                self.group_name(axis)
            ));
        }
        match &self.signature().axis(axis).dimension {
            Dimension::Literal(size) if value >= *size => {
                fail(format!("the labels of this axis are 0 to {}", size.saturating_sub(1)))
            }
            Dimension::Symbol(name) => fail(format!(
                "the axis has {name} labels, a number that is not known here; only labels of an axis of literal length \
                 can be fixed"
            )),
            Dimension::Literal(_) => Ok(Position::Fixed(value)),
        }
    }

    /// The input that is `input` at some fixed labels.
    fn member(&mut self, input: usize, fixed: &[(usize, usize)]) -> usize {
        let known = self.fixed.iter().position(|other| other.input == input && other.labels == fixed);
        if let Some(known) = known {
            return self.inputs + known;
        }
        let mut signature = self.signature().clone();
        let whole = &signature.inputs[input];
        let last = fixed.last().map_or(0, |(slot, _)| *slot);
        let mut name = whole.name.clone();
        for slot in 0..=last {
            match fixed.iter().find(|(other, _)| *other == slot) {
                Some((_, label)) => name.push_str(&format!("[{label}]")),
                None => name.push_str("[..]"),
            }
        }
        let slots: Vec<usize> = fixed.iter().map(|(slot, _)| *slot).collect();
        let space = without_labels(&whole.space, 0, &slots);
        signature.inputs.push(Input { name, space });
        self.fixed.push(FixedLabels { input, labels: fixed.to_vec() });
        self.world = self.world.with_signature(signature);
        self.inputs + self.fixed.len() - 1
    }
}

/// The space of a family at fixed labels.
fn without_labels(space: &Space, slot: usize, fixed: &[usize]) -> Space {
    match space {
        Space::Family { member, label } => {
            let member = without_labels(member, slot + 1, fixed);
            if fixed.contains(&slot) {
                member
            } else {
                Space::Family { member: Box::new(member), label: *label }
            }
        }
        Space::Vector(_) if fixed.contains(&slot) => Space::Scalar,
        Space::Pseudo { axis, space } => {
            Space::Pseudo { axis: *axis, space: Box::new(without_labels(space, slot, fixed)) }
        }
        other => other.clone(),
    }
}
