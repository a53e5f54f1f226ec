//! What names mean at one place of a body.

use std::rc::Rc;

use syn::Expr;

use super::product::LabelId;
use super::value::Value;
use crate::signature::AxisId;

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Binding {
    /// A tensor or a number.
    Value(Rc<Value>),
    /// An input of the map, whose free labels may be fixed.
    Input(usize),
    /// A closure.
    Function(Rc<Function>),
    /// A label that a `sum` or `family` binds.
    Label(LabelId),
    /// The size of an axis.
    Size(AxisId),
}

/// A closure, which is evaluated where it is called.
pub(super) struct Function {
    pub(super) parameters: Vec<String>,
    pub(super) body: Expr,
    pub(super) scope: Scope,
}

/// Names with their meaning, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Scope(Option<Rc<Entry>>);

struct Entry {
    name: String,
    binding: Binding,
    outer: Scope,
}

impl Scope {
    /// This scope with one more name.
    pub(super) fn with(&self, name: String, binding: Binding) -> Scope {
        Scope(Some(Rc::new(Entry { name, binding, outer: self.clone() })))
    }

    /// What a name stands for.
    pub(super) fn find(&self, name: &str) -> Option<&Binding> {
        let entry = self.0.as_ref()?;
        if entry.name == name { Some(&entry.binding) } else { entry.outer.find(name) }
    }
}
