//! The command line, as clap reads it.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use eqt_ir::group::{REGISTRY, usages};

const ABOUT: &str = "List, prove, compile and draw all equivariant polynomial maps of a symmetry";

fn long_about() -> String {
    format!(
        "\
List, prove, compile and draw all polynomial maps between tensors that have a given symmetry: the basis and the proof
that none is missing, the shortest program that evaluates it and its gradient, and Rust code.

A SIGNATURE is a group, the inputs, and the output:  GROUP: INPUTS -> OUTPUT

  group    {}, or a product such as O(d) * S(n)
  spaces   R (numbers), R^d (vectors), S^d (symmetric matrices), T^k(R^d) (all tensors with k indices),
           Sym^k(R^d), Alt^k(R^d), Sym0^k(R^d) (symmetric and traceless), pseudo X (changes sign under reflections),
           X (x) Y (tensor product), (X)^n (n members of X)
  inputs   separated by commas, with names if wanted: P: S^3, Q: S^3

A dimension is a number, or a symbol, which stands for every number that is large enough. What a group says nothing of,
as n in O(d): (R^d)^n -> R, is a free label: then the coefficients are arrays over it.",
        usages(REGISTRY, "or")
    )
}

const EXAMPLES: &str = "\
Exit status:
  0    the answer was written
  1    a certificate failed, which is a defect of eqt
  2    the question cannot be answered as it stands; one line on standard error says why
  130  interrupted; nothing is left behind

Every command has its own help: eqt basis --help. JSON answers are described by docs/eqt.schema.json.

Examples:
  eqt basis 'O(d) * S(n): (R^d)^n -> S^d' --degree 4
  eqt program 'O(3): P: S^3, Q: S^3 -> S^3' --degree 2 --gradient
  eqt emit 'O(d) * S(n): a: (R^d)^n -> S^d' --degree 4 --name spectral -o spectral.rs";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "eqt",
    version,
    about = ABOUT,
    long_about = long_about(),
    after_help = EXAMPLES,
    arg_required_else_help = false,
    subcommand_required = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const BASIS_EXAMPLES: &str = "\
Examples:
  eqt basis 'O(d) * S(n): (R^d)^n -> S^d' --degree 2..2 --format svg -o basis.svg
  eqt basis 'O(d) * S(n): (R^d)^n -> R' --degree 12 --labels 1
  eqt basis 'O(3): A: S^3, B: S^3 -> S^3' --generators";

const COUNT_EXAMPLES: &str = "\
Example:
  eqt count 'SO(3): a: R^3, b: R^3 -> S^3' --degree 6";

const PROGRAM_EXAMPLES: &str = "\
Examples:
  eqt program 'O(d) * S(n): a: (R^d)^n -> S^d' --degree 4 --at d=3,n=1000 --gradient
  eqt program 'O(3): P: S^3 -> S^3' --degree 3 --format dot | dot -Tsvg -o program.svg
  eqt program 'O(3): P: S^3 -> S^3' --degree 3 --format json   # runs in docs/run_program.py";

const EMIT_EXAMPLES: &str = "\
Example:
  eqt emit 'SO(3): a: R^3, b: R^3 -> R^3' --degree 2 --name torque -o src/torque.rs";

const CHECK_EXAMPLES: &str = "\
Example:
  eqt check 'O(1,3): a: R^4, F: Alt^2(R^4) -> R^4' --degree 3";

