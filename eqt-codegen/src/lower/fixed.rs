//! Inputs at fixed labels, `w[0]`: a body reads them as inputs of their own; the nest gets them from the inputs that they are
//! members of, and adds their gradients to those of the whole.

use eqt_ir::map::FixedLabels;
use eqt_ir::program::RootKind;
use eqt_ir::signature::AxisId;

use super::kernel::full_loop;
use super::{Access, Arrangement, Buffer, BufferId, Index, Nest, Node, Place, Product, VariableId};

/// Replaces the last inputs of a nest, those at fixed labels; `axes` are those of every input.
pub(super) fn resolve(nest: &mut Nest, fixed: &[FixedLabels], axes: &[Vec<AxisId>]) {
    let declared = nest.inputs.len() - fixed.len();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (position, fixed) in fixed.iter().enumerate() {
        let input = declared + position;
        if let Some(member) = buffer(nest, Place::Input(input)) {
            nest.buffers[member.0].place = Place::Local;
            let whole = whole(nest, fixed.input, &axes[fixed.input]);
            before.push(Node::Declare(member));
            before.extend(each(nest, member, |nest, indices| {
                let source = with_fixed(nest, whole, fixed, indices);
                let target = Access { buffer: member, indices: indices.to_vec() };
                let terms = vec![Product { entries: vec![source], ..Product::default() }];
                Node::Store { target, add: false, terms }
            }));
        }
        let Some(result) = result(nest, input) else { continue };
        let Some(member) = buffer(nest, Place::Result(result)) else { continue };
        nest.buffers[member.0].place = Place::Local;
        before.push(Node::Declare(member));
        // The gradient of the whole is wanted whenever that of a member is.
        let Some(of_whole) = self::result(nest, fixed.input).and_then(|at| buffer(nest, Place::Result(at)))
        else {
            continue;
        };
        after.extend(each(nest, member, |nest, indices| {
            let target = with_fixed(nest, of_whole, fixed, indices);
            let source = Access { buffer: member, indices: indices.to_vec() };
            let terms = vec![Product { entries: vec![source], ..Product::default() }];
            Node::Store { target, add: true, terms }
        }));
    }
    before.append(&mut nest.body);
    before.extend(after);
    nest.body = before;
    remove_results(nest, declared);
    nest.inputs.truncate(declared);
}

fn buffer(nest: &Nest, place: Place) -> Option<BufferId> {
    nest.buffers.iter().position(|buffer| buffer.place == place).map(BufferId)
}

fn result(nest: &Nest, input: usize) -> Option<usize> {
    nest.results.iter().position(|result| result.kind == RootKind::InputGradient(input))
}

/// The buffer of the whole input, made if nothing else reads it.
fn whole(nest: &mut Nest, input: usize, axes: &[AxisId]) -> BufferId {
    let place = Place::Input(input);
    if let Some(known) = buffer(nest, place) {
        return known;
    }
    let (axes, stored, formula) = (axes.to_vec(), vec![true; axes.len()], nest.inputs[input].clone());
    nest.buffers.push(Buffer { place, axes, stored, arrangement: Arrangement::Lanes, formula });
    BufferId(nest.buffers.len() - 1)
}

/// A statement for all indices of a buffer.
fn each(nest: &mut Nest, of: BufferId, statement: impl FnOnce(&Nest, &[Index]) -> Node) -> Vec<Node> {
    let axes = nest.buffers[of.0].axes.clone();
    let variables: Vec<VariableId> = axes
        .iter()
        .map(|&axis| {
            nest.variables.push(axis);
            VariableId(nest.variables.len() - 1)
        })
        .collect();
    let indices: Vec<Index> =
        variables.iter().map(|&variable| Index::Variable { variable, half: false }).collect();
    let inner = vec![statement(nest, &indices)];
    variables
        .iter()
        .zip(&axes)
        .rev()
        .fold(inner, |body, (&variable, &axis)| vec![full_loop(variable, axis, body)])
}

/// The entry of the whole at the indices of a member.
fn with_fixed(nest: &Nest, whole: BufferId, fixed: &FixedLabels, indices: &[Index]) -> Access {
    let mut rest = indices.iter();
    let index = |slot: usize| match fixed.labels.iter().find(|(other, _)| *other == slot) {
        Some((_, label)) => Some(Index::Constant(*label)),
        None => rest.next().copied(),
    };
    let indices = (0..nest.buffers[whole.0].axes.len()).filter_map(index).collect();
    Access { buffer: whole, indices }
}

/// Leaves out the results that are gradients of fixed inputs.
fn remove_results(nest: &mut Nest, declared: usize) {
    let kept = |kind: RootKind| !matches!(kind, RootKind::InputGradient(input) if input >= declared);
    let mut places: Vec<usize> = Vec::with_capacity(nest.results.len());
    let mut count = 0;
    for result in &nest.results {
        places.push(count);
        count += usize::from(kept(result.kind));
    }
    for buffer in &mut nest.buffers {
        if let Place::Result(at) = &mut buffer.place {
            *at = places[*at];
        }
    }
    nest.results.retain(|result| kept(result.kind));
}
