//! Maps with all programs that their functions need.

use eqt_ir::basis::Basis;
use eqt_ir::certify::{self, Certificate};
use eqt_ir::map::body::Definition;
use eqt_ir::map::{ConstantTooLarge, GeneratorForm, Map};
use eqt_ir::optimise::{Objective, Programs, Wanted, compile};
use eqt_ir::program::RootKind;
use eqt_ir::signature::Signature;

use super::functions::Role;
use super::{Code, Interface, Kind, Quantity, Sharing, kind_of};
use crate::lower::Written;

/// A map with all programs that its functions need.
#[derive(Clone, Debug)]
pub struct CompiledMap {
    /// The signature as declared.
    pub declared: Signature,
    /// The programs of the map itself.
    pub main: Programs,
    /// Those of the invariants, of a generator form.
    pub invariants: Option<Programs>,
    /// Those of the members with a weight each, of a map with a body.
    pub weighted: Option<Programs>,
    /// The generator form, for its texts.
    pub form: Option<GeneratorForm>,
}

impl CompiledMap {
    /// Compiles a basis; `objective` says by what programs are chosen.
    pub fn of_basis(basis: &Basis, objective: impl Into<Objective>) -> CompiledMap {
        let map = Map::of_basis(basis);
        CompiledMap {
            declared: basis.signature.clone(),
            main: compile(&map, &wanted_of_given(&map), objective),
            invariants: None,
            weighted: None,
            form: None,
        }
    }

    /// Compiles a generator form; `objective` says by what programs are chosen.
    pub fn of_generators(form: GeneratorForm, objective: impl Into<Objective>) -> CompiledMap {
        let objective = &objective.into();
        CompiledMap {
            declared: form.declared.clone(),
            main: compile(&form.assembly, &wanted_of_given(&form.assembly), objective),
            invariants: Some(compile(&form.invariants, &[Wanted::Arrays, Wanted::UnitGradient], objective)),
            weighted: None,
            form: Some(form),
        }
    }

    /// Compiles a body; `objective` says by what programs are chosen.
    ///
    /// # Errors
    /// If a constant is too large.
    pub fn of_body(
        definition: &Definition,
        objective: impl Into<Objective>,
    ) -> Result<CompiledMap, ConstantTooLarge> {
        let objective = &objective.into();
        let map = Map::of_definition(definition)?;
        let mut wanted = vec![Wanted::Terms, Wanted::Combination, Wanted::Gradient];
        if !map.parameters().is_empty() {
            wanted.push(Wanted::InputGradient(map.parameters()));
        }
        Ok(CompiledMap {
            declared: map.declared(),
            weighted: Some(compile(&map.weighted(), &[all_inputs(&map)], objective)),
            main: compile(&map, &wanted, objective),
            invariants: None,
            form: None,
        })
    }

    /// The map.
    pub fn map(&self) -> &Map {
        &self.main.map
    }

    /// How it was declared.
    pub fn kind(&self) -> Kind {
        kind_of(self.map())
    }

    /// All programs are certified.
    pub fn certificates(&self) -> Vec<Certificate> {
        let all = [Some(&self.main), self.invariants.as_ref(), self.weighted.as_ref()];
        all.into_iter().flatten().flat_map(certify::programs).collect()
    }

    /// How the function of a role is computed.
    pub(super) fn code(&self, role: Role, interface: &Interface) -> Option<Code> {
        let map = self.map();
        let is_summed = |quantity: Quantity| {
            let function = interface.function(role);
            let mut results = function.into_iter().flat_map(|function| &function.results);
            results.any(|result| result.quantity == quantity && result.sharing == Sharing::Summed)
        };
        let written =
            |quantity: Quantity| Some(if is_summed(quantity) { Written::Added } else { Written::Assigned });
        // Those at fixed labels are part of the inputs that they are members of.
        let owner = |input: usize| match input.checked_sub(map.inputs()) {
            Some(fixed) => map.fixed[fixed].input,
            None => input,
        };
        let gradients = |kind: RootKind| match kind {
            RootKind::InputGradient(input) => written(Quantity::Input(owner(input))),
            RootKind::CoefficientGradient(_) => written(Quantity::Coefficients(super::FamilyId::MEMBERS)),
            _ => None,
        };
        let values = |kind: RootKind| match kind {
            RootKind::InputGradient(_) | RootKind::CoefficientGradient(_) => None,
            _ => Some(Written::Assigned),
        };
        match role {
            Role::Value => Code::new(&self.main, &Wanted::Combination, &values),
            Role::Members => Code::new(&self.main, &members(map), &values),
            Role::Gradient => Code::new(&self.main, &Wanted::Gradient, &gradients),
            Role::ParameterGradient if self.kind() == Kind::Body => {
                Code::new(&self.main, &Wanted::InputGradient(map.parameters()), &gradients)
            }
            Role::ParameterGradient => Code::new(&self.main, &Wanted::CoefficientGradient, &gradients),
            Role::MemberGradient => Code::new(self.weighted.as_ref()?, &all_inputs(map), &gradients),
            Role::Invariants => Code::new(self.invariants.as_ref()?, &Wanted::Arrays, &values),
            Role::InvariantsGradient => {
                Code::new(self.invariants.as_ref()?, &Wanted::UnitGradient, &gradients)
            }
        }
    }
}

/// The values of members: with their coefficients, where some are arrays.
fn members(map: &Map) -> Wanted {
    if map.has_arrays() || kind_of(map) == Kind::Body { Wanted::Terms } else { Wanted::Members }
}

fn wanted_of_given(map: &Map) -> Vec<Wanted> {
    vec![members(map), Wanted::Combination, Wanted::Gradient, Wanted::CoefficientGradient]
}

fn all_inputs(map: &Map) -> Wanted {
    Wanted::InputGradient((0..map.signature.inputs.len()).collect())
}