const RELATIONS_EXAMPLES: &str = "\
Example (the theorem of Cayley and Hamilton):
  eqt relations 'O(2): P: S^2 -> S^2' --degree 2";

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List a basis of all maps: degree, multiply-adds and formula of every member
    ///
    /// Every equivariant polynomial map of these degrees is a combination of the members in exactly one way; the second
    /// line says for which sizes, and the third how that was proved. Multiply-adds are those of a program that computes
    /// this member alone. The fingerprint names the basis: weights belong to one fingerprint.
    #[command(after_help = BASIS_EXAMPLES)]
    Basis {
        #[command(flatten)]
        question: Question,
        #[command(flatten)]
        form: FormArguments,
        /// How to write the answer: json, latex, a Graphviz graph with a frame per member, or a picture
        #[arg(long, default_value = "table",
              value_parser = formats(&["table", "json", "latex", "dot", "svg"]))]
        format: Format,
    },
    /// Count the maps of every degree, by listing them and by the Molien-Weyl integral
    ///
    /// The two columns come from two computations that share nothing. With free labels whose length is a number, scalar
    /// coefficients are counted; where it is a symbol, members are, and the integral has no number to give.
    #[command(after_help = COUNT_EXAMPLES)]
    Count {
        #[command(flatten)]
        question: Question,
        /// How to write the answer
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json"]))]
        format: Format,
    },
    /// Show the program that computes the maps, step by step, and what it costs
    ///
    /// Without --combine and --gradient the program computes every member. Costs are compared with those of the same
    /// results without sharing: naively, each diagram in one loop over all its indices; and independently, each by its
    /// own best order of contractions, gradients by reverse mode on it.
    #[command(after_help = PROGRAM_EXAMPLES)]
    Program {
        #[command(flatten)]
        question: Question,
        #[command(flatten)]
        form: FormArguments,
        #[command(flatten)]
        roots: RootArguments,
        /// How to write the answer: json has all that is needed to run it, dot is a Graphviz graph
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json", "dot"]))]
        format: Format,
    },
    /// Write Rust code: the map, its gradients, batches
    ///
    /// The file needs the crate `eqt` and nothing else. The attribute `#[equivariant(...)]` and build scripts write the
    /// same code.
    #[command(after_help = EMIT_EXAMPLES)]
    Emit {
        #[command(flatten)]
        question: Question,
        #[command(flatten)]
        form: FormArguments,
        /// Name of the function and of the module beside it
        #[arg(long, value_name = "NAME", default_value = "map", value_parser = identifier)]
        name: String,
    },
    /// Prove everything about the maps again, exactly, and say what was tried
    ///
    /// Completeness and independence of the basis, equivariance of every member under random elements of the group, and
    /// that programs and gradients equal the diagrams. What a budget forbids is "not tried"; the exit status is 1 if
    /// anything fails. A second table, which is measured and not proved, says how many digits of single precision each
    /// member keeps, where the form is not definite under a boost.
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        #[command(flatten)]
        question: Question,
        #[command(flatten)]
        form: FormArguments,
        /// How to write the answer
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json"]))]
        format: Format,
    },
    /// List the linear relations between diagrams that hold in a small dimension
    ///
    /// One relation for every diagram that the basis leaves out, as a combination of members, proved over the rational
    /// numbers.
    #[command(after_help = RELATIONS_EXAMPLES)]
    Relations {
        #[command(flatten)]
        question: Question,
        /// How to write the answer
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json", "latex"]))]
        format: Format,
    },
    /// Write a completion script for a shell
    #[command(after_help = "\
Example:
  eqt completions bash > ~/.local/share/bash-completion/completions/eqt")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// Write to this file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl Command {
    /// The file to which the answer goes.
    pub(crate) fn output(&self) -> Option<&Path> {
        match self {
            Command::Basis { question, .. }
            | Command::Count { question, .. }
            | Command::Program { question, .. }
            | Command::Emit { question, .. }
            | Command::Check { question, .. }
            | Command::Relations { question, .. } => question.output.as_deref(),
            Command::Completions { output, .. } => output.as_deref(),
        }
    }
}

