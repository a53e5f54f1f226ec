//! Binding: which axis every dimension of a parsed signature means.
//!
//! `R^k` binds to the linear factor of size k, else to `S(k)` as the permutation representation. `(X)^k` binds to
//! `S(k)`, else it is a family on a free label: k scalars on which nothing acts are `(R)^k`.
//!
//! Every factor other than `1` acts on some index, or is the one whose determinant a `pseudo` means: of the factors
//! with reflections (`O`, not `SO`) the one that acts on its space, or, if none does, the only one of the group.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use syn::{Error, Ident, Result};

use super::{Axis, AxisId, Dimension, Input, Signature, SlotSymmetry, Space};
use crate::group::{Factor, Group, WrittenDimension, example};
use crate::ids::TooMany;

/// A factor of the group as written.
#[derive(Clone, Debug)]
pub(crate) struct RawFactor {
    /// The group and the dimension that it acts on, or why there is no such group, which is reported when the factor is
    /// bound; none for `1`.
    pub(crate) factor: Option<Result<Factor>>,
    /// The dimensions as written.
    pub(crate) dimensions: Vec<WrittenDimension>,
    pub(crate) span: Span,
}

impl RawFactor {
    /// `1`.
    pub(crate) fn trivial(span: Span) -> RawFactor {
        RawFactor { factor: None, dimensions: Vec::new(), span }
    }

    /// The group and its dimension, if it is one.
    pub(crate) fn known(&self) -> Option<&Factor> {
        self.factor.as_ref()?.as_ref().ok()
    }

    /// Whether there is no such group.
    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self.factor, Some(Err(_)))
    }
}

/// A space as written.
#[derive(Clone, Debug)]
pub(crate) enum RawSpace {
    Scalar,
    Vector(WrittenDimension),
    Tensor { dimension: WrittenDimension, rank: usize, symmetry: SlotSymmetry, span: Span },
    Pseudo { space: Box<RawSpace>, span: Span },
    Product(Box<RawSpace>, Box<RawSpace>),
    Family { member: Box<RawSpace>, label: WrittenDimension },
}

/// An input as written.
#[derive(Clone, Debug)]
pub(crate) struct RawInput {
    pub(crate) name: Option<Ident>,
    pub(crate) space: RawSpace,
}

/// A signature as written, before its dimensions are bound.
#[derive(Clone, Debug)]
pub(crate) struct RawSignature {
    pub(crate) group: Vec<RawFactor>,
    pub(crate) inputs: Vec<RawInput>,
    pub(crate) output: RawSpace,
    /// The tokens of the output, for errors about it.
    pub(crate) output_tokens: TokenStream,
}

impl RawSpace {
    fn collect_dimensions<'a>(&'a self, dimensions: &mut Vec<&'a WrittenDimension>) {
        match self {
            RawSpace::Scalar => {}
            RawSpace::Vector(dimension) | RawSpace::Tensor { dimension, .. } => dimensions.push(dimension),
            RawSpace::Pseudo { space, .. } => space.collect_dimensions(dimensions),
            RawSpace::Product(left, right) => {
                left.collect_dimensions(dimensions);
                right.collect_dimensions(dimensions);
            }
            RawSpace::Family { member, label } => {
                dimensions.push(label);
                member.collect_dimensions(dimensions);
            }
        }
    }

    /// The labels of families.
    fn collect_labels<'a>(&'a self, labels: &mut BTreeSet<&'a Dimension>) {
        match self {
            RawSpace::Scalar | RawSpace::Vector(_) | RawSpace::Tensor { .. } => {}
            RawSpace::Pseudo { space, .. } => space.collect_labels(labels),
            RawSpace::Product(left, right) => {
                left.collect_labels(labels);
                right.collect_labels(labels);
            }
            RawSpace::Family { member, label } => {
                labels.insert(&label.dimension);
                member.collect_labels(labels);
            }
        }
    }
}

impl RawSignature {
    /// Every dimension as written.
    pub(crate) fn dimensions(&self) -> Vec<&WrittenDimension> {
        let mut dimensions: Vec<&WrittenDimension> =
            self.group.iter().flat_map(|factor| &factor.dimensions).collect();
        for input in &self.inputs {
            input.space.collect_dimensions(&mut dimensions);
        }
        self.output.collect_dimensions(&mut dimensions);
        dimensions
    }

