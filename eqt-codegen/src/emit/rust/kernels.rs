//! Kernels: a function per role on plain nested arrays, and its form with a sample in each lane.

use eqt_ir::map::Constant;
use eqt_ir::map::body::SizePolynomial;
use eqt_ir::program::RootKind;
use eqt_ir::signature::AxisId;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::body::statements;
use super::names::Names;
use super::storage::Storage;
use super::types::nested;
use super::values::members_count;
use crate::interface::{Code, FamilyId, Function, Quantity, Role, Sharing, Value};
use crate::lower::Arrangement;

/// A parameter of a kernel.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: Ident,
    pub(super) storage: Storage,
    pub(super) quantity: Quantity,
    /// Which coefficient of the family it is, where each has a parameter of its own.
    pub(super) coefficient: Option<usize>,
    pub(super) passing: Passing,
}

/// How a kernel gets a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    /// Over the scalars of the kernel.
    Lanes,
    /// As the samples of a batch share it: over scalars that become those of the kernel.
    Shared,
    /// As rows, one per sample.
    Rows,
}

impl Parameter {
    /// An entry, with some indices in front.
    pub(super) fn entry(&self, front: &[TokenStream], indices: &[TokenStream]) -> TokenStream {
        self.storage.entry(&self.name, front, indices, true)
    }
}

/// Where a coefficient of a nest comes from.
#[derive(Clone, Debug)]
enum Source {
    /// An entry of the array of numbers.
    Number(usize),
    /// A parameter of its own.
    Own(usize),
    /// An entry of the local array of constants.
    Constant(usize),
}

/// All parameters of a kernel.
pub(super) struct Parameters<'a> {
    names: &'a Names<'a>,
    function: &'a Function,
    code: &'a Code,
    variant: Variant,
    pub(super) read: Vec<Parameter>,
    pub(super) written: Vec<Parameter>,
    /// The memory that locals of run-time lengths live in.
    pub(super) memory: Ident,
    constants: Ident,
    sources: Vec<Source>,
    /// The coefficients that are functions of the sizes, or multiplied by such.
    computed: Vec<usize>,
}

/// Which of the nests of a function is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// That of loops, for one sample or one in each lane.
    Loops,
    /// That of batches, with [products](crate::lower::Multiply).
    Multiplied,
}

