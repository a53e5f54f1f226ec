//! What the user wrote, before it is known to make sense.

use eqt_ir::signature::rust_types::Head;
use proc_macro2::TokenStream;
use syn::{Attribute, Block, Ident, LitInt, Path, Signature, Visibility};

/// The arguments of the attribute.
#[derive(Default)]
pub(crate) struct Arguments {
    /// The group or the signature; absent after an error in it.
    pub(crate) head: Option<Head>,
    /// Its tokens.
    pub(crate) head_tokens: TokenStream,
    /// What follows it.
    pub(crate) options: Options,
}

/// The options, each absent if it is not given or not readable.
#[derive(Default)]
pub(crate) struct Options {
    /// `degree <= k`, `degree = k` or `degree = j..k`.
    pub(crate) degree: Option<Degree>,
    /// `labels <= m`.
    pub(crate) labels: Option<Number>,
    /// `limit = n`.
    pub(crate) limit: Option<Number>,
    /// `sizes(D = 5, N = 100)`.
    pub(crate) sizes: Option<Vec<(Ident, Number)>>,
    /// `fast`.
    pub(crate) fast: Option<Ident>,
    /// `crate = path`.
    pub(crate) crate_path: Option<Path>,
    /// `generators`.
    pub(crate) generators: Option<Ident>,
    /// `uses(f, g)`: other maps with a body that this one calls.
    pub(crate) uses: Option<Vec<Path>>,
    /// What those are, as far as it is known yet; written by the macro itself.
    pub(crate) used: Vec<UsedMap>,
    /// The names of all options that occur, readable or not.
    pub(crate) given: Vec<Ident>,
}

/// A number, with the token that errors about it point to.
pub(crate) struct Number {
    pub(crate) value: usize,
    pub(crate) literal: LitInt,
}

/// A bound on the degree.
pub(crate) struct Degree {
    /// The lowest degree.
    pub(crate) lowest: Lowest,
    /// The highest degree.
    pub(crate) number: Number,
}

/// Where degrees begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lowest {
    /// `degree <= 3`.
    Zero,
    /// `degree = 3`.
    Same,
    /// `degree = 1..3`.
    Given(usize),
}

/// The annotated function.
pub(crate) struct Item {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The body, if there is one.
    pub(crate) body: Option<Body>,
}

/// The body of a function.
pub(crate) struct Body {
    /// Its tokens, with the braces.
    pub(crate) tokens: TokenStream,
    /// What they say.
    pub(crate) block: Block,
}

/// A map with a body that another one uses.
pub(crate) struct UsedMap {
    pub(crate) name: Ident,
    pub(crate) head: Head,
    pub(crate) item: Item,
    /// What it uses itself.
    pub(crate) used: Vec<UsedMap>,
    /// All of that as it was read.
    pub(crate) tokens: TokenStream,
}
