//! Expressions to values: every expression has axes and a parity, and is checked where it stands.

use std::rc::Rc;

use syn::ext::IdentExt;
use syn::{BinOp, Block, Error, Expr, ExprClosure, Ident, Lit, Local, Pat, Result, ReturnType, Stmt, UnOp};

use super::constant::Constant;
use super::product::Product;
use super::scope::{Binding, Function, Scope};
use super::spans::{spanned, spanned_statement};
use super::value::{Reason, Value, World};
use super::{FixedLabels, Used, functions};
use crate::group::Epsilon;
use crate::signature::{AxisId, Signature};

/// The most inputs, members at fixed labels included.
pub(super) const MAX_INPUTS: usize = 256;

/// The most expressions that stand in each other, through calls of closures and other maps: each takes stack.
const MAX_DEPTH: usize = 96;

/// A label that is bound.
pub(super) struct Label {
    pub(super) name: String,
    pub(super) axis: Option<AxisId>,
}

/// Elaborates the body of one map.
pub(super) struct Elaborator<'a> {
    pub(super) world: World,
    /// The inputs of the map itself; the others are some of them at fixed labels.
    pub(super) inputs: usize,
    pub(super) fixed: Vec<FixedLabels>,
    /// Which inputs are named in the body.
    pub(super) named: Vec<bool>,
    /// The linear axes that `identity()` and `epsilon()` may mean.
    pub(super) linear: Vec<AxisId>,
    pub(super) labels: Vec<Label>,
    /// Names of labels that were bound before.
    pub(super) forgotten: Vec<String>,
    pub(super) uses: &'a [Used],
    /// How many expressions the present one stands in, through all calls.
    depth: usize,
}

/// An operation at the expression that asks for it.
pub(super) fn at<T>(expression: &Expr, result: std::result::Result<T, Reason>) -> Result<T> {
    result.map_err(|reason| spanned(expression, reason))
}

