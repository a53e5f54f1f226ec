//! The value of a body against the declared output.

use syn::{Error, Result};

use super::elaborate::Elaborator;
use super::spans::spanned_statement;
use super::value::{Reason, Value};
use crate::signature::{Layout, SlotSymmetry};

/// Which symmetry of a space a value of its axes does not have, and what to do.
pub(super) fn asymmetry(
    elaborator: &Elaborator<'_>,
    value: &Value,
    layout: &Layout,
) -> std::result::Result<Option<String>, Reason> {
    let world = &elaborator.world;
    for block in
        layout.blocks.iter().filter(|block| block.rank > 1 && block.symmetry != SlotSymmetry::General)
    {
        let alternating = block.symmetry == SlotSymmetry::Alternating;
        for slot in block.start..block.start + block.rank - 1 {
            if !world.is_symmetric(value, slot, if alternating { -1 } else { 1 })? {
                return Ok(Some(if alternating {
                    "this tensor is not antisymmetric, as its type asks; write `antisymmetrize(..)`"
                        .to_owned()
                } else {
                    "this tensor is not symmetric, as its type asks; write `sym_outer` for `outer`, or `symmetrize(..)`"
                        .to_owned()
                }));
            }
        }
        if block.symmetry == SlotSymmetry::Traceless
            && !world.contracted(value, block.start, block.start + 1)?.is_zero()
        {
            return Ok(Some(if block.rank == 2 {
                "this tensor has a trace, which its type excludes; write `traceless(..)`".to_owned()
            } else {
                "this tensor has a trace, which its type excludes; subtract it".to_owned()
            }));
        }
    }
    Ok(None)
}

/// Checks the value of a body against the output of the signature.
pub(super) fn check(elaborator: &Elaborator<'_>, value: &Value, tokens: &syn::Block) -> Result<()> {
    let signature = elaborator.signature();
    let layout = signature.output.layout();
    let fail = |why: String| match tokens.stmts.last() {
        Some(last) => Err(spanned_statement(last, why)),
        None => Err(Error::new(tokens.brace_token.span.join(), why)),
    };
    let pseudo = elaborator.parities(&layout.pseudo);
    if value.axes != layout.slots {
        let matrix = layout.slots.len() == 2 && layout.slots[0] == layout.slots[1];
        let hint = match value.axes.is_empty() && matrix {
            true => "; multiply it by `identity()`",
            false => "",
        };
        return fail(format!(
            "the body is {}, but the output is {}{hint}",
            elaborator.kind_of(value),
            elaborator.kind(&layout.slots, &pseudo)
        ));
    }
    if value.is_zero() {
        return fail("the body is zero for all inputs".to_owned());
    }
    if value.pseudo != pseudo {
        let axis = value
            .pseudo
            .iter()
            .chain(&pseudo)
            .find(|axis| !value.pseudo.contains(axis) || !pseudo.contains(axis));
        let group = axis.map_or_else(|| signature.group_text(), |&axis| elaborator.group_name(axis));
        let hint = match pseudo.is_empty() {
            true => "write the output as `Pseudo<X>`",
            false => "write the output without `Pseudo`, or use a `cross`, `det` or `epsilon`",
        };
        return fail(format!(
            "the body is {}, but the output is {}: under {group} they change differently with the sign of the \
             determinant; {hint}",
            elaborator.kind_of(value),
            elaborator.kind(&layout.slots, &pseudo)
        ));
    }
    match asymmetry(elaborator, value, &layout) {
        Ok(None) => Ok(()),
        Ok(Some(why)) | Err(why) => fail(why),
    }
}
