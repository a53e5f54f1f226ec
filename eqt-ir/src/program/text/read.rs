//! Reading programs from text.

use super::write::axis_text;
use super::{COMMENT, ParseError};
use crate::diagram::SlotId;
use crate::ids::TooMany;
use crate::program::{Einsum, Label, Op, Operand, Program, Ratio, Root, RootKind, Step, StepId, Term};
use crate::signature::{AxisId, Signature, parse_signature};

impl Program {
    /// Reads a program; the inverse of `Display`.
    ///
    /// # Errors
    /// The first line that cannot be read, and why.
    pub fn parse(text: &str) -> Result<Program, ParseError> {
        let mut program: Option<Program> = None;
        let mut has_coefficients = false;
        let mut last = 0;
        for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
            last = number;
            let (code, formula) = line.split_once(COMMENT).unwrap_or((line, ""));
            if code.trim().is_empty() || code.starts_with(';') {
                continue;
            }
            let mut cursor = Cursor { rest: code.trim() };
            let read = match &mut program {
                None => cursor.signature().map(|signature| program = Some(Program::empty(&signature))),
                Some(program) if !has_coefficients => {
                    has_coefficients = true;
                    cursor.coefficients(program)
                }
                Some(program) if code.trim_start().starts_with('%') => cursor.step(program, formula),
                Some(program) => cursor.root(program),
            };
            read.and_then(|()| cursor.end()).map_err(|message| ParseError { line: number, message })?;
        }
        let missing = |what: &str| ParseError { line: last + 1, message: format!("expected `{what}`") };
        match program {
            None => Err(missing("signature")),
            Some(_) if !has_coefficients => Err(missing("coefficients")),
            Some(program) => Ok(program),
        }
    }
}

impl std::str::FromStr for Program {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Program, ParseError> {
        Program::parse(text)
    }
}

type Read<T> = Result<T, String>;

