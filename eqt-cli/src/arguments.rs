//! The command line, as clap reads it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use serde::Serialize;

const ABOUT: &str = "Look at the equivariant polynomial maps of a symmetry and a tensor signature";

const LONG_ABOUT: &str = "\
Look at the equivariant polynomial maps of a symmetry and a tensor signature: the basis and the proof that it is
complete, the program that evaluates it, and the Rust code that is made of it.

A SIGNATURE is a group, input spaces and an output space:

  group    O(d), SO(3), O(1,3), SO(1,3), Sp(4), S(n), products such as O(d) * S(n), or 1
  spaces   R, R^d, S^d (symmetric matrices), T^k(R^d), Sym^k(R^d), Sym0^k(R^d) (traceless), Alt^k(R^d),
           pseudo X, X (x) Y, and (X)^n, a family of n members of X
  inputs   separated by commas, with a name if wanted: P: S^3, Q: S^3

A dimension is a number, or a symbol that stands for every large enough number.";

const EXAMPLES: &str = "\
Examples:
  eqt basis 'O(d) * S(n): (R^d)^n -> S^d' --degree 4
  eqt basis 'O(3): P: S^3, Q: S^3 -> S^3' --degree 2 --format latex
  eqt basis 'O(d) * S(n): (R^d)^n -> S^d' --degree 2..2 --format svg -o basis.svg
  eqt count 'SO(3): a: R^3, b: R^3 -> S^3' --degree 6
  eqt program 'O(d) * S(n): a: (R^d)^n -> S^d' --degree 4 --at d=3,n=1000 --gradient
  eqt emit 'O(d) * S(n): a: (R^d)^n -> S^d' --degree 4 --name spectral -o spectral.rs
  eqt check 'O(3): P: S^3, Q: S^3 -> S^3' --degree 4
  eqt relations 'O(2): S^2 -> S^2' --degree 2
  eqt completions bash > ~/.local/share/bash-completion/completions/eqt

Exit status: 0, or 1 if a certificate fails, or 2 with one line on standard error for bad input.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "eqt",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = EXAMPLES,
    arg_required_else_help = false,
    subcommand_required = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the members of the basis: degree, diagram, multiply-adds
    Basis {
        #[command(flatten)]
        question: Question,
        /// The generator form: generators of the module of maps over the ring of invariants
        #[arg(long)]
        generators: bool,
        /// How to write the answer
        #[arg(long, default_value = "table",
              value_parser = formats(&["table", "json", "latex", "dot", "svg"]))]
        format: Format,
    },
    /// Count the maps of every exact degree, by enumeration and by the Molien-Weyl integral
    Count {
        #[command(flatten)]
        question: Question,
        /// How to write the answer
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json"]))]
        format: Format,
    },
    /// Show the simplified program and its multiply-adds
    Program {
        #[command(flatten)]
        question: Question,
        /// The generator form: generators of the module of maps over the ring of invariants
        #[arg(long)]
        generators: bool,
        #[command(flatten)]
        roots: RootArguments,
        /// How to write the answer
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json", "dot"]))]
        format: Format,
    },
    /// Write the Rust code of the map
    Emit {
        #[command(flatten)]
        question: Question,
        /// The generator form: generators of the module of maps over the ring of invariants
        #[arg(long)]
        generators: bool,
        /// Name of the function and of its module
        #[arg(long, value_name = "NAME", default_value = "map", value_parser = identifier)]
        name: String,
    },
    /// Prove everything about the map again, and say what was tried; status 1 if a proof fails
    Check {
        #[command(flatten)]
        question: Question,
        /// The generator form: generators of the module of maps over the ring of invariants
        #[arg(long)]
        generators: bool,
        /// How to write the answer
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json"]))]
        format: Format,
    },
    /// List the linear relations between diagrams that hold at literal sizes
    Relations {
        #[command(flatten)]
        question: Question,
        /// How to write the answer
        #[arg(long, default_value = "table", value_parser = formats(&["table", "json", "latex"]))]
        format: Format,
    },
    /// Write a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// Write to a file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Which maps are meant.
#[derive(Args, Debug)]
pub(crate) struct Question {
    /// The symmetry and the spaces, for instance 'O(d) * S(n): (R^d)^n -> S^d'
    #[arg(value_name = "SIGNATURE")]
    pub(crate) signature: String,
    /// K: all degrees up to K; A..B: from A to B, both included
    #[arg(long, value_name = "K|A..B", allow_negative_numbers = true)]
    pub(crate) degree: Option<Degrees>,
    /// At most this many different labels in a member (the body order of a potential is one more)
    #[arg(long, value_name = "M", value_parser = number, allow_negative_numbers = true)]
    pub(crate) labels: Option<usize>,
    /// Give up beyond this many diagrams
    #[arg(long, value_name = "N", default_value_t = eqt_ir::basis::Options::LIMIT, value_parser = number,
          allow_negative_numbers = true)]
    pub(crate) limit: usize,
    /// Sizes of symbols at which costs and checks are sampled, for instance d=3,n=4 [default: d = 5 for linear
    /// dimensions, n = 100 for labels]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(crate) at: Vec<Assignment>,
    /// Numbers to put for symbols of the signature, for instance d=3
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(crate) set: Vec<Assignment>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Which roots a program has.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct RootArguments {
    /// One root, the sum of all members with their coefficients
    #[arg(long)]
    pub(crate) combine: bool,
    /// The combined root and its gradient in all inputs
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

/// The degrees asked for; written as the user gave them, a number or a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Degrees {
    AtMost(usize),
    Range(#[serde(serialize_with = "range_text")] (usize, usize)),
}

fn range_text<S: serde::Serializer>((low, high): &(usize, usize), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{low}..{high}"))
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