/// The parameters that a value is passed as.
fn parameters_of(
    names: &Names<'_>,
    code: &Code,
    variant: Variant,
    value: &Value,
    written: bool,
) -> Vec<Parameter> {
    let interface = names.interface;
    let one = |name: Ident, front: &[TokenStream], axes: &[AxisId]| Parameter {
        name,
        storage: Storage::of(names, front, axes),
        quantity: value.quantity,
        coefficient: None,
        passing: Passing::Lanes,
    };
    let count = |count: usize| {
        let count = Literal::usize_unsuffixed(count);
        quote!(#count)
    };
    let name = match written {
        false => names.argument(value.quantity),
        true => names.fresh(&[&names.result_name(value.quantity)]),
    };
    match value.quantity {
        Quantity::Input(input) => vec![one(name, &[], &names.inputs[input].slots())],
        Quantity::Output => vec![one(name, &[], &names.output.slots())],
        Quantity::Members => {
            let members = members_count(names);
            vec![one(name, &[quote!(#members)], &names.output.slots())]
        }
        Quantity::Weights => {
            let members = members_count(names);
            vec![one(name, &[quote!(#members)], &[])]
        }
        Quantity::Coefficients(id) => {
            let family = interface.family(id);
            if !family.has_arrays() {
                return vec![one(name, &[count(family.coefficients().len())], &[])];
            }
            let of = |(index, coefficient): (usize, &eqt_ir::map::Coefficient)| {
                let stem = if written { format!("d_{}", coefficient.name) } else { coefficient.name.clone() };
                let is_shared = !written && value.sharing == Sharing::Shared;
                let passing = match (variant, code.arrangement(index, written)) {
                    (Variant::Multiplied, Arrangement::Rows) => Passing::Rows,
                    _ if is_shared => Passing::Shared,
                    _ => Passing::Lanes,
                };
                Parameter {
                    coefficient: Some(index),
                    passing,
                    ..one(names.fresh(&[&stem]), &[], &coefficient.axes)
                }
            };
            family.coefficients().iter().enumerate().map(of).collect()
        }
    }
}

impl<'a> Parameters<'a> {
    fn new(names: &'a Names<'a>, function: &'a Function, code: &'a Code, variant: Variant) -> Parameters<'a> {
        let read = function
            .arguments
            .iter()
            .flat_map(|value| parameters_of(names, code, variant, value, false))
            .collect();
        let written = function
            .results
            .iter()
            .flat_map(|value| parameters_of(names, code, variant, value, true))
            .collect();
        // A family with arrays is a struct, which has a field for each coefficient that is a number, too.
        let family = function.arguments.iter().find_map(|value| family_of(value.quantity));
        let has_own = family.is_some_and(|id| names.interface.family(id).has_arrays());
        let (mut sources, mut computed) = (Vec::new(), Vec::new());
        for (index, coefficient) in code.coefficients.iter().enumerate() {
            let plain = coefficient.given && coefficient.factor == Constant::integer(1);
            sources.push(match (plain, has_own || !coefficient.axes.is_empty()) {
                (true, true) if function.role != Role::MemberGradient => Source::Own(index),
                (true, _) => Source::Number(index),
                (false, _) => {
                    computed.push(index);
                    Source::Constant(computed.len() - 1)
                }
            });
        }
        let memory = names.fresh(&["memory"]);
        let constants = names.fresh(&["constants"]);
        Parameters { names, function, code, variant, read, written, memory, constants, sources, computed }
    }

    pub(super) fn input(&self, input: usize) -> &Parameter {
        self.reading(|parameter| parameter.quantity == Quantity::Input(input))
    }

    pub(super) fn cotangent(&self) -> &Parameter {
        self.reading(|parameter| parameter.quantity == Quantity::Output)
    }

    fn reading(&self, accept: impl Fn(&Parameter) -> bool) -> &Parameter {
        match self.read.iter().find(|parameter| accept(parameter)) {
            Some(parameter) => parameter,
            None => unreachable!("`{}` reads what its nest reads", self.function.docs),
        }
    }

    /// An entry of a coefficient.
    pub(super) fn coefficient(&self, coefficient: usize, indices: &[TokenStream]) -> TokenStream {
        match self.sources[coefficient] {
            Source::Number(index) => {
                let of_numbers = |parameter: &Parameter| {
                    parameter.coefficient.is_none()
                        && matches!(parameter.quantity, Quantity::Coefficients(_) | Quantity::Weights)
                };
                let index = Literal::usize_unsuffixed(index);
                self.reading(of_numbers).entry(&[quote!(#index)], &[])
            }
            Source::Own(index) => {
                let parameter = self.array(index);
                let entry = parameter.entry(&[], indices);
                let scalar = &self.names.scalar;
                match (parameter.passing, self.variant, indices.is_empty()) {
                    (Passing::Shared, Variant::Multiplied, _) => quote!(#scalar::splat(#entry)),
                    (Passing::Shared, Variant::Loops, false) => quote!(#entry.broadcast()),
                    (Passing::Shared, Variant::Loops, true) => quote!((#entry).broadcast()),
                    _ => entry,
                }
            }
            Source::Constant(index) => {
                let (constants, index) = (&self.constants, Literal::usize_unsuffixed(index));
                quote!(#constants[#index])
            }
        }
    }

    /// The array of a coefficient.
    pub(super) fn array(&self, coefficient: usize) -> &Parameter {
        self.reading(|parameter| parameter.coefficient == Some(coefficient))
    }

    /// Whether the coefficients among the results, or the invariants, are one array of numbers.
    pub(super) fn result_is_one_array(&self) -> bool {
        self.written.iter().any(|parameter| {
            matches!(parameter.quantity, Quantity::Coefficients(_)) && parameter.coefficient.is_none()
        })
    }

    pub(super) fn result(&self, kind: RootKind) -> &Parameter {
        let found = self.written.iter().find(|parameter| match kind {
            RootKind::Member(_) | RootKind::Term(_) => parameter.quantity == Quantity::Members,
            RootKind::Combination => parameter.quantity == Quantity::Output,
            RootKind::InputGradient(input) => parameter.quantity == Quantity::Input(input),
            RootKind::CoefficientGradient(index) | RootKind::Array(index) => {
                matches!(parameter.quantity, Quantity::Coefficients(_))
                    && parameter.coefficient.is_none_or(|other| other == index)
            }
        });
        match found {
            Some(parameter) => parameter,
            None => unreachable!("`{}` has the results of its nest", self.function.docs),
        }
    }

    /// The coefficients that depend on sizes, as a local array.
    fn declare_constants(&self) -> TokenStream {
        if self.computed.is_empty() {
            return TokenStream::new();
        }
        let (names, name) = (self.names, &self.constants);
        let scalar = &names.scalar;
        let count = Literal::usize_unsuffixed(self.computed.len());
        let values = self.computed.iter().map(|&index| {
            let coefficient = &self.code.coefficients[index];
            let factor = quotient(names, &coefficient.factor);
            if !coefficient.given {
                return factor;
            }
            let weights = self.reading(|parameter| parameter.quantity == Quantity::Weights);
            let index = Literal::usize_unsuffixed(index);
            let weight = weights.entry(&[quote!(#index)], &[]);
            quote!(#weight * #factor)
        });
        quote!(let #name: [#scalar; #count] = [#(#values),*];)
    }
}

/// A function of the sizes as an expression.
fn quotient(names: &Names<'_>, constant: &Constant) -> TokenStream {
    let scalar = &names.scalar;
    let (numerator, denominator) =
        (polynomial(names, &constant.numerator), polynomial(names, &constant.denominator));
    quote!(eqt::quotient::<#scalar>(#numerator, #denominator))
}

/// `&[(3, &[(D, 2)]), (-1, &[])]` for `3 D^2 - 1`.
fn polynomial(names: &Names<'_>, polynomial: &SizePolynomial) -> TokenStream {
    let terms = polynomial.terms().map(|(powers, coefficient)| {
        let integer = Literal::i128_unsuffixed(coefficient);
        let powers = powers.iter().map(|&(axis, power)| {
            let (size, power) = (names.size(axis), Literal::u32_unsuffixed(power.into()));
            quote!((#size, #power))
        });
        quote!((#integer, &[#(#powers),*]))
    });
    quote!(&[#(#terms),*])
}

/// A kernel.
pub(super) struct Kernel {
    /// How it is called: the sizes that it is told.
    pub(super) lengths: Vec<(AxisId, Ident)>,
    /// In loops.
    pub(super) loops: Form,
    /// With products, and from how many labels of some axes on; if there are any.
    pub(super) multiplied: Option<(Form, Vec<(AxisId, usize)>)>,
}

/// A function of a kernel, and how the driver of batches calls it.
pub(super) struct Form {
    /// Its name in the module of kernels.
    pub(super) name: Ident,
    pub(super) read: Vec<Parameter>,
    pub(super) written: Vec<Parameter>,
    /// How much memory it needs.
    pub(super) memory: Option<TokenStream>,
    /// The function itself.
    item: TokenStream,
    body: TokenStream,
}

impl Kernel {
    pub(super) fn new(names: &Names<'_>, function: &Function, code: &Code) -> Kernel {
        let lengths: Vec<(AxisId, Ident)> = names
            .run_time_axes()
            .into_iter()
            .filter_map(|(axis, _)| Some((axis, names.lengths[axis.index()].clone()?)))
            .collect();
        let form = |variant| names.scoped(|| Form::new(names, &lengths, function, code, variant));
        let loops = form(Variant::Loops);
        let family = function.arguments.iter().find(|value| family_of(value.quantity).is_some());
        let is_shared = family.is_none_or(|value| value.sharing == Sharing::Shared);
        let multiplied = code.multiplied_from(is_shared).map(|least| (form(Variant::Multiplied), least));
        Kernel { lengths, loops, multiplied }
    }
}

impl Form {
    /// Whether it has scalars of its own for what is not in lanes.
    pub(super) fn has_shared(&self) -> bool {
        self.read.iter().chain(&self.written).any(|parameter| parameter.passing != Passing::Lanes)
    }

    fn new(
        names: &Names<'_>,
        lengths: &[(AxisId, Ident)],
        function: &Function,
        code: &Code,
        variant: Variant,
    ) -> Form {
        let shared = names.fresh(&["P", "All"]);
        let parameters = Parameters::new(names, function, code, variant);
        let (nest, name) = match variant {
            Variant::Loops => (&code.nest, format_ident!("{}", name_of(function.role))),
            Variant::Multiplied => (&code.batch, format_ident!("{}_multiplied", name_of(function.role))),
        };
        let statements = statements(names, nest, &parameters);
        let constants = parameters.declare_constants();
        let scalar = names.scalar();
        let Parameters { read, written, memory, .. } = parameters;
        let (item, body) = (TokenStream::new(), TokenStream::new());
        let mut form = Form { name, read, written, memory: statements.memory, item, body };
        let ty = |parameter: &Parameter, rows: TokenStream| match parameter.passing {
            Passing::Rows => rows,
            Passing::Shared => parameter.storage.ty(&shared.to_token_stream()),
            Passing::Lanes => parameter.storage.ty(&scalar),
        };
        let length_names = lengths.iter().map(|(_, name)| name);
        let memory_parameter = form.memory.is_some().then(|| quote!(#memory: &mut [#scalar],));
        let read = form.read.iter().map(|parameter| {
            let (name, ty) = (&parameter.name, ty(parameter, quote!(eqt::Rows<'_, #shared>)));
            quote!(#name: &#ty)
        });
        let written = form.written.iter().map(|parameter| {
            let (name, ty) = (&parameter.name, ty(parameter, quote!(eqt::RowsMut<'_, #shared>)));
            quote!(#name: &mut #ty)
        });
        let (generics, bound) = match variant {
            Variant::Multiplied => (names.generics_bounded(&quote!(eqt::Pack<#shared>)), quote!(eqt::Scalar)),
            Variant::Loops => (names.generics(), quote!(eqt::Broadcast<#scalar>)),
        };
        let bound = form.has_shared().then(|| quote!(, #shared: #bound));
        let (name, checks, code) = (&form.name, compile_time_checks(names), &statements.code);
        form.item = quote! {
            #[inline(always)]
            pub(super) fn #name<#generics #bound>(
                #(#length_names: usize,)* #memory_parameter #(#read,)* #(#written),*
            ) {
                #checks
                #constants
                #code
            }
        };
        let marker = marker(function.role);
        form.body = form.batch_body(
            names,
            lengths,
            &match variant {
                Variant::Loops => quote!(eqt::batch::role::#marker),
                Variant::Multiplied => quote!(eqt::batch::role::Multiplied<eqt::batch::role::#marker>),
            },
        );
        form
    }

    /// The function as the driver of batches calls it.
    fn batch_body(
        &self,
        names: &Names<'_>,
        lengths: &[(AxisId, Ident)],
        marker: &TokenStream,
    ) -> TokenStream {
        let (generics, name) = (names.generics(), &self.name);
        let (constants, scalar) = (names.constant_arguments(), names.scalar());
        let (call, lanes) = (names.fresh(&["call"]), names.fresh(&["L", "Lanes"]));
        let sizes = lengths.iter().map(|(axis, name)| {
            let axis = Literal::usize_unsuffixed(axis.index());
            quote!(let #name = #call.size(#axis);)
        });
        let reads = self.read.iter().map(|parameter| {
            let (name, count) = (&parameter.name, parameter.storage.count());
            match (parameter.passing, parameter.storage.is_slice()) {
                (Passing::Lanes, false) => quote!(let #name = #call.read();),
                (Passing::Lanes, true) => quote!(let #name = #call.read_slice(#count);),
                (Passing::Shared, false) => quote!(let #name = #call.shared();),
                (Passing::Shared, true) => quote!(let #name = #call.shared_slice(#count);),
                (Passing::Rows, _) => quote!(let #name = &#call.rows();),
            }
        });
        let writes = self.written.iter().map(|parameter| {
            let (name, count) = (&parameter.name, parameter.storage.count());
            match (parameter.passing, parameter.storage.is_slice()) {
                (Passing::Rows, _) => quote!(let #name = #call.rows_mut();),
                (_, false) => quote!(let #name = #call.write();),
                (_, true) => quote!(let #name = #call.write_slice(#count);),
            }
        });
        let memory = self.memory.iter().map(|count| quote!(#call.memory(#count),));
        let length_names = lengths.iter().map(|(_, name)| name);
        let passed = self.read.iter().chain(&self.written).map(|parameter| &parameter.name);
        let comma = (!constants.is_empty()).then(|| quote!(,));
        let shared = self.has_shared().then(|| quote!(, #scalar));
        quote! {
            impl<#generics> eqt::batch::Body<#scalar, #marker> for Set<#constants> {
                #[inline(always)]
                fn run<#lanes: eqt::Pack<#scalar>>(mut #call: eqt::batch::Call<'_, #lanes, #scalar>)
                where
                    #scalar: eqt::Broadcast<#lanes>,
                {
                    #(#sizes)*
                    #(#reads)*
                    #(#writes)*
                    self::#name::<#constants #comma #lanes #shared>(#(#length_names,)* #(#memory)* #(#passed),*);
                }
            }
        }
    }
}

/// The type of the runtime that stands for a role.
pub(super) fn marker(role: Role) -> Ident {
    format_ident!("{role:?}")
}

/// The name of the kernel of a role.
pub(super) fn name_of(role: Role) -> &'static str {
    match role {
        Role::Value => "value",
        Role::Members => "members",
        Role::Gradient => "gradient",
        Role::ParameterGradient => "parameter_gradient",
        Role::MemberGradient => "member_gradient",
        Role::Invariants => "invariants",
        Role::InvariantsGradient => "invariants_gradient",
    }
}

/// Conditions on sizes that are const generics.
fn compile_time_checks(names: &Names<'_>) -> TokenStream {
    let signature = &names.interface.signature;
    let checks = signature.axis_ids().filter_map(|axis| {
        let eqt_ir::signature::rust_types::Extent::Const(name) = names.extent(axis) else { return None };
        let group = &signature.axis(axis).group;
        let constraint = group.rules().constraint()?;
        let text = group.text(&eqt_ir::group::Dimension::Symbol(name.to_string()));
        let message = format!("{text}: {}", constraint.sentence);
        let divisor = Literal::usize_unsuffixed(constraint.divisor);
        Some(quote!(const { eqt::core::assert!(#name % #divisor == 0, #message) };))
    });
    quote!(#(#checks)*)
}

/// All kernels of a map.
pub(super) struct Kernels(Vec<(Role, Kernel)>);

impl Kernels {
    pub(super) fn new(names: &Names<'_>) -> Kernels {
        let functions = names.interface.functions.iter();
        let kernels = functions.filter_map(|function| {
            Some((function.role, Kernel::new(names, function, function.code.as_ref()?)))
        });
        Kernels(kernels.collect())
    }

    pub(super) fn get(&self, role: Role) -> Option<&Kernel> {
        self.0.iter().find(|(other, _)| *other == role).map(|(_, kernel)| kernel)
    }

    /// The module that holds them.
    pub(super) fn items(&self, names: &Names<'_>) -> TokenStream {
        let items = self.0.iter().map(|(_, kernel)| &kernel.loops.item);
        let multiplied = || self.0.iter().filter_map(|(_, kernel)| Some(&kernel.multiplied.as_ref()?.0));
        let multiplied_items = multiplied().map(|form| &form.item);
        let bodies = self.0.iter().map(|(_, kernel)| &kernel.loops.body);
        let bodies = bodies.chain(multiplied().map(|form| &form.body));
        let constants = super::description::constants(names, self);
        let set = super::description::set(names, self);
        quote! {
            mod kernels {
                use super::eqt;
                use eqt::{Broadcast as _, Pack as _, Scalar as _};

                #(#items)*

                eqt::with_ndarray! { #(#multiplied_items)* #constants #(#bodies)* #set }
            }
        }
    }
}

/// Zeros of the type of a parameter.
pub(super) fn zeros(parameter: &Parameter, scalar: &TokenStream) -> TokenStream {
    nested(parameter.storage.inner(), scalar)
}

/// The family of a quantity, if it is one of coefficients.
pub(super) fn family_of(quantity: Quantity) -> Option<FamilyId> {
    match quantity {
        Quantity::Coefficients(id) => Some(id),
        _ => None,
    }
}