/// Which maps are meant.
#[derive(Args, Debug)]
pub(crate) struct Question {
    /// The symmetry and the spaces, in quotation marks: 'O(d) * S(n): (R^d)^n -> S^d'; see `eqt --help`
    #[arg(value_name = "SIGNATURE")]
    pub(crate) signature: String,
    /// Degrees of the polynomials: `4` for all up to 4, `2..4` for 2, 3 and 4
    #[arg(long, value_name = "K|A..B", allow_negative_numbers = true)]
    pub(crate) degree: Option<Degrees>,
    /// At most M different labels in a member: sums over one label for 1, over pairs for 2 (the body order of a potential is one more)
    #[arg(long, value_name = "M", value_parser = number, allow_negative_numbers = true)]
    pub(crate) labels: Option<usize>,
    /// Give up beyond N diagrams of one degree
    #[arg(long, value_name = "N", default_value_t = eqt_ir::basis::Options::LIMIT, value_parser = number,
          allow_negative_numbers = true)]
    pub(crate) limit: usize,
    /// Sample sizes of symbols, at which costs are compared and programs are checked: d=3,n=4. The maps stay those of
    /// every size [default: 5 for dimensions, 100 for labels]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(crate) at: Vec<Assignment>,
    /// Put numbers in the place of symbols of the signature: d=3. In small dimensions there are fewer maps
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(crate) set: Vec<Assignment>,
    /// Choose programs by their multiply-adds alone. Otherwise, where a form is not definite, as that of O(1,3), programs
    /// are left out that lose more digits than others when all inputs are boosted
    #[arg(long)]
    pub(crate) fast: bool,
    /// Write to this file instead of standard output; it is replaced as a whole, once the answer is there
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// In which form maps are listed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct FormArguments {
    /// List generators instead of a basis: every map is a sum of the generators, with functions of the invariants as
    /// coefficients. --degree is needed only where no bound on their degrees is known
    #[arg(long)]
    pub(crate) generators: bool,
}

/// Which roots a program has.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct RootArguments {
    /// Compute one result, the sum of all members with their coefficients
    #[arg(long)]
    pub(crate) combine: bool,
    /// Compute that sum and its gradient in all inputs and coefficients
    #[arg(long)]
    pub(crate) gradient: bool,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Latex,
    Dot,
    Svg,
}

fn formats(names: &'static [&'static str]) -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "json" => Format::Json,
        "latex" => Format::Latex,
        "dot" => Format::Dot,
        "svg" => Format::Svg,
        _ => Format::Table,
    })
}

fn identifier(text: &str) -> Result<String, String> {
    match syn::parse_str::<syn::Ident>(text) {
        Ok(_) if text.is_ascii() => Ok(text.to_owned()),
        _ => Err("expected the name of a Rust function".to_owned()),
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a number".to_owned())
}

/// The degrees asked for: a number or a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Degrees {
    AtMost(usize),
    Range((usize, usize)),
}

impl Degrees {
    pub(crate) fn range(self) -> RangeInclusive<usize> {
        match self {
            Degrees::AtMost(high) => 0..=high,
            Degrees::Range((low, high)) => low..=high,
        }
    }
}

impl FromStr for Degrees {
    type Err = String;

    fn from_str(text: &str) -> Result<Degrees, String> {
        let number = |part: &str| {
            part.trim()
                .parse::<usize>()
                .map_err(|_| "expected a degree K, or a range A..B of degrees".to_owned())
        };
        match text.split_once("..") {
            None => Ok(Degrees::AtMost(number(text)?)),
            Some((low, high)) => match (number(low)?, number(high)?) {
                (low, high) if low <= high => Ok(Degrees::Range((low, high))),
                (low, high) => Err(format!("the range is empty; write {high}..{low}")),
            },
        }
    }
}

/// `name=number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) size: usize,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Assignment, String> {
        let expected = || "expected a symbol and its size, as in d=3".to_owned();
        let (name, size) = text.split_once('=').ok_or_else(expected)?;
        let (name, size) = (name.trim(), size.trim());
        if name.is_empty() {
            return Err(expected());
        }
        // The bound is that of literal dimensions in signatures.
        let size =
            size.parse::<u32>().map_err(|_| format!("the size of `{name}` must be a number below 2^32"))?;
        Ok(Assignment { name: name.to_owned(), size: size as usize })
    }
}