    /// Refuses more axes, factors and free labels, than are supported.
    fn check_axes(&self, factors: &[Axis]) -> Result<()> {
        let mut labels = BTreeSet::new();
        for space in self.inputs.iter().map(|input| &input.space).chain([&self.output]) {
            space.collect_labels(&mut labels);
        }
        let permuted = |label: &&Dimension| {
            factors.iter().any(|axis| axis.dimension == **label && axis.group.permutes_labels())
        };
        let free = labels.iter().filter(|label| !permuted(label)).count();
        TooMany::check("axes (factors of the group, and labels)", factors.len() + free, Signature::MAX_AXES)
            .map_err(|error| Error::new(Span::call_site(), error))
    }

    /// Binds every dimension to an axis.
    pub(crate) fn bind(self) -> Result<Signature> {
        let mut binder = Binder { axes: factors(&self.group)? };
        self.check_axes(&binder.axes)?;
        let unnamed = self.inputs.iter().filter(|input| input.name.is_none()).count();
        let mut inputs: Vec<Input> = Vec::new();
        let mut next_unnamed = 1;
        for raw in &self.inputs {
            let name = match &raw.name {
                Some(name) => name.to_string().trim_start_matches("r#").to_owned(),
                None if unnamed == 1 => "x".to_owned(),
                None => {
                    next_unnamed += 1;
                    format!("x{}", next_unnamed - 1)
                }
            };
            if let Some(ident) = &raw.name
                && !name.is_ascii()
            {
                return Err(Error::new(ident.span(), "the name of an input must be an ASCII identifier"));
            }
            if inputs.iter().any(|other| other.name == name) {
                let span = raw.name.as_ref().map_or(Span::call_site(), Ident::span);
                return Err(mistake!(span, "two inputs are named `{name}`"));
            }
            inputs.push(Input { name, space: binder.space(&raw.space)? });
        }
        let output = binder.space(&self.output)?;
        let spaces: Vec<&Space> = inputs.iter().map(|input| &input.space).chain([&output]).collect();
        check_factors_are_used(&self.group, &binder.axes, &spaces)?;
        let signature = Signature { axes: binder.axes, inputs, output };
        check_sizes(&signature)?;
        Ok(signature)
    }
}

/// Refuses more inputs or slots than the indices of diagrams can tell apart.
fn check_sizes(signature: &Signature) -> Result<()> {
    let fail = |message: String| Error::new(Span::call_site(), message);
    TooMany::check("inputs", signature.inputs.len(), Signature::MAX_INPUTS)
        .map_err(|error| fail(format!("{error}; write a family, `(X)^n`")))?;
    let inputs = signature.inputs.iter().map(|input| (format!("input `{}`", input.name), &input.space));
    for (name, space) in inputs.chain([("the output".to_owned(), &signature.output)]) {
        let slots = space.layout().slots.len();
        if slots > Signature::MAX_SLOTS {
            let most = Signature::MAX_SLOTS;
            return Err(fail(format!("{name} has {slots} indices, more than the {most} that are supported")));
        }
    }
    Ok(())
}

/// The axes of the factors.
fn factors(group: &[RawFactor]) -> Result<Vec<Axis>> {
    let mut axes: Vec<Axis> = Vec::new();
    for raw in group {
        let Some(factor) = &raw.factor else { continue };
        let Factor { group, dimension } = factor.clone()?;
        if axes.iter().any(|axis| axis.dimension == dimension && axis.group.is_label() == group.is_label()) {
            return Err(mistake!(
                raw.dimensions.first().map_or(raw.span, |written| written.span),
                "two factors act on dimension {dimension}, so that R^{dimension} could mean either; give them \
                 different dimensions"
            ));
        }
        axes.push(Axis { dimension, group });
    }
    Ok(axes)
}

/// The axes that a space names, also those of tensors of rank 0.
fn named_axes(space: &Space, named: &mut Vec<AxisId>) {
    match space {
        Space::Scalar => {}
        Space::Vector(axis) | Space::Tensor { axis, .. } => named.push(*axis),
        Space::Pseudo { axis, space } | Space::Family { label: axis, member: space } => {
            named.push(*axis);
            named_axes(space, named);
        }
        Space::Product(left, right) => {
            named_axes(left, named);
            named_axes(right, named);
        }
    }
}