/// Both, or the errors of both.
fn both<A, B>(left: Result<A>, right: Result<B>) -> Result<(A, B)> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(mut left), Err(right)) => {
            left.combine(right);
            Err(left)
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

impl<'a> Elaborator<'a> {
    pub(super) fn new(signature: &Signature, uses: &'a [Used]) -> Elaborator<'a> {
        let linear = signature.axis_ids().filter(|&axis| !signature.axis(axis).group.is_label()).collect();
        Elaborator {
            world: World::new(signature.clone()),
            inputs: signature.inputs.len(),
            fixed: Vec::new(),
            named: vec![false; signature.inputs.len()],
            linear,
            labels: Vec::new(),
            forgotten: Vec::new(),
            uses,
            depth: 0,
        }
    }

    pub(super) fn signature(&self) -> &Signature {
        &self.world.signature
    }

    /// The name of the size of an axis.
    pub(super) fn size_name(&self, axis: AxisId) -> String {
        self.signature().axis(axis).dimension.to_string()
    }

    /// The group on an axis, `O(D)`.
    pub(super) fn group_name(&self, axis: AxisId) -> String {
        let axis = self.signature().axis(axis);
        axis.group.text(&axis.dimension)
    }

    /// What a tensor of some axes is, in words.
    pub(super) fn kind(&self, axes: &[AxisId], pseudo: &[AxisId]) -> String {
        let names: Vec<String> = axes.iter().map(|&axis| self.size_name(axis)).collect();
        let head = if pseudo.is_empty() { "" } else { "pseudo-" };
        match &names[..] {
            [] => format!("a {head}scalar"),
            [name] => format!("a {head}vector of axis ({name})"),
            names => format!("a {head}tensor of axes ({})", names.join(", ")),
        }
    }

    pub(super) fn kind_of(&self, value: &Value) -> String {
        self.kind(&value.axes, &value.pseudo)
    }

    /// The statements of a block; the last is its value.
    pub(super) fn block(&mut self, block: &'a Block, scope: &Scope<'a>) -> Result<Value> {
        let mut scope = scope.clone();
        let Some((last, before)) = block.stmts.split_last() else {
            return Err(Error::new(
                block.brace_token.span.join(),
                "the body is empty; write the value of the map, as in `outer(a, a)`",
            ));
        };
        for statement in before {
            match statement {
                Stmt::Local(local) => scope = self.binding(local, &scope)?,
                Stmt::Expr(expression, _) => {
                    return Err(spanned(
                        expression,
                        "this value is not used; name it with `let`, or remove it",
                    ));
                }
                Stmt::Item(item) => {
                    return Err(Error::new_spanned(
                        item,
                        "a body has no items of its own; write a local function as a closure, `let f = |x, y| ..;`",
                    ));
                }
                Stmt::Macro(invocation) => {
                    return Err(Error::new_spanned(invocation, "macros are not seen through in a body"));
                }
            }
        }
        match last {
            Stmt::Expr(expression, None) => self.expression(expression, &scope),
            Stmt::Expr(_, Some(semicolon)) => Err(Error::new_spanned(
                semicolon,
                "the last expression is the value of the map; remove this semicolon",
            )),
            _ => Err(spanned_statement(last, "the body ends without a value; add an expression after this")),
        }
    }

    fn binding(&mut self, local: &'a Local, scope: &Scope<'a>) -> Result<Scope<'a>> {
        let name = plain_name(&local.pat)?;
        let Some(init) = &local.init else {
            return Err(mistake_at!(local, "`{name}` has no value; write `let {name} = ..;`"));
        };
        if let Some((_, diverge)) = &init.diverge {
            return Err(Error::new_spanned(diverge, "a map has no control flow; remove `else`"));
        }
        let binding = self.argument(&init.expr, scope)?;
        Ok(scope.with(name.unraw().to_string(), binding))
    }

    /// An expression that is given a name: inputs and closures stay what they are.
    pub(super) fn argument(&mut self, expression: &'a Expr, scope: &Scope<'a>) -> Result<Binding<'a>> {
        match expression {
            Expr::Closure(closure) => self.closure(closure, scope),
            Expr::Paren(inner) => self.argument(&inner.expr, scope),
            Expr::Group(inner) => self.argument(&inner.expr, scope),
            Expr::Path(path) => {
                match path.path.get_ident().and_then(|name| scope.find(&name.unraw().to_string())) {
                    Some(Binding::Input(input)) => {
                        self.name_input(*input);
                        Ok(Binding::Input(*input))
                    }
                    Some(binding @ Binding::Function(_)) => Ok(binding.clone()),
                    _ => Ok(Binding::Value(Rc::new(self.expression(expression, scope)?))),
                }
            }
            _ => Ok(Binding::Value(Rc::new(self.expression(expression, scope)?))),
        }
    }

    fn closure(&mut self, closure: &'a ExprClosure, scope: &Scope<'a>) -> Result<Binding<'a>> {
        let parameters = parameters(closure)?.iter().map(|name| name.unraw().to_string()).collect();
        Ok(Binding::Function(Rc::new(Function { parameters, body: &closure.body, scope: scope.clone() })))
    }

    /// The value of an expression.
    pub(super) fn expression(&mut self, expression: &'a Expr, scope: &Scope<'a>) -> Result<Value> {
        at(expression, self.world.step())?;
        if self.depth == MAX_DEPTH {
            return Err(mistake_in!(
                expression,
                "expressions and the functions that they call are nested more than {MAX_DEPTH} deep here"
            ));
        }
        self.depth += 1;
        let value = self.expression_inside(expression, scope);
        self.depth -= 1;
        value
    }

    fn expression_inside(&mut self, expression: &'a Expr, scope: &Scope<'a>) -> Result<Value> {
        let refuse = |why: &str| Err(spanned(expression, why));
        match expression {
            Expr::Paren(inner) => self.expression(&inner.expr, scope),
            Expr::Group(inner) => self.expression(&inner.expr, scope),
            Expr::Block(block) if block.label.is_none() => self.block(&block.block, scope),
            Expr::Lit(literal) => self.number(expression, &literal.lit),
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) if path.qself.is_none() => self.name(name, scope),
                _ => refuse(
                    "a body knows inputs, const generics and its own names; paths are not seen through",
                ),
            },
            Expr::Unary(unary) => match unary.op {
                UnOp::Neg(_) => {
                    let value = self.expression(&unary.expr, scope)?;
                    at(expression, self.world.scaled(&value, &Constant::integer(-1)))
                }
                UnOp::Deref(_) => refuse("values of a body are no references; remove the `*`"),
                _ => refuse("`!` is not polynomial; a map is made of sums and products"),
            },
            Expr::Reference(_) => refuse("values of a body are passed without `&`"),
            Expr::Binary(_) => self.chain(expression, scope),
            Expr::Index(index) => self.index(index, scope),
            Expr::Call(call) => self.call(call, scope),
            Expr::MethodCall(call) => {
                let name = call.method.to_string();
                Err(Error::new(
                    call.method.span(),
                    match functions::why_not_polynomial(&name) {
                        Some(why) => why,
                        None => format!("a body has no methods; write a function call, as in `{name}(x, y)`"),
                    },
                ))
            }
            Expr::Closure(_) => refuse(
                "a closure stands in `sum(|i| ..)` and `family(|i| ..)`, or is named, `let f = |x| ..;`",
            ),
            Expr::Array(_) | Expr::Repeat(_) | Expr::Tuple(_) | Expr::Struct(_) => refuse(&format!(
                "components are written out here, which breaks {}: its elements change them; build tensors from the \
                 inputs, `identity()` and `epsilon()`",
                self.broken_group()
            )),
            Expr::Field(field) => Err(mistake_at!(
                &field.member,
                "components cannot be read, which breaks {}; contract with another tensor instead",
                self.broken_group()
            )),
            Expr::If(_) | Expr::Match(_) => {
                refuse("a polynomial map does not depend on conditions; write one expression for all inputs")
            }
            Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => {
                refuse("a body has no loops; sum over a label with `sum(|i| ..)`")
            }
            Expr::Cast(_) => Err(spanned(
                expression,
                "numbers of a body are exact and need no `as`; write `D / N` for the quotient of two sizes",
            )),
            Expr::Macro(_) => refuse("macros are not seen through in a body"),
            _ => refuse(
                "not an expression of a body, which is made of tensors, `+`, `-`, `*` and function calls",
            ),
        }
    }

    /// `a + b - c ..`: operators are applied from the innermost left side on, so that a sum of thousands of terms, which
    /// nests as deep to the left, takes no stack.
    fn chain(&mut self, expression: &'a Expr, scope: &Scope<'a>) -> Result<Value> {
        let mut operations = Vec::new();
        let mut leftmost = expression;
        while let Expr::Binary(binary) = leftmost {
            operations.push((leftmost, binary));
            leftmost = &binary.left;
        }
        let mut value = self.expression(leftmost, scope);
        for (whole, binary) in operations.into_iter().rev() {
            value = both(value, self.expression(&binary.right, scope))
                .and_then(|values| self.binary(whole, &binary.op, values));
        }
        value
    }

    /// The group that acts on components.
    fn broken_group(&self) -> String {
        match self.linear.first() {
            Some(&axis) => self.group_name(axis),
            None => "the symmetry".to_owned(),
        }
    }

    fn number(&mut self, expression: &Expr, literal: &Lit) -> Result<Value> {
        let value = match literal {
            Lit::Int(literal) if literal.suffix().is_empty() => rational(literal.base10_digits()),
            Lit::Float(literal) if literal.suffix().is_empty() => rational(literal.base10_digits()),
            Lit::Int(_) | Lit::Float(_) => {
                return Err(spanned(
                    expression,
                    "numbers of a body are exact and have no type; remove the suffix",
                ));
            }
            _ => return Err(spanned(expression, "expected a number or a tensor")),
        };
        let Some(value) = value else {
            return Err(spanned(expression, "this number has too many digits to be exact"));
        };
        at(expression, self.world.number(value))
    }

    pub(super) fn name_input(&mut self, input: usize) {
        if let Some(named) = self.named.get_mut(input) {
            *named = true;
        }
    }

    pub(super) fn name(&mut self, name: &Ident, scope: &Scope<'a>) -> Result<Value> {
        let text = name.unraw().to_string();
        let fail = |why: String| Err(Error::new(name.span(), why));
        match scope.find(&text) {
            Some(Binding::Value(value)) => Ok((**value).clone()),
            Some(Binding::Input(input)) => {
                self.name_input(*input);
                self.whole_input(*input).map_err(|why| Error::new(name.span(), why))
            }
            Some(Binding::Size(axis)) => self
                .world
                .number(Constant::size(self.signature(), *axis))
                .map_err(|why| Error::new(name.span(), why)),
            Some(Binding::Label(label)) => {
                let group =
                    self.labels[*label].axis.map_or("the symmetry".to_owned(), |axis| self.group_name(axis));
                fail(match self.labels[*label].axis {
                    Some(axis) if self.signature().axis(axis).group.is_free() => {
                        format!("`{text}` is a label, not a number; use it to index a family, `a[{text}]`")
                    }
                    _ => format!(
                        "`{text}` is a label, not a number: a value that depends on it breaks {group}; use it to index a \
                         family, `a[{text}]`"
                    ),
                })
            }
            Some(Binding::Function(_)) => fail(format!("`{text}` is a closure; call it, `{text}(..)`")),
            None if self.forgotten.contains(&text) => {
                fail(format!("the label `{text}` is known inside its `sum` or `family` only"))
            }
            None if functions::exists(&text) => {
                fail(format!("`{text}` is a function; call it, `{text}(..)`"))
            }
            None => fail(format!("unknown name `{text}`; a body knows {}", self.known())),
        }
    }

    fn known(&self) -> String {
        let names: Vec<String> =
            self.signature().inputs[..self.inputs].iter().map(|input| format!("`{}`", input.name)).collect();
        match &names[..] {
            [] => "const generics and names given by `let`".to_owned(),
            names => format!("the inputs {}, const generics and names given by `let`", names.join(", ")),
        }
    }

    pub(super) fn whole_input(&self, input: usize) -> std::result::Result<Value, Reason> {
        if input >= MAX_INPUTS {
            return Err(too_many_inputs());
        }
        let space = &self.signature().inputs[input].space;
        let layout = space.layout();
        let pseudo = self.parities(&layout.pseudo);
        let product = Product::input(self.signature(), input, space);
        self.world.value(layout.slots, pseudo, [(Constant::integer(1), product)])
    }

    /// Of some determinants those that are not always 1.
    pub(super) fn parities(&self, pseudo: &[AxisId]) -> Vec<AxisId> {
        let odd = |axis: &&AxisId| self.signature().axis(**axis).group.epsilon() == Epsilon::OddParity;
        pseudo.iter().filter(odd).copied().collect()
    }

    fn binary(
        &mut self,
        expression: &Expr,
        operator: &BinOp,
        (left, right): (Value, Value),
    ) -> Result<Value> {
        let fail = |why: String| Err(Error::new_spanned(operator, why));
        match operator {
            BinOp::Add(_) | BinOp::Sub(_) => {
                if left.axes != right.axes {
                    let why = format!(
                        "cannot add {} and {}: both sides of a sum must have the same axes in the same order",
                        self.kind_of(&left),
                        self.kind_of(&right)
                    );
                    let scalar = left.axes.is_empty() != right.axes.is_empty();
                    let matrix = [&left, &right]
                        .iter()
                        .any(|value| value.axes.len() == 2 && value.axes[0] == value.axes[1]);
                    return fail(if scalar && matrix {
                        format!("{why}; multiply the scalar by `identity()`")
                    } else {
                        why
                    });
                }
                if left.pseudo != right.pseudo && !left.is_zero() && !right.is_zero() {
                    let axis =
                        left.pseudo.iter().chain(&right.pseudo).next().copied().unwrap_or(AxisId::new(0));
                    return fail(format!(
                        "cannot add {} and {}: under {} they change differently with the sign of the determinant",
                        self.kind_of(&left),
                        self.kind_of(&right),
                        self.group_name(axis)
                    ));
                }
                let right = match operator {
                    BinOp::Sub(_) => at(expression, self.world.scaled(&right, &Constant::integer(-1)))?,
                    _ => right,
                };
                at(expression, self.world.plus(left, right))
            }
            BinOp::Mul(_) => {
                if !left.axes.is_empty() && !right.axes.is_empty() {
                    return fail(format!(
                        "`*` multiplies by a scalar, but here are {} and {}; write `outer`, `contract` or `dot`",
                        self.kind_of(&left),
                        self.kind_of(&right)
                    ));
                }
                at(expression, self.world.outer(&left, &right))
            }
            BinOp::Div(_) => {
                let Some(divisor) = right.constant() else {
                    return fail(format!(
                        "division by {} is not polynomial; divide by numbers and const generics only",
                        self.kind_of(&right)
                    ));
                };
                let Some(inverse) = divisor.inverse() else {
                    return fail("division by zero".to_owned());
                };
                at(expression, self.world.scaled(&left, &inverse))
            }
            _ => fail("not polynomial; a map is made of `+`, `-`, `*` and division by numbers".to_owned()),
        }
    }
}

