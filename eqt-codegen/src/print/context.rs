//! Names and sizes that all emitted items share.

use std::cell::RefCell;
use std::collections::BTreeSet;

use eqt_ir::signature::rust_types::Extent;
use eqt_ir::signature::{AxisId, Signature};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::types::Type;
use crate::declaration::{Declaration, identifier};
use eqt_ir::basis::Basis;
use eqt_ir::optimise::Compiled;
use eqt_ir::program::Program;

/// Maps with coefficients, and how emitted code calls what belongs to them.
#[derive(Clone, Copy)]
pub(super) struct Maps<'a> {
    pub(super) basis: &'a Basis,
    /// A program that names their coefficients, with a root for each.
    pub(super) members: &'a Program,
    /// The argument of the coefficients, names in order of preference.
    pub(super) theta: &'static [&'static str],
    /// The struct of coefficients over free labels.
    pub(super) arrays: &'static str,
    /// What messages call the coefficients.
    pub(super) what: &'static str,
    /// The function of the combination, and that of its gradient.
    pub(super) functions: [&'static str; 2],
    /// One of the maps.
    pub(super) member: &'static str,
    /// What a field of the struct is, before the formula of its map.
    pub(super) field: &'static str,
}

impl<'a> Maps<'a> {
    /// The members of a declared map.
    pub(super) fn of(compiled: &'a Compiled) -> Maps<'a> {
        Maps {
            basis: &compiled.basis,
            members: &compiled.members,
            theta: &["theta", "coefficients"],
            arrays: "Coefficients",
            what: "coefficients",
            functions: ["call", "gradient"],
            member: "member",
            field: "Of the member",
        }
    }
}

/// What the printers of items and bodies know.
pub(super) struct Context<'a> {
    pub(super) declaration: &'a Declaration,
    pub(super) maps: Maps<'a>,
    pub(super) signature: &'a Signature,
    /// How the module of the map calls `::eqt::__private`.
    pub(super) private: TokenStream,
    /// The generic scalar, `T`.
    pub(super) scalar: Ident,
    /// The argument of the coefficients, `theta`.
    pub(super) theta: Ident,
    /// The argument of the cotangent, `dh`.
    pub(super) cotangent: Ident,
    /// The local that holds the run-time length of an axis.
    pub(super) lengths: Vec<Option<Ident>>,
    pub(super) inputs: Vec<Type>,
    /// Inputs of the programs that are no arguments, but locals made from them: their names and types.
    pub(super) further: Vec<(Ident, Type)>,
    pub(super) output: Type,
    /// Whether comments are emitted.
    pub(super) commented: bool,
    /// Names that locals must not have.
    reserved: RefCell<BTreeSet<String>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(declaration: &'a Declaration, maps: Maps<'a>, commented: bool) -> Context<'a> {
        let signature = &maps.members.signature;
        let reserved =
            declaration.inputs.iter().chain(&declaration.generics).map(|name| name.unraw().to_string());
        let mut context = Context {
            declaration,
            maps,
            signature,
            private: quote!(eqt),
            scalar: format_ident!("T"),
            theta: format_ident!("theta"),
            cotangent: format_ident!("dh"),
            lengths: Vec::new(),
            inputs: Vec::new(),
            further: Vec::new(),
            output: Type::Scalar,
            commented,
            reserved: RefCell::new(reserved.collect()),
        };
        context.scalar = context.fresh(&["T", "X", "T_"]);
        context.theta = context.fresh(maps.theta);
        context.cotangent = context.fresh(&["dh", "cotangent"]);
        for extent in &declaration.extents {
            let length = match extent {
                Extent::RunTime(name) => {
                    let plain = name.unraw().to_string();
                    Some(context.fresh(&[&plain, &format!("{plain}_length")]))
                }
                _ => None,
            };
            context.lengths.push(length);
        }
        let types: Vec<Type> =
            signature.inputs.iter().map(|input| Type::new(&input.space, &context)).collect();
        let (arguments, further) = types.split_at(declaration.inputs.len());
        context.inputs = arguments.to_vec();
        context.further = signature.inputs[arguments.len()..]
            .iter()
            .zip(further)
            .map(|(input, ty)| (context.fresh(&[input.name.replace(']', "").as_str()]), ty.clone()))
            .collect();
        context.output = Type::new(&signature.output, &context);
        context
    }

    /// The same names for items outside of the module.
    pub(super) fn outside(&self) -> Context<'a> {
        let crate_path = &self.declaration.crate_path;
        let mut outside = Context::new(self.declaration, self.maps, self.commented);
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
        &self.declaration.extents[usize::from(axis.0)]
    }

    pub(super) fn is_run_time(&self, axis: AxisId) -> bool {
        matches!(self.extent(axis), Extent::RunTime(_))
    }

    /// The size of an axis as an expression.
    pub(super) fn size(&self, axis: AxisId) -> TokenStream {
        match (self.extent(axis), &self.lengths[usize::from(axis.0)]) {
            (Extent::Literal(size), _) => {
                let size = Literal::usize_unsuffixed(*size);
                quote!(#size)
            }
            (Extent::Const(name), _) => quote!(#name),
            (Extent::RunTime(_), Some(length)) => quote!(#length),
            (Extent::RunTime(name), None) => quote!(#name),
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

    /// The name and type of an input of the programs.
    pub(super) fn input(&self, input: usize) -> (&Ident, &Type) {
        match input.checked_sub(self.inputs.len()) {
            None => (&self.declaration.inputs[input], &self.inputs[input]),
            Some(further) => (&self.further[further].0, &self.further[further].1),
        }
    }

    /// The number of members.
    pub(super) fn len(&self) -> usize {
        self.maps.members.coefficients.len()
    }

    /// The axes of every member's coefficient.
    pub(super) fn coefficients(&self) -> &[Vec<AxisId>] {
        &self.maps.members.coefficients
    }

    /// Whether some coefficients are arrays over labels.
    pub(super) fn has_free_labels(&self) -> bool {
        self.coefficients().iter().any(|axes| !axes.is_empty())
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

    /// `const D: usize, const N: usize, T: Scalar`.
    pub(super) fn generics(&self) -> TokenStream {
        let (constants, scalar, private) = (&self.declaration.generics, &self.scalar, &self.private);
        quote!(#(const #constants: usize,)* #scalar: #private::Scalar)
    }

    /// `D, N, S` for the scalars S.
    pub(super) fn arguments(&self, scalar: &TokenStream) -> TokenStream {
        let constants = &self.declaration.generics;
        quote!(#(#constants,)* #scalar)
    }

    /// The struct of coefficients over free labels.
    pub(super) fn arrays(&self) -> Ident {
        format_ident!("{}", self.maps.arrays)
    }

    /// The type of the coefficients over some scalars.
    pub(super) fn theta_type(&self, scalar: &TokenStream) -> TokenStream {
        if self.has_free_labels() {
            let arrays = self.arrays();
            return quote!(#arrays<#scalar>);
        }
        let len = Literal::usize_unsuffixed(self.len());
        quote!([#scalar; #len])
    }
}