/// What is left of a line.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Takes a word or a sign, if it is next.
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some(after) = rest.strip_prefix(token) else { return false };
        let is_word = token.ends_with(|c: char| c.is_alphanumeric());
        if is_word && after.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = after;
        true
    }

    fn expect(&mut self, token: &str) -> Read<()> {
        if self.eat(token) { Ok(()) } else { Err(self.expected(&format!("`{token}`"))) }
    }

    fn expected(&self, what: &str) -> String {
        match self.rest.split_whitespace().next() {
            Some(found) => format!("expected {what}, found `{found}`"),
            None => format!("expected {what} before the end of the line"),
        }
    }

    fn end(&self) -> Read<()> {
        if self.rest.trim().is_empty() { Ok(()) } else { Err(self.expected("the end of the line")) }
    }

    /// A name or a number.
    fn word(&mut self, what: &str) -> Read<&'a str> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_@#?".contains(c))).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.expected(what));
        }
        self.rest = &rest[end..];
        Ok(&rest[..end])
    }

    fn number<T: std::str::FromStr>(&mut self, what: &str) -> Read<T> {
        let before = self.rest;
        self.word(what)?.parse().map_err(|_| {
            self.rest = before;
            self.expected(what)
        })
    }

    /// Items in brackets, until the closing one.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.expect("[")?;
        let mut items = Vec::new();
        while !self.eat("]") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn signature(&mut self) -> Read<Signature> {
        self.expect("signature")?;
        let text = std::mem::take(&mut self.rest);
        parse_signature(text.trim()).map_err(|error| error.to_string())
    }

    fn coefficients(&mut self, program: &mut Program) -> Read<()> {
        self.expect("coefficients")?;
        let count: usize = self.number("the number of members")?;
        const MOST: usize = 1 << 20;
        if count > MOST {
            return Err(format!("{count} coefficients are more than {MOST}"));
        }
        program.coefficients = vec![Vec::new(); count];
        while self.eat(",") {
            let member: usize = self.number("a member")?;
            let axes = self.axes(program)?;
            match program.coefficients.get_mut(member) {
                Some(array) => *array = axes,
                None => return Err(format!("there are {count} coefficients, and {member} is none of them")),
            }
        }
        Ok(())
    }

    fn axis(&mut self, program: &Program) -> Read<AxisId> {
        let word = self.word("an axis")?;
        if let Some(number) = word.strip_prefix('@').and_then(|number| number.parse().ok()) {
            return AxisId::try_new(number).map_err(|error| error.to_string());
        }
        let known: Vec<String> =
            (0..program.axes.len()).map(|axis| axis_text(&program.axes, AxisId::new(axis))).collect();
        match known.iter().position(|name| name == word) {
            Some(axis) => Ok(AxisId::new(axis)),
            None => Err(format!("`{word}` is no axis of the signature, which has {}", known.join(", "))),
        }
    }

    fn axes(&mut self, program: &Program) -> Read<Vec<AxisId>> {
        self.list(|cursor| cursor.axis(program))
    }

    fn step_id(&mut self) -> Read<StepId> {
        self.expect("%")?;
        let number = self.number("the number of a step")?;
        StepId::try_new(number).map_err(|error| error.to_string())
    }

    fn step(&mut self, program: &mut Program, formula: &str) -> Read<()> {
        let id = self.step_id()?;
        let next = StepId::new(program.steps.len());
        if id != next {
            return Err(format!("the next step is {next}, not {id}"));
        }
        let axes = self.axes(program)?;
        TooMany::check("axes of a step", axes.len(), usize::from(u8::MAX))
            .map_err(|error| error.to_string())?;
        self.expect("=")?;
        let op = self.op(program)?;
        program.steps.push(Step { axes, op, formula: formula.to_owned() });
        Ok(())
    }

    fn op(&mut self, program: &Program) -> Read<Op> {
        match self.word("an operation")? {
            "input" => Ok(Op::Input(self.input(program)?)),
            "coefficient" => Ok(Op::Coefficient(self.number("a member")?)),
            "cotangent" => Ok(Op::Cotangent),
            "delta" => Ok(Op::Delta(self.axis(program)?)),
            "epsilon" => Ok(Op::Epsilon(self.axis(program)?)),
            "ones" => Ok(Op::Ones(self.axis(program)?)),
            "one" => Ok(Op::One),
            "einsum" => Ok(Op::Einsum(self.einsum(program)?)),
            "linear" => Ok(Op::Linear(self.linear(program)?)),
            other => Err(format!("`{other}` is no operation")),
        }
    }

    fn input(&mut self, program: &Program) -> Read<usize> {
        let name = self.word("an input")?;
        if let Ok(number) = name.parse() {
            return Ok(number);
        }
        let position = program.inputs.iter().position(|input| input.name == name);
        position.ok_or_else(|| format!("`{name}` is no input of the signature"))
    }

    fn einsum(&mut self, program: &Program) -> Read<Einsum> {
        let declared = self.list(|cursor| {
            let name = cursor.word("a label")?;
            cursor.expect(":")?;
            Ok((name, cursor.axis(program)?))
        })?;
        if let Some(last) = declared.len().checked_sub(1) {
            Label::try_new(last).map_err(|error| error.to_string())?;
        }
        if let Some((name, _)) = (1..declared.len())
            .find(|&at| declared[..at].iter().any(|(name, _)| *name == declared[at].0))
            .map(|at| declared[at])
        {
            return Err(format!("label `{name}` is declared twice"));
        }
        let label = |cursor: &mut Self| {
            let name = cursor.word("a label")?;
            let unknown = || name.strip_prefix('?').and_then(|number| number.parse().ok());
            let position = declared.iter().position(|(other, _)| *other == name).or_else(unknown);
            let position = position.ok_or_else(|| format!("label `{name}` has no axis"))?;
            Label::try_new(position).map_err(|error| error.to_string())
        };
        self.expect("(")?;
        let mut operands = Vec::new();
        while !self.eat(")") {
            if !operands.is_empty() {
                self.expect(",")?;
            }
            operands.push(Operand { step: self.step_id()?, labels: self.list(label)? });
        }
        self.expect("->")?;
        let output = self.list(label)?;
        Ok(Einsum { axes: declared.into_iter().map(|(_, axis)| axis).collect(), operands, output })
    }

    fn linear(&mut self, program: &Program) -> Read<Vec<Term>> {
        let mut terms = Vec::new();
        if self.rest.trim() == "0" {
            self.rest = "";
            return Ok(terms);
        }
        loop {
            let negative = match (self.eat("-"), terms.is_empty()) {
                (true, _) => true,
                (false, true) => false,
                (false, false) => {
                    self.expect("+")?;
                    false
                }
            };
            terms.push(self.term(program, negative)?);
            if self.rest.trim().is_empty() {
                return Ok(terms);
            }
        }
    }

    fn term(&mut self, program: &Program, negative: bool) -> Read<Term> {
        let mut scale = Ratio { numerator: if negative { -1 } else { 1 }, denominator: 1 };
        let mut theta = None;
        if self.rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            let numerator: u64 = self.number("a number")?;
            let signed = if negative { -i128::from(numerator) } else { i128::from(numerator) };
            scale.numerator = i64::try_from(signed).map_err(|_| format!("{numerator} is too large"))?;
            if self.eat("/") {
                scale.denominator = self.number("a denominator")?;
            }
            self.expect("*")?;
        }
        if self.rest.trim_start().starts_with("theta_") {
            let member = self.word("a coefficient")?.trim_start_matches("theta_");
            theta = Some(member.parse().map_err(|_| format!("`theta_{member}` is no coefficient"))?);
            self.expect("*")?;
        }
        let step = self.step_id()?;
        let permutation = if self.rest.trim_start().starts_with('[') {
            self.list(|cursor| {
                let axis = cursor.number("an axis")?;
                SlotId::try_new(axis).map_err(|error| error.to_string())
            })?
        } else {
            match program.steps.get(step.index()) {
                Some(read) => (0..read.axes.len()).map(SlotId::new).collect(),
                None => return Err(format!("{step} is not an earlier step")),
            }
        };
        Ok(Term { scale, theta, step, permutation })
    }

    fn root(&mut self, program: &mut Program) -> Read<()> {
        let kind = match self.word("a result")? {
            "member" => RootKind::Member(self.number("a member")?),
            "term" => RootKind::Term(self.number("a member")?),
            "array" => RootKind::Array(self.number("a member")?),
            "combination" => RootKind::Combination,
            "gradient" if self.eat("input") => RootKind::InputGradient(self.input(program)?),
            "gradient" => {
                self.expect("coefficient")?;
                RootKind::CoefficientGradient(self.number("a member")?)
            }
            other => return Err(format!("`{other}` is no step and no result")),
        };
        self.expect("=")?;
        let negative = self.eat("-");
        let Term { scale, theta, step, permutation } = self.term(program, negative)?;
        let project = self.eat(",");
        if project {
            self.expect("project")?;
        }
        program.roots.push(Root { kind, step, permutation, scale, theta, project });
        Ok(())
    }
}
