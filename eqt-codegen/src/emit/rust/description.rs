//! The description of a map as constants, and the map as a value.

use eqt_ir::group::Form;
use eqt_ir::map::Coefficient;
use eqt_ir::signature::{AxisId, SlotSymmetry, Space};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::docs;
use super::kernels::{Kernels, Variant, marker, name_of};
use super::names::Names;
use crate::interface::{
    Code, Description, FamilyId, Function, Kind, MemberText, Quantity, Role, Sharing, Value,
};
use crate::lower::Arrangement;

fn number(value: usize) -> Literal {
    Literal::usize_unsuffixed(value)
}

/// Members as an array of descriptions.
fn elements(private: &TokenStream, members: &[MemberText]) -> TokenStream {
    let elements = members.iter().map(|member| {
        let MemberText { degree, diagram, latex, macs, labels } = member;
        let degree = number(*degree);
        quote! {
            #private::Element { degree: #degree, diagram: #diagram, latex: #latex, macs: #macs, labels: #labels }
        }
    });
    quote!(&[#(#elements),*])
}

/// The numbers of members, and `basis()`; of a map with a body, also `terms()`.
pub(super) fn basis(names: &Names<'_>, description: &Description) -> TokenStream {
    let private = &names.private;
    let Description { signature, options, members, invariants, certificate, independence } = description;
    let (count, invariant_count) = (number(members.len()), number(invariants.len()));
    let (members, invariants) = (elements(private, members), elements(private, invariants));
    let (form, first, about) = match names.interface.kind {
        Kind::Basis => (
            quote!(VectorSpace),
            quote! {
                /// The number of members.
                pub const LEN: usize = #count;
            },
            "The members, in the order of their coefficients.",
        ),
        Kind::Generators => (
            quote!(Generators),
            quote! {
                /// The number of invariants of the integrity basis.
                pub const INVARIANTS: usize = #invariant_count;

                /// The number of module generators.
                pub const GENERATORS: usize = #count;
            },
            "The module generators, in the order of their coefficients, and the integrity basis.",
        ),
        Kind::Body => (
            quote!(Terms),
            quote! {
                /// The number of terms.
                pub const TERMS: usize = #count;

                /// The terms that the map is the sum of, each with its constant.
                pub const fn terms() -> &'static [#private::Element] {
                    basis().elements
                }
            },
            "The terms of the map, which saved parameters are pinned to.",
        ),
    };
    let about = docs::attributes(about);
    quote! {
        #first

        #about
        pub const fn basis() -> #private::Basis {
            #private::Basis {
                signature: #signature,
                options: #options,
                form: #private::Form::#form,
                elements: #members,
                invariants: #invariants,
                certificate: #certificate,
                independence: #independence,
            }
        }
    }
}

