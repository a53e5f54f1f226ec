//! Names and sizes that all emitted items share.

use std::cell::RefCell;
use std::collections::BTreeSet;

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::types::Type;
use crate::declaration::{Declaration, identifier};
use crate::interface::{FamilyId, Interface, Quantity};

/// Names that no argument can have: constants of the module, and constructors of the prelude, which patterns would match.
const VALUES: &[&str] =
    &["LEN", "INVARIANTS", "GENERATORS", "INTERFACE", "TERMS", "None", "Some", "Ok", "Err"];

/// What the printers of items and bodies know.
pub(super) struct Names<'a> {
    pub(super) declaration: &'a Declaration,
    pub(super) interface: &'a Interface,
    /// How the module of the map calls `::eqt::__private`.
    pub(super) private: TokenStream,
    /// The generic scalar, `T`.
    pub(super) scalar: Ident,
    /// The arguments of the coefficients, by family.
    pub(super) coefficients: Vec<Ident>,
    /// The argument of the cotangent, `dh`.
    pub(super) cotangent: Ident,
    /// The argument of the weights of members.
    pub(super) weights: Ident,
    /// The inputs, as arguments.
    pub(super) arguments: Vec<Ident>,
    /// The local that holds the run-time length of an axis.
    pub(super) lengths: Vec<Option<Ident>>,
    pub(super) inputs: Vec<Type>,
    pub(super) output: Type,
    /// Whether comments are emitted.
    pub(super) commented: bool,
    /// Names that locals must not have.
    reserved: RefCell<BTreeSet<String>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(declaration: &'a Declaration, interface: &'a Interface, commented: bool) -> Names<'a> {
        let named = declaration.inputs.iter().chain(&declaration.generics).chain([&declaration.name]);
        let named = named.map(|name| name.unraw().to_string());
        let reserved = named.chain(VALUES.iter().map(|name| (*name).to_owned())).collect();
        let mut names = Names {
            declaration,
            interface,
            private: quote!(eqt),
            scalar: format_ident!("T"),
            coefficients: Vec::new(),
            cotangent: format_ident!("dh"),
            weights: format_ident!("weights"),
            arguments: Vec::new(),
            lengths: Vec::new(),
            inputs: Vec::new(),
            output: Type::Scalar,
            commented,
            reserved: RefCell::new(reserved),
        };
        names.scalar = names.fresh(&["T", "X", "T_"]);
        names.coefficients = interface.families.iter().map(|family| names.fresh(&family.argument)).collect();
        names.cotangent = names.fresh(&["dh", "cotangent"]);
        names.weights = names.fresh(&["weights"]);
        let argument = |name: &Ident| {
            let plain = name.unraw().to_string();
            if VALUES.contains(&plain.as_str()) { names.fresh(&[&format!("{plain}_")]) } else { name.clone() }
        };
        names.arguments = declaration.inputs.iter().map(argument).collect();
        for extent in &declaration.extents {
            let length = match extent {
                Extent::RunTime(name) => {
                    let plain = name.unraw().to_string();
                    Some(names.fresh(&[&plain, &format!("{plain}_length")]))
                }
                _ => None,
            };
            names.lengths.push(length);
        }
        names.inputs =
            interface.signature.inputs.iter().map(|input| Type::new(&input.space, &names)).collect();
        names.output = Type::new(&interface.signature.output, &names);
        names
    }

    /// The same names for items outside of the module.
    pub(super) fn outside(&self) -> Names<'a> {
        let crate_path = &self.declaration.crate_path;
        let mut outside = Names::new(self.declaration, self.interface, self.commented);
        outside.private = quote!(#crate_path::__private);
        outside
    }

    /// The first free name of a list, or the first one with a number; it is taken from now on.
    pub(super) fn fresh(&self, names: &[&str]) -> Ident {
        let mut reserved = self.reserved.borrow_mut();
        let first = names.first().copied().unwrap_or("x");
        let free = names.iter().map(|name| (*name).to_owned()).find(|name| !reserved.contains(name));
        let mut count = 1;
        let name = free.unwrap_or_else(|| {
            loop {
                count += 1;
                let name = format!("{first}_{count}");
                if !reserved.contains(&name) {
                    return name;
                }
            }
        });
        reserved.insert(name.clone());
        identifier(&name)
    }

    /// Names given out by `inside` are free again afterwards.
    pub(super) fn scoped<R>(&self, inside: impl FnOnce() -> R) -> R {
        let before = self.reserved.borrow().clone();
        let result = inside();
        *self.reserved.borrow_mut() = before;
        result
    }

    pub(super) fn extent(&self, axis: AxisId) -> &Extent {
        &self.declaration.extents[axis.index()]
    }

    pub(super) fn is_run_time(&self, axis: AxisId) -> bool {
        matches!(self.extent(axis), Extent::RunTime(_))
    }

    /// The size of an axis as an expression.
    pub(super) fn size(&self, axis: AxisId) -> TokenStream {
        match (self.extent(axis), &self.lengths[axis.index()]) {
            (Extent::Literal(size), _) => {
                let size = Literal::usize_unsuffixed(*size);
                quote!(#size)
            }
            (Extent::Const(name), _) => quote!(#name),
            (Extent::RunTime(_), Some(length)) => quote!(#length),
            (Extent::RunTime(name), None) => quote!(#name),
        }
    }

    /// The size of an axis as a generic argument.
    pub(super) fn generic_size(&self, axis: AxisId) -> TokenStream {
        match self.extent(axis) {
            Extent::Const(name) => generic_argument(name),
            _ => self.size(axis),
        }
    }

    /// Half the size of an axis.
    pub(super) fn half(&self, axis: AxisId) -> TokenStream {
        match self.extent(axis) {
            Extent::Literal(size) => {
                let half = Literal::usize_unsuffixed(size / 2);
                quote!(#half)
            }
            _ => {
                let size = self.size(axis);
                quote!(#size / 2)
            }
        }
    }

    /// The run-time axes, each with the input whose length it is.
    pub(super) fn run_time_axes(&self) -> Vec<(AxisId, usize)> {
        let mut axes: Vec<(AxisId, usize)> = Vec::new();
        for (input, ty) in self.inputs.iter().enumerate() {
            if let Some(axis) = ty.run_time(self)
                && !axes.iter().any(|(other, _)| *other == axis)
            {
                axes.push((axis, input));
            }
        }
        axes
    }

    /// `const D: usize, const N: usize`, without a comma behind.
    pub(super) fn constants(&self) -> TokenStream {
        let constants = &self.declaration.generics;
        quote!(#(const #constants: usize),*)
    }

    /// `const D: usize, const N: usize, T: Scalar`.
    pub(super) fn generics(&self) -> TokenStream {
        let private = &self.private;
        self.generics_bounded(&quote!(#private::Scalar))
    }

    /// The same with a bound of the scalar.
    pub(super) fn generics_bounded(&self, bound: &TokenStream) -> TokenStream {
        let (constants, scalar) = (&self.declaration.generics, &self.scalar);
        quote!(#(const #constants: usize,)* #scalar: #bound)
    }

    /// `D, N`.
    pub(super) fn constant_arguments(&self) -> TokenStream {
        let constants = self.declaration.generics.iter().map(generic_argument);
        quote!(#(#constants),*)
    }

    /// `D, N, S` for the scalars S.
    pub(super) fn generic_arguments(&self, scalar: &TokenStream) -> TokenStream {
        let constants = self.declaration.generics.iter().map(generic_argument);
        quote!(#(#constants,)* #scalar)
    }

    /// The scalar as tokens.
    pub(super) fn scalar(&self) -> TokenStream {
        self.scalar.to_token_stream()
    }

    /// The argument of a quantity that is read.
    pub(super) fn argument(&self, quantity: Quantity) -> Ident {
        match quantity {
            Quantity::Input(input) => self.arguments[input].clone(),
            Quantity::Output | Quantity::Members => self.cotangent.clone(),
            Quantity::Coefficients(family) => self.coefficients[family.0].clone(),
            Quantity::Weights => self.weights.clone(),
        }
    }

    /// The field of a gradient, or the stem of a name of a result.
    pub(super) fn field(&self, quantity: Quantity) -> Ident {
        match quantity {
            Quantity::Input(input) => self.declaration.inputs[input].clone(),
            other => self.argument(other),
        }
    }

    /// The name of a result, `d_a` for the gradient in `a`.
    pub(super) fn result_name(&self, quantity: Quantity) -> String {
        match quantity {
            Quantity::Output | Quantity::Members => "value".to_owned(),
            Quantity::Coefficients(FamilyId::INVARIANTS) => "values".to_owned(),
            other => format!("d_{}", self.field(other).unraw()),
        }
    }
}

/// A const generic as a generic argument: in braces where the name could be that of a type. Those of the prelude and of emitted
/// modules all have lower-case letters.
fn generic_argument(name: &Ident) -> TokenStream {
    if name.to_string().chars().any(char::is_lowercase) { quote!({ #name }) } else { quote!(#name) }
}
