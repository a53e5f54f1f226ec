//! Binding: which axis every dimension of a parsed signature means.
//!
//! `R^k` binds to the linear factor of size k, else to `S(k)` as the permutation representation, else, for a literal k,
//! it is k scalars on a free label. `(X)^k` binds to `S(k)`, else it is a family on a free label.

use proc_macro2::{Span, TokenStream};
use syn::{Error, Ident, Result};

use super::{Axis, AxisId, Dimension, Input, Signature, SlotSymmetry, Space};
use crate::group::Group;

/// A dimension as written.
#[derive(Clone, Debug)]
pub(crate) struct RawDimension {
    pub(crate) dimension: Dimension,
    pub(crate) span: Span,
}

/// A factor of the group as written.
#[derive(Clone, Debug)]
pub(crate) struct RawFactor {
    pub(crate) group: RawGroup,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum RawGroup {
    Orthogonal { special: bool, dimension: RawDimension },
    Indefinite { special: bool, p: RawDimension, q: RawDimension },
    Symplectic { dimension: RawDimension },
    Symmetric { dimension: RawDimension },
    Trivial,
}

impl RawGroup {
    /// The dimensions as written.
    pub(crate) fn dimensions(&self) -> impl Iterator<Item = &RawDimension> {
        let (first, second) = match self {
            RawGroup::Trivial => (None, None),
            RawGroup::Orthogonal { dimension, .. }
            | RawGroup::Symplectic { dimension }
            | RawGroup::Symmetric { dimension } => (Some(dimension), None),
            RawGroup::Indefinite { p, q, .. } => (Some(p), Some(q)),
        };
        first.into_iter().chain(second)
    }

    /// The dimension that the factor acts on; none for `1`, or if it has no one name.
    pub(crate) fn size(&self) -> Option<Dimension> {
        match self {
            RawGroup::Indefinite { p, q, .. } => {
                Some(Dimension::Literal(p.dimension.literal()? + q.dimension.literal()?))
            }
            _ => self.dimensions().next().map(|dimension| dimension.dimension.clone()),
        }
    }
}

/// A space as written.
#[derive(Clone, Debug)]
pub(crate) enum RawSpace {
    Scalar,
    Vector(RawDimension),
    Tensor { dimension: RawDimension, rank: usize, symmetry: SlotSymmetry, span: Span },
    Pseudo { space: Box<RawSpace>, span: Span },
    Product(Box<RawSpace>, Box<RawSpace>),
    Family { member: Box<RawSpace>, label: RawDimension },
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
    fn collect_dimensions<'a>(&'a self, dimensions: &mut Vec<&'a RawDimension>) {
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
}

impl RawSignature {
    /// Every dimension as written.
    pub(crate) fn dimensions(&self) -> Vec<&RawDimension> {
        let mut dimensions: Vec<&RawDimension> =
            self.group.iter().flat_map(|factor| factor.group.dimensions()).collect();
        for input in &self.inputs {
            input.space.collect_dimensions(&mut dimensions);
        }
        self.output.collect_dimensions(&mut dimensions);
        dimensions
    }

    /// Binds every dimension to an axis.
    pub(crate) fn bind(self) -> Result<Signature> {
        let mut binder = Binder { axes: factors(&self.group)? };
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
                return Err(Error::new(span, format!("two inputs are named `{name}`")));
            }
            inputs.push(Input { name, space: binder.space(&raw.space)? });
        }
        let output = binder.space(&self.output)?;
        if binder.axes.len() > MAX_AXES {
            return Err(Error::new(Span::call_site(), format!("more than {MAX_AXES} axes")));
        }
        let signature = Signature { axes: binder.axes, inputs, output };
        check_sizes(&signature)?;
        Ok(signature)
    }
}

/// Refuses more inputs or slots than the indices of diagrams can tell apart.
fn check_sizes(signature: &Signature) -> Result<()> {
    let fail = |message: String| Err(Error::new(Span::call_site(), message));
    if signature.inputs.len() > Signature::MAX_INPUTS {
        let (found, most) = (signature.inputs.len(), Signature::MAX_INPUTS);
        return fail(format!(
            "{found} inputs are more than the {most} that are supported; write a family, `(X)^n`"
        ));
    }
    let inputs = signature.inputs.iter().map(|input| (format!("input `{}`", input.name), &input.space));
    for (name, space) in inputs.chain([("the output".to_owned(), &signature.output)]) {
        let slots = space.layout().slots.len();
        if slots > Signature::MAX_SLOTS {
            let most = Signature::MAX_SLOTS;
            return fail(format!("{name} has {slots} indices, more than the {most} that are supported"));
        }
    }
    Ok(())
}

/// The most factors and free labels of one signature.
const MAX_AXES: usize = 16;