/// Every factor acts on some space, or a pseudo-tensor changes with its determinant.
fn check_factors_are_used(group: &[RawFactor], axes: &[Axis], spaces: &[&Space]) -> Result<()> {
    let mut named = Vec::new();
    for space in spaces {
        named_axes(space, &mut named);
    }
    let factors = group.iter().filter(|raw| raw.factor.is_some());
    for ((raw, axis), id) in factors.zip(axes).zip((0..).map(AxisId::new)) {
        if !named.contains(&id) {
            return Err(mistake!(
                raw.span,
                "no space has an index on which {} acts; leave this factor out",
                axis.group.text(&axis.dimension)
            ));
        }
    }
    Ok(())
}

struct Binder {
    axes: Vec<Axis>,
}

impl Binder {
    fn find(&self, dimension: &Dimension, accept: impl Fn(&Group) -> bool) -> Option<AxisId> {
        self.axes.iter().position(|axis| axis.dimension == *dimension && accept(&axis.group)).map(AxisId::new)
    }

    /// The linear factor or the permutation representation of this size.
    fn representation(&self, dimension: &Dimension) -> Option<AxisId> {
        self.find(dimension, |group| !group.is_label())
            .or_else(|| self.find(dimension, Group::permutes_labels))
    }

    fn free_label(&mut self, dimension: &Dimension) -> AxisId {
        self.find(dimension, Group::is_free).unwrap_or_else(|| {
            self.axes.push(Axis { dimension: dimension.clone(), group: Group::free_label() });
            AxisId::new(self.axes.len() - 1)
        })
    }

    fn unbound(&self, dimension: &WrittenDimension) -> Error {
        let sizes: Vec<String> = self
            .axes
            .iter()
            .filter(|axis| !axis.group.is_free())
            .map(|axis| format!("{} on {}", axis.group.text(&axis.dimension), axis.dimension))
            .collect();
        let known = if sizes.is_empty() {
            "the group has no factor".to_owned()
        } else {
            format!("the group has {}", sizes.join(", "))
        };
        let name = &dimension.dimension;
        mistake!(
            dimension.span,
            "no factor of the group acts on dimension `{name}` ({known}); {name} labelled scalars are `(R)^{name}`"
        )
    }

    fn space(&mut self, raw: &RawSpace) -> Result<Space> {
        Ok(match raw {
            RawSpace::Scalar => Space::Scalar,
            RawSpace::Vector(dimension) => match self.representation(&dimension.dimension) {
                Some(axis) => Space::Vector(axis),
                None => return Err(self.unbound(dimension)),
            },
            RawSpace::Tensor { dimension, rank, symmetry, span } => {
                let axis =
                    self.representation(&dimension.dimension).ok_or_else(|| self.unbound(dimension))?;
                let group = &self.axes[axis.index()].group;
                if *symmetry == SlotSymmetry::Traceless && (group.is_label() || group.is_antisymmetric()) {
                    let text = group.text(&dimension.dimension);
                    return Err(mistake!(
                        *span,
                        "traceless tensors need a symmetric form, which {text} does not have; write Sym^{rank}"
                    ));
                }
                Space::Tensor { axis, rank: *rank, symmetry: *symmetry }
            }
            RawSpace::Pseudo { space, span } => {
                let space = self.space(space)?;
                Space::Pseudo { axis: self.parity_axis(&space, *span)?, space: Box::new(space) }
            }
            RawSpace::Product(left, right) => {
                let left = self.space(left)?;
                Space::Product(Box::new(left), Box::new(self.space(right)?))
            }
            RawSpace::Family { member, label } => {
                let member = Box::new(self.space(member)?);
                let label = match self.find(&label.dimension, Group::permutes_labels) {
                    Some(axis) => axis,
                    None => self.free_label(&label.dimension),
                };
                Space::Family { member, label }
            }
        })
    }

    /// The one factor with reflections that acts on `space`, or, if none does, the only one of the group.
    fn parity_axis(&self, space: &Space, span: Span) -> Result<AxisId> {
        let reflects = |axis: &AxisId| self.axes[axis.index()].group.has_reflections();
        let mut acting: Vec<AxisId> = space.layout().slots.into_iter().filter(reflects).collect();
        acting.sort();
        acting.dedup();
        if acting.is_empty() {
            acting = (0..self.axes.len()).map(AxisId::new).filter(reflects).collect();
        }
        match acting[..] {
            [axis] => Ok(axis),
            [] => Err(mistake!(
                span,
                "`pseudo` needs a factor with reflections, as {} has: no determinant of this group changes sign",
                example("3")
            )),
            _ => Err(Error::new(
                span,
                "`pseudo` needs exactly one factor with reflections that acts on its space; here there are several",
            )),
        }
    }
}
