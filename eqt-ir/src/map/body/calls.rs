//! Calls: of closures, of `sum` and `family`, of other maps.

use std::rc::Rc;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Error, Expr, Result};

use super::elaborate::{Elaborator, Label, at, parameters};
use super::scope::{Binding, Scope};
use super::spans::spanned;
use super::value::{MAX_LABELS, Value};
use super::{Used, functions};
use crate::signature::{AxisId, Dimension, Signature};

impl<'a> Elaborator<'a> {
    /// The value of a call.
    pub(super) fn call(&mut self, call: &'a syn::ExprCall, scope: &Scope<'a>) -> Result<Value> {
        let Expr::Path(path) = &*call.func else {
            return Err(spanned(&call.func, "only functions can be called, by their names"));
        };
        let Some(last) = path.path.segments.last() else {
            return Err(spanned(&call.func, "only functions can be called, by their names"));
        };
        let (name, span) = (last.ident.unraw().to_string(), last.ident.span());
        if !last.arguments.is_none() {
            return Err(mistake!(span, "`{name}` has no generic arguments; remove them"));
        }
        let arguments: Vec<&'a Expr> = call.args.iter().collect();
        if path.path.get_ident().is_some()
            && let Some(Binding::Function(function)) = scope.find(&name)
        {
            let function = Rc::clone(function);
            if function.parameters.len() != arguments.len() {
                return Err(arity(span, &name, function.parameters.len(), arguments.len()));
            }
            let mut inside = function.scope.clone();
            for (parameter, argument) in function.parameters.iter().zip(arguments) {
                inside = inside.with(parameter.clone(), self.argument(argument, scope)?);
            }
            return self.expression(function.body, &inside);
        }
        let uses = self.uses;
        if let Some(used) = uses.iter().find(|used| used.name == name) {
            return self.used(used, span, &arguments, scope);
        }
        if path.path.get_ident().is_some() {
            if let "sum" | "family" = name.as_str() {
                return self.labelled(&name, span, &arguments, scope);
            }
            if functions::exists(&name) {
                return functions::call(self, &name, span, &arguments, scope);
            }
        }
        Err(Error::new(
            span,
            match functions::why_not_polynomial(&name) {
                Some(why) => why,
                None => format!(
                    "unknown function `{name}`; the functions of a body are {}, closures named by `let`, and other defined \
                     maps listed as `uses({name})`",
                    functions::NAMES
                ),
            },
        ))
    }

    /// `sum(|i, j| ..)` and `family(|i| ..)`.
    fn labelled(
        &mut self,
        function: &str,
        span: Span,
        arguments: &[&'a Expr],
        scope: &Scope<'a>,
    ) -> Result<Value> {
        let [Expr::Closure(closure)] = arguments else {
            return Err(mistake!(span, "`{function}` takes a closure over labels, `{function}(|i| ..)`"));
        };
        let names = parameters(closure)?;
        if names.is_empty() {
            return Err(mistake_in!(arguments[0], "`{function}` binds a label; write `{function}(|i| ..)`"));
        }
        let first = self.labels.len();
        if first + names.len() > MAX_LABELS {
            return Err(mistake!(span, "more than {MAX_LABELS} labels are bound at one place"));
        }
        let mut inside = scope.clone();
        for name in &names {
            let text = name.unraw().to_string();
            inside = inside.with(text.clone(), Binding::Label(self.labels.len()));
            self.labels.push(Label { name: text, axis: None });
        }
        let body = self.expression(&closure.body, &inside);
        let bound = self.labels.split_off(first);
        self.forgotten.extend(bound.iter().map(|label| label.name.clone()));
        let mut value = body?;
        for (offset, (label, name)) in bound.iter().zip(&names).enumerate().rev() {
            let Some(axis) = label.axis else {
                return Err(mistake!(
                    name.span(),
                    "the label `{name}` indexes nothing, so that its range is unknown; write for instance `a[{name}]`"
                ));
            };
            value = at(
                &closure.body,
                match function {
                    "sum" => self.world.summed(&value, first + offset, axis),
                    _ => self.world.opened(&value, first + offset, axis),
                },
            )?;
        }
        Ok(value)
    }

    /// A call of another defined map: its body for these arguments.
    fn used(
        &mut self,
        used: &'a Used,
        span: Span,
        arguments: &[&'a Expr],
        scope: &Scope<'a>,
    ) -> Result<Value> {
        let theirs = &used.rust.signature;
        if theirs.inputs.len() != arguments.len() {
            return Err(arity(span, &used.name, theirs.inputs.len(), arguments.len()));
        }
        let mut axes: Vec<Option<AxisId>> = vec![None; theirs.axes.len()];
        let mut inside = Scope::default();
        for (input, argument) in theirs.inputs.iter().zip(arguments) {
            let binding = self.argument(argument, scope)?;
            let value = match &binding {
                Binding::Input(input) => at(argument, self.whole_input(*input))?,
                Binding::Value(value) => (**value).clone(),
                _ => return Err(spanned(argument, "an argument of a map is a tensor")),
            };
            let layout = input.space.layout();
            let mut fits = layout.slots.len() == value.axes.len();
            for (&theirs, &ours) in layout.slots.iter().zip(&value.axes) {
                let is_label = |signature: &Signature, axis| signature.axis(axis).group.is_label();
                let known = axes[theirs.index()].get_or_insert(ours);
                fits &= *known == ours
                    && is_label(&used.rust.signature, theirs) == is_label(self.signature(), ours);
            }
            for (axis, ours) in used.rust.signature.axes.iter().zip(&axes) {
                if let (Some(size), Some(ours)) = (axis.dimension.literal(), ours) {
                    fits &= self.signature().axis(*ours).dimension.literal() == Some(size);
                }
            }
            if !fits {
                return Err(mistake_in!(
                    argument,
                    "`{}` takes {} here, found {}",
                    used.name,
                    theirs.space_text(&input.space),
                    self.kind_of(&value)
                ));
            }
            let mapped = |axis: &AxisId| axes[axis.index()];
            let mut pseudo = self.parities(&layout.pseudo.iter().filter_map(mapped).collect::<Vec<_>>());
            pseudo.sort_unstable();
            if pseudo != value.pseudo && !value.is_zero() {
                return Err(mistake_in!(
                    argument,
                    "`{}` takes {} here, which is of the other parity",
                    used.name,
                    theirs.space_text(&input.space)
                ));
            }
            if let Some(why) = at(argument, super::output::asymmetry(self, &value, &layout))? {
                return Err(spanned(argument, why));
            }
            inside = inside.with(input.name.clone(), binding);
        }
        for (axis, ours) in theirs.axes.iter().zip(&axes) {
            if let (Dimension::Symbol(name), Some(ours)) = (&axis.dimension, ours) {
                inside = inside.with(name.clone(), Binding::Size(*ours));
            }
        }
        let linear = (theirs.axes.iter().zip(&axes)).filter(|(axis, _)| !axis.group.is_label());
        let linear = linear.filter_map(|(_, ours)| *ours).collect();
        let outer = std::mem::replace(&mut self.linear, linear);
        let uses = std::mem::replace(&mut self.uses, &used.uses);
        let value = self.block(&used.body, &inside);
        self.linear = outer;
        self.uses = uses;
        value.map_err(|error| mistake!(span, "`{}` does not hold for these arguments: {error}", used.name))
    }
}

/// A wrong number of arguments.
pub(super) fn arity(span: Span, name: &str, expected: usize, found: usize) -> Error {
    let plural = if expected == 1 { "" } else { "s" };
    mistake!(span, "`{name}` takes {expected} argument{plural}, found {found}")
}