/// What is said to more inputs.
pub(super) fn too_many_inputs() -> Reason {
    format!(
        "a map with a body has at most {MAX_INPUTS} inputs, each member of a family at a fixed label, as in `w[0]`, counted as \
         one more"
    )
}

fn plain_name(pattern: &Pat) -> Result<&Ident> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.mutability.is_none() && name.subpat.is_none() => {
            Ok(&name.ident)
        }
        Pat::Type(typed) => {
            Err(Error::new_spanned(&typed.ty, "names of a body have no types; remove this one"))
        }
        _ => Err(Error::new_spanned(pattern, "expected a plain name")),
    }
}

pub(super) fn parameters(closure: &ExprClosure) -> Result<Vec<&Ident>> {
    if let ReturnType::Type(_, ty) = &closure.output {
        return Err(Error::new_spanned(ty, "closures of a body have no types; remove this one"));
    }
    if let Some(token) = &closure.asyncness {
        return Err(Error::new(token.span, "a map only computes; remove `async`"));
    }
    closure.inputs.iter().map(plain_name).collect()
}

/// A decimal number, exactly.
fn rational(digits: &str) -> Option<Constant> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let numerator: i128 = format!("{whole}{fraction}").parse().ok()?;
    let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    match exponent {
        0.. => Constant::ratio(numerator.checked_mul(power)?, 1),
        _ => Constant::ratio(numerator, power),
    }
}
