//! Types of inputs and outputs as spaces.

use std::collections::BTreeSet;

use syn::ext::IdentExt;
use syn::{Error, Expr, FnArg, GenericArgument, Ident, Path, PathArguments, Result, Type};

use super::arguments::{
    DIMENSION, expect, input_name, is_lower_case, is_lower_case_name, literal_dimension, literal_of, name_of,
    rank_argument, symbol, type_name,
};
use super::collect;
use crate::group::{Dimension, WrittenDimension, example, example_of_labels};
use crate::signature::SlotSymmetry;
use crate::signature::bind::{RawFactor, RawSpace};

const TYPES: &str = "`Scalar`, `Vector<D>`, `Matrix<D>`, `Sym<D>`, `Sym0<D>`, `Alt<D>`, `Tensor<K, D>`, \
                     `SymTensor<K, D>`, `Sym0Tensor<K, D>`, `AltTensor<K, D>`, `Pseudo<X>`, `Product<X, Y>` and \
                     families `[X; N]`";

/// Reads the types of one function.
pub(super) struct Reader<'a> {
    group: &'a [RawFactor],
    generics: &'a [Ident],
    /// The const generics that occur in types.
    used: BTreeSet<String>,
    /// The run-time lengths, each once, in the order of their first occurrence.
    pub(super) run_time: Vec<Ident>,
    /// The tensors, which need a factor of the group.
    tensors: Vec<TensorUse>,
}

/// A tensor type on a dimension.
struct TensorUse {
    dimension: WrittenDimension,
    /// The name of the type, if its tensors are traceless.
    traceless: Option<Ident>,
}