/// The numbers of members, `basis()` and `terms()` where nothing is known of them.
pub(super) fn unknown(names: &Names<'_>) -> TokenStream {
    let private = &names.private;
    let (counts, terms): (&[&str], _) = match names.interface.kind {
        Kind::Basis => (&["LEN"], None),
        Kind::Generators => (&["INVARIANTS", "GENERATORS"], None),
        Kind::Body => {
            (&["TERMS"], Some(quote!(pub const fn terms() -> &'static [#private::Element] { loop {} })))
        }
    };
    let counts = counts.iter().map(|name| format_ident!("{name}"));
    quote! {
        #(pub const #counts: usize = 0;)*
        pub const fn basis() -> #private::Basis { loop {} }
        #terms
    }
}

/// The description that the runtime reads, and one for every function; within the module of kernels.
pub(super) fn constants(names: &Names<'_>, kernels: &Kernels) -> TokenStream {
    let interface = names.interface;
    if !interface.is_compiled() {
        return TokenStream::new();
    }
    let signature = &interface.signature;
    let axes = signature.axes.iter().map(|axis| {
        let (name, group) = (axis.dimension.to_string(), &axis.group);
        let action = match (group.is_label(), group.is_free()) {
            (_, true) => quote!(Fixed),
            (true, false) => quote!(Permuted),
            (false, false) => {
                let reflections = group.has_reflections();
                let metric = match group.rules().form() {
                    Form::Identity => quote!(Identity),
                    Form::Diagonal(positive) => {
                        let positive = number(positive);
                        quote!(Diagonal(#positive))
                    }
                    Form::Omega => quote!(Omega),
                };
                quote!(Linear { metric: eqt::interface::Metric::#metric, reflections: #reflections })
            }
        };
        quote!(eqt::interface::Axis { name: #name, action: eqt::interface::Action::#action })
    });
    let inputs = signature.inputs.iter().map(|input| array(&input.name, &input.space));
    let output = array("output", &signature.output);
    let family = |id: FamilyId| {
        let coefficients = interface.families.get(id.0).map_or(&[][..], |family| family.coefficients());
        let coefficients = coefficients.iter().map(coefficient);
        quote!(&[#(#coefficients),*])
    };
    let (members, invariants) = (family(FamilyId::MEMBERS), family(FamilyId::INVARIANTS));
    let parameters = interface.parameters.iter().map(|&input| number(input));
    let functions = interface.functions.iter().map(|function| {
        let of = |variant: Variant| {
            let name = constant_name(function.role, variant);
            let description = self::function(names, function, variant);
            quote!(const #name: &eqt::interface::Function = #description;)
        };
        let is_multiplied = kernels.get(function.role).is_some_and(|kernel| kernel.multiplied.is_some());
        let multiplied = is_multiplied.then(|| of(Variant::Multiplied));
        let loops = of(Variant::Loops);
        quote!(#loops #multiplied)
    });
    quote! {
        pub(super) const INTERFACE: &eqt::interface::Interface = &eqt::interface::Interface {
            axes: &[#(#axes),*],
            inputs: &[#(#inputs),*],
            output: #output,
            coefficients: #members,
            invariants: #invariants,
            parameters: &[#(#parameters),*],
            members: super::basis().elements,
            basis: super::basis(),
        };

        #(#functions)*
    }
}

fn axes(axes: &[AxisId]) -> TokenStream {
    let axes = axes.iter().map(|axis| number(axis.index()));
    quote!(&[#(#axes),*])
}

fn array(name: &str, space: &Space) -> TokenStream {
    let layout = space.layout();
    let (slots, pseudo) = (axes(&layout.slots), axes(&layout.pseudo));
    let blocks = layout.blocks.iter().filter(|block| block.rank > 1).filter_map(|block| {
        let symmetry = match block.symmetry {
            SlotSymmetry::General => return None,
            SlotSymmetry::Symmetric => quote!(Symmetric),
            SlotSymmetry::Alternating => quote!(Alternating),
            SlotSymmetry::Traceless => quote!(Traceless),
        };
        let (start, rank) = (number(block.start), number(block.rank));
        let symmetry = quote!(eqt::interface::Symmetry::#symmetry);
        Some(quote!(eqt::interface::Block { start: #start, rank: #rank, symmetry: #symmetry }))
    });
    quote!(eqt::interface::Array { name: #name, axes: #slots, blocks: &[#(#blocks),*], pseudo: #pseudo })
}

fn coefficient(coefficient: &Coefficient) -> TokenStream {
    let (name, axes) = (&coefficient.name, axes(&coefficient.axes));
    let ties = coefficient.ties.iter().map(|tie| {
        let permutation = tie.permutation.iter().map(|&axis| number(axis));
        let sign = Literal::i8_unsuffixed(tie.sign);
        quote!(eqt::interface::Tie { permutation: &[#(#permutation),*], sign: #sign })
    });
    quote!(eqt::interface::Coefficient { name: #name, axes: #axes, ties: &[#(#ties),*] })
}

/// What a function reads and writes.
fn function(names: &Names<'_>, function: &Function, variant: Variant) -> TokenStream {
    let code = function.code.as_ref().filter(|_| variant == Variant::Multiplied);
    let list = |values: &[Value], written: bool| {
        let arguments: Vec<TokenStream> =
            values.iter().flat_map(|value| argument(names, code, value, written)).collect();
        quote!(&[#(#arguments),*])
    };
    let (arguments, results) = (list(&function.arguments, false), list(&function.results, true));
    quote!(&eqt::interface::Function { arguments: #arguments, results: #results })
}

fn argument(names: &Names<'_>, code: Option<&Code>, value: &Value, written: bool) -> Vec<TokenStream> {
    let interface = names.interface;
    let arranged = |quantity: TokenStream, sharing: &str, arrangement: Arrangement, what: String| {
        let (sharing, arrangement) = (format_ident!("{sharing}"), format_ident!("{arrangement:?}"));
        quote! {
            eqt::interface::Argument {
                quantity: eqt::interface::Quantity::#quantity,
                sharing: eqt::interface::Sharing::#sharing,
                arrangement: eqt::interface::Arrangement::#arrangement,
                what: #what,
            }
        }
    };
    let one = |quantity, sharing: &str, what| arranged(quantity, sharing, Arrangement::Lanes, what);
    let sharing = match value.sharing {
        Sharing::PerSample => "PerSample",
        Sharing::Shared => "Shared",
        Sharing::Summed => "Summed",
    };
    match value.quantity {
        Quantity::Input(input) => {
            let name = names.declaration.inputs[input].unraw();
            let what = match (written, value.sharing) {
                (true, _) => format!("gradient of input `{name}`"),
                (false, Sharing::Shared) => format!("parameter `{name}`"),
                (false, _) => format!("input `{name}`"),
            };
            let input = number(input);
            vec![one(quote!(Input(#input)), sharing, what)]
        }
        Quantity::Output => {
            let what = if written { "output" } else { "cotangent" };
            vec![one(quote!(Output), sharing, what.to_owned())]
        }
        Quantity::Members => vec![one(quote!(Members), sharing, "values of the members".to_owned())],
        Quantity::Weights => vec![one(quote!(Weights), sharing, "weights".to_owned())],
        Quantity::Coefficients(id) => {
            let family = interface.family(id);
            let (all, each) = match id {
                FamilyId::INVARIANTS => (quote!(Invariants), quote!(Invariant)),
                _ => (quote!(Coefficients), quote!(Coefficient)),
            };
            let what = match (written, id) {
                (false, _) => family.what.to_owned(),
                (true, FamilyId::INVARIANTS) => "invariants".to_owned(),
                (true, _) => "gradient of the coefficients".to_owned(),
            };
            if !family.has_arrays() {
                return vec![one(all, sharing, what)];
            }
            let of = |(index, coefficient): (usize, &Coefficient)| {
                let arrangement = match code {
                    _ if !written && value.sharing == Sharing::Shared => Arrangement::Rows,
                    Some(code) => code.arrangement(index, written),
                    None => Arrangement::Lanes,
                };
                let (index, what) = (number(index), format!("{what} `{}`", coefficient.name));
                arranged(quote!(#each(#index)), sharing, arrangement, what)
            };
            family.coefficients().iter().enumerate().map(of).collect()
        }
    }
}

fn constant_name(role: Role, variant: Variant) -> Ident {
    let name = name_of(role).to_uppercase();
    match variant {
        Variant::Loops => format_ident!("{name}"),
        Variant::Multiplied => format_ident!("{name}_MULTIPLIED"),
    }
}

/// The map as a value: its kernels as a set, its type, and how it is made.
pub(super) fn instance(names: &Names<'_>) -> TokenStream {
    let private = &names.private;
    let (constants, constant_arguments) = (names.constants(), names.constant_arguments());
    let name = names.declaration.name.unraw().to_string();
    let run_time = names.run_time_axes();
    let lengths = run_time.iter().map(|(axis, _)| names.size(*axis));
    let sizes = names.interface.signature.axis_ids().map(|axis| names.size(axis));
    let about = docs::attributes(
        &format!(
            "`{name}` as a value: a map that trainers, layers and tests hold through \
         [`EquivariantMap`](#private::map::EquivariantMap), its sizes fixed.",
        )
        .replace("#private", "eqt"),
    );
    let makes = docs::attributes(&format!("`{name}` as a value, at these sizes."));
    let body = match names.interface.is_compiled() {
        true => quote!(#private::map::Emitted::new(kernels::INTERFACE, &[#(#sizes),*])),
        false => quote!(loop {}),
    };
    quote! {
        #about
        pub type Instance<#constants> = #private::map::Emitted<kernels::Set<#constant_arguments>>;

        #makes
        pub fn instance<#constants>(#(#lengths: usize),*) -> Instance<#constant_arguments> {
            #body
        }
    }
}

/// The set of kernels, within their module.
pub(super) fn set(names: &Names<'_>, kernels: &Kernels) -> TokenStream {
    let (constants, constant_arguments, generics) =
        (names.constants(), names.constant_arguments(), names.generics());
    let scalar = names.scalar();
    let sizes = names.fresh(&["sizes"]);
    let lengths = names.run_time_axes().into_iter().filter_map(|(axis, _)| {
        let (name, axis) = (names.lengths[axis.index()].clone()?, number(axis.index()));
        Some(quote!(let #name = #sizes[#axis];))
    });
    let lengths = quote!(#(#lengths)*);
    let method = |role: Role| {
        let name = format_ident!("{}", name_of(role));
        let optional =
            matches!(role, Role::ParameterGradient | Role::MemberGradient | Role::InvariantsGradient);
        let kernel = kernels.get(role).map(|kernel| {
            let code = names.interface.function(role).and_then(|function| function.code.as_ref());
            let work = code.map(|code| work(names, &code.nest));
            let of = |marker: TokenStream, variant: Variant| {
                let description = constant_name(role, variant);
                quote!(eqt::batch::Kernel::new::<Self, #marker>(self::#description, #work))
            };
            let marker = marker(role);
            let marker = quote!(eqt::batch::role::#marker);
            let loops = of(marker.clone(), Variant::Loops);
            let Some((_, least)) = &kernel.multiplied else { return loops };
            let many = least.iter().filter_map(|&(axis, labels)| {
                let (size, labels) = (names.size(axis), number(labels));
                let is_known = names.interface.signature.axis(axis).dimension.literal().is_some();
                (!is_known).then(|| quote!(#size >= #labels))
            });
            let many: Vec<TokenStream> = many.collect();
            let multiplied = of(quote!(eqt::batch::role::Multiplied<#marker>), Variant::Multiplied);
            match many.is_empty() {
                true => multiplied,
                false => quote!(if #(#many)&&* { #multiplied } else { #loops }),
            }
        });
        let kernel = kernel.or_else(|| (!names.interface.is_compiled()).then(|| quote!(loop {})));
        match (optional, kernel) {
            (false, kernel) => quote! {
                fn #name(#sizes: &[usize]) -> eqt::batch::Kernel<#scalar> { #lengths #kernel }
            },
            (true, Some(kernel)) => quote! {
                fn #name(#sizes: &[usize]) -> eqt::core::option::Option<eqt::batch::Kernel<#scalar>> {
                    #lengths
                    eqt::core::option::Option::Some(#kernel)
                }
            },
            (true, None) => quote! {
                fn #name(_: &[usize]) -> eqt::core::option::Option<eqt::batch::Kernel<#scalar>> {
                    eqt::core::option::Option::None
                }
            },
        }
    };
    let of = |roles: &[Role]| roles.iter().map(|&role| method(role)).collect::<TokenStream>();
    let every =
        of(&[Role::Value, Role::Members, Role::Gradient, Role::ParameterGradient, Role::MemberGradient]);
    let of_generators = (names.interface.kind == Kind::Generators).then(|| {
        let methods = of(&[Role::Invariants, Role::InvariantsGradient]);
        quote! {
            impl<#generics> eqt::map::GeneratorKernels<#scalar> for Set<#constant_arguments> { #methods }
        }
    });
    quote! {
        #[derive(Clone, Copy, Debug)]
        pub struct Set<#constants>;

        impl<#generics> eqt::map::KernelSet<#scalar> for Set<#constant_arguments> {
            #every
        }

        #of_generators
    }
}

/// The multiply-adds of one sample.
fn work(names: &Names<'_>, nest: &crate::lower::Nest) -> TokenStream {
    use eqt_ir::signature::rust_types::Extent;
    let mut literal_sum = 0_u64;
    let mut terms: Vec<TokenStream> = Vec::new();
    for (axes, count) in nest.cost() {
        let mut count = count;
        let mut factors: Vec<TokenStream> = Vec::new();
        for axis in axes {
            match names.extent(axis) {
                Extent::Literal(size) => count = count.saturating_mul(*size as u64),
                _ => {
                    let size = names.size(axis);
                    factors.push(quote!(.saturating_mul(#size as u64)));
                }
            }
        }
        if factors.is_empty() {
            literal_sum = literal_sum.saturating_add(count);
        } else {
            let count = Literal::u64_suffixed(count);
            terms.push(quote!(#count #(#factors)*));
        }
    }
    let literal = Literal::u64_suffixed(literal_sum);
    quote!(#literal #(.saturating_add(#terms))*)
}
