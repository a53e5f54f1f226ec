//! What names mean at one place of a body.

use std::rc::Rc;

use syn::Expr;

use super::product::LabelId;
use super::value::Value;
use crate::signature::AxisId;

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Binding<'a> {
    /// A tensor or a number.
    Value(Rc<Value>),
    /// An input of the map, whose free labels may be fixed.
    Input(usize),
    /// A closure.
    Function(Rc<Function<'a>>),
    /// A label that a `sum` or `family` binds.
    Label(LabelId),
    /// The size of an axis.
    Size(AxisId),
}

/// A closure, which is evaluated where it is called.
pub(super) struct Function<'a> {
    pub(super) parameters: Vec<String>,
    pub(super) body: &'a Expr,
    pub(super) scope: Scope<'a>,
}

/// Names with their meaning, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Scope<'a>(Option<Rc<Entry<'a>>>);

struct Entry<'a> {
    name: String,
    binding: Binding<'a>,
    outer: Scope<'a>,
}

impl<'a> Scope<'a> {
    /// This scope with one more name.
    pub(super) fn with(&self, name: String, binding: Binding<'a>) -> Scope<'a> {
        Scope(Some(Rc::new(Entry { name, binding, outer: self.clone() })))
    }

    /// What a name stands for.
    pub(super) fn find(&self, name: &str) -> Option<&Binding<'a>> {
        let mut scope = self;
        while let Some(entry) = &scope.0 {
            if entry.name == name {
                return Some(&entry.binding);
            }
            scope = &entry.outer;
        }
        None
    }
}

impl Drop for Entry<'_> {
    // A scope of thousands of names is a chain as long: taken apart link by link, so that the stack does not grow with it.
    fn drop(&mut self) {
        let mut next = self.outer.0.take();
        while let Some(entry) = next {
            next = Rc::into_inner(entry).and_then(|mut entry| entry.outer.0.take());
        }
    }
}