fn factors(group: &[RawFactor]) -> Result<Vec<Axis>> {
    let mut axes: Vec<Axis> = Vec::new();
    for factor in group {
        let (dimension, group, span) = match &factor.group {
            RawGroup::Trivial => continue,
            RawGroup::Orthogonal { special: false, dimension } => {
                (dimension.dimension.clone(), Group::Orthogonal, dimension.span)
            }
            RawGroup::Orthogonal { special: true, dimension } => {
                if let Dimension::Symbol(name) = &dimension.dimension {
                    return Err(Error::new(
                        dimension.span,
                        format!(
                            "SO({name}) needs a literal dimension, because its epsilon has as many legs; write \
                             for instance SO(3), or O({name}) for maps that exist in every dimension"
                        ),
                    ));
                }
                (dimension.dimension.clone(), Group::SpecialOrthogonal, dimension.span)
            }
            RawGroup::Indefinite { special, p, q } => match (&p.dimension, &q.dimension) {
                (Dimension::Literal(a), Dimension::Literal(b)) => {
                    let group =
                        if *special { Group::SpecialIndefinite(*a, *b) } else { Group::Indefinite(*a, *b) };
                    (Dimension::Literal(a + b), group, p.span)
                }
                (Dimension::Symbol(name), _) | (_, Dimension::Symbol(name)) => {
                    return Err(Error::new(
                        factor.span,
                        format!(
                            "{group}(p,q) needs literal p and q, found `{name}`; write for instance {group}(1,3)",
                            group = if *special { "SO" } else { "O" }
                        ),
                    ));
                }
            },
            RawGroup::Symplectic { dimension } => {
                if let Some(odd) = dimension.dimension.literal().filter(|value| !value.is_multiple_of(2)) {
                    return Err(Error::new(
                        dimension.span,
                        format!(
                            "Sp({odd}) does not exist: symplectic dimensions are even; write Sp({}) or Sp({})",
                            odd - 1,
                            odd + 1
                        ),
                    ));
                }
                (dimension.dimension.clone(), Group::Symplectic, dimension.span)
            }
            RawGroup::Symmetric { dimension } => {
                (dimension.dimension.clone(), Group::Symmetric, dimension.span)
            }
        };
        if axes.iter().any(|axis| axis.dimension == dimension && axis.group.is_label() == group.is_label()) {
            return Err(Error::new(
                span,
                format!(
                    "two factors act on dimension {dimension}, so that R^{dimension} could mean either; give them \
                     different dimensions"
                ),
            ));
        }
        axes.push(Axis { dimension, group });
    }
    Ok(axes)
}

struct Binder {
    axes: Vec<Axis>,
}

impl Binder {
    fn find(&self, dimension: &Dimension, accept: impl Fn(Group) -> bool) -> Option<AxisId> {
        self.axes
            .iter()
            .position(|axis| axis.dimension == *dimension && accept(axis.group))
            .map(|position| AxisId(position as u8))
    }

    /// The linear factor or the permutation representation of this size.
    fn representation(&self, dimension: &Dimension) -> Option<AxisId> {
        self.find(dimension, |group| !group.is_label())
            .or_else(|| self.find(dimension, |group| group.is_label() && !group.is_free()))
    }

    fn free_label(&mut self, dimension: &Dimension) -> AxisId {
        self.find(dimension, Group::is_free).unwrap_or_else(|| {
            self.axes.push(Axis { dimension: dimension.clone(), group: Group::Trivial });
            AxisId((self.axes.len() - 1) as u8)
        })
    }

    fn unbound(&self, dimension: &RawDimension) -> Error {
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
        Error::new(
            dimension.span,
            format!(
                "no factor of the group acts on dimension `{name}` ({known}); {name} labelled scalars are `(R)^{name}`"
            ),
        )
    }

    fn space(&mut self, raw: &RawSpace) -> Result<Space> {
        Ok(match raw {
            RawSpace::Scalar => Space::Scalar,
            RawSpace::Vector(dimension) => match self.representation(&dimension.dimension) {
                Some(axis) => Space::Vector(axis),
                None if dimension.dimension.literal().is_some() => {
                    Space::Vector(self.free_label(&dimension.dimension))
                }
                None => return Err(self.unbound(dimension)),
            },
            RawSpace::Tensor { dimension, rank, symmetry, span } => {
                let axis =
                    self.representation(&dimension.dimension).ok_or_else(|| self.unbound(dimension))?;
                let group = self.axes[usize::from(axis.0)].group;
                if *symmetry == SlotSymmetry::Traceless && (group.is_label() || group.is_antisymmetric()) {
                    let text = group.text(&dimension.dimension);
                    return Err(Error::new(
                        *span,
                        format!(
                            "traceless tensors need a symmetric form, which {text} does not have; write Sym^{rank}"
                        ),
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
                let symmetric = self.find(&label.dimension, |group| group.is_label() && !group.is_free());
                let label = match symmetric {
                    Some(axis) => axis,
                    None => self.free_label(&label.dimension),
                };
                Space::Family { member, label }
            }
        })
    }

    /// The one orthogonal factor acting on `space`, or, for a space on which none acts, the only one of the group.
    fn parity_axis(&self, space: &Space, span: Span) -> Result<AxisId> {
        let has_parity = |axis: &AxisId| self.axes[usize::from(axis.0)].group.has_parity();
        let mut acting: Vec<AxisId> = space.layout().slots.into_iter().filter(has_parity).collect();
        acting.sort();
        acting.dedup();
        if acting.is_empty() {
            acting = (0..self.axes.len() as u8).map(AxisId).filter(has_parity).collect();
        }
        match acting[..] {
            [axis] => Ok(axis),
            [] => Err(Error::new(
                span,
                "`pseudo` needs an orthogonal factor: the group has no determinant that changes sign",
            )),
            _ => Err(Error::new(
                span,
                "`pseudo` needs exactly one orthogonal factor acting on its space; here there are several",
            )),
        }
    }
}