impl<'a> Reader<'a> {
    /// For a function with these const generics.
    pub(super) fn new(group: &'a [RawFactor], generics: &'a [Ident]) -> Reader<'a> {
        Reader { group, generics, used: BTreeSet::new(), run_time: Vec::new(), tensors: Vec::new() }
    }

    /// The name and space of an input.
    pub(super) fn input(&mut self, argument: &FnArg) -> Result<(Ident, RawSpace)> {
        let typed = match argument {
            FnArg::Typed(typed) => typed,
            FnArg::Receiver(receiver) => {
                return Err(Error::new(
                    receiver.self_token.span,
                    "a map has no `self`; move it out of the `impl` or `trait`, to a free function of its inputs",
                ));
            }
        };
        let space = self.family(&typed.ty);
        both(input_name(typed), space)
    }

    /// A type that may be a family of run-time length.
    pub(super) fn family(&mut self, ty: &Type) -> Result<RawSpace> {
        match ty {
            Type::Paren(ty) => self.family(&ty.elem),
            Type::Group(ty) => self.family(&ty.elem),
            Type::Array(array) => {
                let label = match name_of(&array.len) {
                    Some(name) if !self.is_generic(name) && is_lower_case(name) => self.run_time_length(name),
                    _ => self.dimension(&array.len),
                };
                self.family_of(&array.elem, label)
            }
            _ => self.space(ty),
        }
    }

    fn family_of(&mut self, member: &Type, label: Result<WrittenDimension>) -> Result<RawSpace> {
        let (member, label) = both(self.space(member), label)?;
        Ok(RawSpace::Family { member: Box::new(member), label })
    }

    fn run_time_length(&mut self, name: &Ident) -> Result<WrittenDimension> {
        let dimension = symbol(name)?;
        if !self.run_time.contains(name) {
            self.run_time.push(name.clone());
        }
        Ok(dimension)
    }

    fn space(&mut self, ty: &Type) -> Result<RawSpace> {
        match ty {
            Type::Paren(ty) => self.space(&ty.elem),
            Type::Group(ty) => self.space(&ty.elem),
            Type::Array(array) => {
                let label = match name_of(&array.len) {
                    Some(name) if !self.is_generic(name) && is_lower_case(name) => Err(mistake!(
                        name.span(),
                        "only the outermost length may be known at run time; `{name}` must be a const generic or a \
                         number"
                    )),
                    _ => self.dimension(&array.len),
                };
                self.family_of(&array.elem, label)
            }
            Type::Path(path) if path.qself.is_none() => self.named(&path.path),
            Type::Reference(reference) => Err(Error::new_spanned(
                reference,
                "the types of a signature are written without `&`; the emitted function takes its inputs by reference",
            )),
            Type::Slice(slice) => Err(Error::new_spanned(
                slice,
                "a family of run-time length is written `[X; n]`, with a lower-case name for its length",
            )),
            Type::Tuple(tuple) if tuple.elems.is_empty() => {
                Err(Error::new_spanned(tuple, "`()` is not a space; write for instance `Scalar` or `Sym<D>`"))
            }
            Type::Tuple(tuple) => Err(Error::new_spanned(
                tuple,
                "tuples are not spaces; declare one input for each member, and one map for each output",
            )),
            _ => Err(mistake_at!(ty, "not a type of signatures; the types are {TYPES}")),
        }
    }

    fn named(&mut self, path: &Path) -> Result<RawSpace> {
        let Some(last) = path.segments.last() else {
            return Err(mistake_at!(path, "not a type of signatures; the types are {TYPES}"));
        };
        let name = last.ident.to_string();
        let span = last.ident.span();
        let arguments: Vec<&GenericArgument> = match &last.arguments {
            PathArguments::None => Vec::new(),
            PathArguments::AngleBracketed(list) => list.args.iter().collect(),
            PathArguments::Parenthesized(_) => {
                return Err(mistake_at!(path, "not a type of signatures; the types are {TYPES}"));
            }
        };
        use SlotSymmetry::{Alternating, General, Symmetric, Traceless};
        let (symmetry, ranked) = match name.as_str() {
            "Scalar" => {
                expect::<0>(path, &arguments, "no arguments", "Scalar")?;
                return Ok(RawSpace::Scalar);
            }
            "Vector" => {
                let [dimension] = expect(path, &arguments, "a dimension", "Vector<D>")?;
                let dimension = self.dimension_argument(dimension)?;
                self.tensors.push(TensorUse { dimension: dimension.clone(), traceless: None });
                return Ok(RawSpace::Vector(dimension));
            }
            "Pseudo" => {
                let [space] = expect(path, &arguments, "a space", "Pseudo<X>")?;
                let space = Box::new(self.member(space, "Pseudo<X>", "[Pseudo<X>; N]")?);
                return Ok(RawSpace::Pseudo { space, span });
            }
            "Product" => {
                let [left, right] = expect(path, &arguments, "two spaces", "Product<X, Y>")?;
                let mut member = |space| self.member(space, "Product<X, Y>", "[Product<X, Y>; N]");
                let left = member(left)?;
                return Ok(RawSpace::Product(Box::new(left), Box::new(member(right)?)));
            }
            "Matrix" => (General, false),
            "Sym" => (Symmetric, false),
            "Sym0" => (Traceless, false),
            "Alt" => (Alternating, false),
            "Tensor" => (General, true),
            "SymTensor" => (Symmetric, true),
            "Sym0Tensor" => (Traceless, true),
            "AltTensor" => (Alternating, true),
            "Vec" => {
                let member = match arguments[..] {
                    [GenericArgument::Type(ty)] => {
                        quote::ToTokens::to_token_stream(ty).to_string().replace(' ', "")
                    }
                    _ => "X".to_owned(),
                };
                return Err(mistake_at!(
                    path,
                    "a family of run-time length is written `[{member}; n]`, with a lower-case name for its length"
                ));
            }
            "f32" | "f64" => {
                return Err(mistake!(
                    span,
                    "`{name}` is not a type of signatures; write `Scalar`: the emitted function is generic in it"
                ));
            }
            _ => {
                return Err(mistake_at!(
                    path,
                    "unknown type `{name}`: a signature is read as tokens, which do not show what a type alias \
                     stands for; the types are {TYPES}"
                ));
            }
        };
        let (rank, dimension) = if ranked {
            let [rank, dimension] =
                expect(path, &arguments, "a rank and a dimension", &format!("{name}<K, D>"))?;
            (rank_argument(rank)?, dimension)
        } else {
            let [dimension] = expect(path, &arguments, "a dimension", &format!("{name}<D>"))?;
            (2, dimension)
        };
        let dimension = self.dimension_argument(dimension)?;
        let traceless = (symmetry == Traceless).then(|| last.ident.clone());
        self.tensors.push(TensorUse { dimension: dimension.clone(), traceless });
        Ok(RawSpace::Tensor { dimension, rank, symmetry, span })
    }

    /// A space inside another type, where families cannot stand.
    fn member(&mut self, argument: &GenericArgument, outer: &str, right: &str) -> Result<RawSpace> {
        match argument {
            GenericArgument::Type(Type::Array(array)) => {
                Err(mistake_at!(array, "a family cannot stand inside `{outer}`; write `{right}`"))
            }
            GenericArgument::Type(ty) => self.space(ty),
            _ => Err(mistake_at!(argument, "`{outer}` takes types, for instance `Vector<D>`")),
        }
    }

    fn is_generic(&self, name: &Ident) -> bool {
        self.generics.contains(name)
    }

    fn dimension_argument(&mut self, argument: &GenericArgument) -> Result<WrittenDimension> {
        match argument {
            GenericArgument::Const(expression) => self.dimension(expression),
            GenericArgument::Type(ty) => match type_name(ty) {
                Some(name) => self.dimension_name(name, false),
                None => Err(Error::new_spanned(ty, DIMENSION)),
            },
            _ => Err(Error::new_spanned(argument, DIMENSION)),
        }
    }

    fn dimension(&mut self, expression: &Expr) -> Result<WrittenDimension> {
        if let Some(literal) = literal_of(expression) {
            return literal_dimension(literal);
        }
        match name_of(expression) {
            Some(name) => self.dimension_name(name, true),
            None => Err(Error::new_spanned(expression, DIMENSION)),
        }
    }

    fn dimension_name(&mut self, name: &Ident, is_length: bool) -> Result<WrittenDimension> {
        if self.is_generic(name) {
            self.used.insert(name.unraw().to_string());
            return symbol(name);
        }
        let upper = name.unraw().to_string().to_ascii_uppercase();
        Err(Error::new(
            name.span(),
            if is_length {
                format!(
                    "`{name}` is not a const generic of the function; declare `const {upper}: usize`, write a number, or \
                     a lower-case name for a run-time length"
                )
            } else {
                format!(
                    "`{name}` is not a const generic of the function; declare `const {upper}: usize`, or write a number"
                )
            },
        ))
    }

    /// A factor of the group acts on the dimension of every tensor.
    fn check_tensors(&self, errors: &mut Option<Error>) {
        for TensorUse { dimension, traceless } in &self.tensors {
            let name = &dimension.dimension;
            let group = self.group.iter().filter_map(RawFactor::known).find(|known| known.dimension == *name);
            match group.map(|known| &known.group) {
                None => {
                    let message = format!(
                        "no factor of the group acts on dimension `{name}`; add for instance `{}` to the group, or \
                         write `[Scalar; {name}]` for {name} labelled scalars",
                        example(&name.to_string())
                    );
                    collect(errors, Error::new(dimension.span, message));
                }
                Some(group) if group.is_label() || group.is_antisymmetric() => {
                    let Some(ty) = traceless else { continue };
                    let message = format!(
                        "traceless tensors need a symmetric form, which the factor of the group on `{name}` does not \
                         have; write `{}`",
                        ty.to_string().replace('0', "")
                    );
                    collect(errors, Error::new(ty.span(), message));
                }
                Some(_) => {}
            }
        }
    }

    /// Types and group agree: every symbol of the group is known to the function, a factor acts on every dimension, and
    /// every const generic is used.
    pub(super) fn check(&self, errors: &mut Option<Error>) {
        self.check_group(errors);
        // A group that does not exist is left to binding.
        if errors.is_none() && !self.group.iter().any(RawFactor::is_wrong) {
            self.check_tensors(errors);
            self.check_generics(errors);
        }
    }

    fn check_generics(&self, errors: &mut Option<Error>) {
        for generic in self.generics {
            let name = generic.unraw().to_string();
            let dimension = Dimension::Symbol(name.clone());
            let in_group =
                self.group.iter().filter_map(RawFactor::known).any(|known| known.dimension == dimension);
            if !in_group && !self.used.contains(&name) {
                let message =
                    format!("no dimension of the signature is `{generic}`; remove this const generic");
                collect(errors, Error::new(generic.span(), message));
            }
        }
    }

    fn check_group(&self, errors: &mut Option<Error>) {
        let known = |name: &str, idents: &[Ident]| idents.iter().any(|ident| ident.unraw() == name);
        let sound = self.group.iter().filter(|factor| !factor.is_wrong());
        for (factor, dimension) in
            sound.flat_map(|factor| factor.dimensions.iter().map(move |dimension| (factor, dimension)))
        {
            let Dimension::Symbol(name) = &dimension.dimension else { continue };
            let is_label = factor.known().is_some_and(|known| known.group.is_label());
            if known(name, self.generics) || is_label && known(name, &self.run_time) {
                continue;
            }
            let message = if known(name, &self.run_time) {
                format!(
                    "`{name}` is a run-time length, on which only `{}` can act; write a const generic or a number",
                    example_of_labels(name)
                )
            } else if let Some(near) =
                self.generics.iter().find(|other| other.to_string().eq_ignore_ascii_case(name))
            {
                format!("`{name}` is not a const generic of the function; write `{near}`")
            } else if is_label && is_lower_case_name(name) {
                format!("no input has length `{name}`; write for instance `[Vector<D>; {name}]` for one")
            } else {
                let upper = name.to_ascii_uppercase();
                format!(
                    "`{name}` is not a const generic of the function; declare `const {upper}: usize`, or write a number"
                )
            };
            collect(errors, Error::new(dimension.span, message));
        }
    }
}

/// Both values, or all errors.
fn both<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut error), Err(other)) => {
            error.combine(other);
            Err(error)
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}
