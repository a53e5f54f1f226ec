//! What `basis()` of an emitted module returns: the members of a basis, to be looked at and to be pinned.

use core::fmt;
use core::num::ParseIntError;
use core::slice;
use core::str::FromStr;

pub mod interface;

/// All members of the basis of a signature, in the order of their coefficients.
///
/// [`Display`](fmt::Display) prints a table that depends on nothing but the basis, made for a snapshot test; the
/// alternate form `{:#}` adds how completeness was proved.
///
/// ```
/// use eqt_runtime::description::{Basis, Element, Form};
///
/// const BASIS: Basis = Basis {
///     signature: "O(D) * S(N): (R^D)^N -> R",
///     options: "degree <= 2",
///     form: Form::VectorSpace,
///     elements: &[
///         Element { degree: 0, diagram: "1", latex: "1", macs: "0", labels: "" },
///         Element { degree: 2, diagram: "<a_i, a_i>", latex: r"a_i^p a_i^p", macs: "N D", labels: "" },
///     ],
///     invariants: &[],
///     certificate: "rank 2 is the Molien-Weyl count",
///     independence: "D >= 1, N >= 1",
/// };
/// assert_eq!(
///     BASIS.to_string(),
///     "\
/// O(D) * S(N): (R^D)^N -> R, degree <= 2: 2 members
/// index  degree  diagram     macs
///     0       0  1           0
///     1       2  <a_i, a_i>  N D
/// "
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The signature, `O(D) * S(N): (R^D)^N -> S^D`.
    pub signature: &'static str,
    /// The options that bound the basis, `degree <= 4, labels <= 1`; empty if there are none.
    pub options: &'static str,
    /// What the members are a basis of.
    pub form: Form,
    /// The members.
    pub elements: &'static [Element],
    /// The integrity basis of the invariant ring; empty unless the form is [`Form::Generators`].
    pub invariants: &'static [Element],
    /// How completeness was proved, in one sentence.
    pub certificate: &'static str,
    /// The range of sizes where the members are independent.
    pub independence: &'static str,
}

/// What the members of a [`Basis`] are a basis of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The vector space of equivariant polynomial maps: a map is `sum_b theta_b T_b` with constants theta.
    VectorSpace,
    /// The module of equivariant polynomial maps over the invariants: a map is `sum_g q_g(invariants) T_g`.
    Generators,
    /// One map: its value is the sum of the members, the terms of its body.
    Terms,
}

/// A member of a [`Basis`]: a contraction graph of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    /// The total degree in the inputs.
    pub degree: u32,
    /// The contraction graph in index notation, `a_i^p a_i^q <a_i, a_i>`.
    pub diagram: &'static str,
    /// The same as a LaTeX formula.
    pub latex: &'static str,
    /// The multiply-adds of its own best contraction, computed without the other members: a polynomial in the sizes.
    pub macs: &'static str,
    /// The labels of its coefficient: "" for a constant, "ij" for a matrix over two labels.
    pub labels: &'static str,
}

impl Basis {
    /// The number of members.
    pub const fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there are no members: the only equivariant map is zero.
    pub const fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The members, in the order of their coefficients.
    pub fn iter(&self) -> slice::Iter<'static, Element> {
        self.elements.iter()
    }

    /// A hash of what coefficients depend on: the order and meaning of the members.
    ///
    /// It covers the signature, the options, the form, and of every member and invariant the degree, the diagram and
    /// the labels; not the cost, the LaTeX formula, or the text on completeness and independence, which may improve
    /// from version to version. It is the 64-bit FNV-1a hash of these, each text ended by a byte 0xff (which UTF-8
    /// never holds), each number as eight little-endian bytes, and is the same on every host.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Fnv1a::new();
        hash.text(self.signature);
        hash.text(self.options);
        hash.text(match self.form {
            Form::VectorSpace => "vector space",
            Form::Generators => "generators",
            Form::Terms => "terms",
        });
        for list in [self.elements, self.invariants] {
            hash.number(list.len() as u64);
            for element in list {
                hash.number(u64::from(element.degree));
                hash.text(element.diagram);
                hash.text(element.labels);
            }
        }
        Fingerprint(hash.0)
    }
}

impl IntoIterator for &Basis {
    type Item = &'static Element;
    type IntoIter = slice::Iter<'static, Element>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.signature)?;
        if !self.options.is_empty() {
            write!(f, ", {}", self.options)?;
        }
        match self.form {
            Form::VectorSpace => writeln!(f, ": {}", Count(self.len(), "member"))?,
            Form::Terms => writeln!(f, ": {}", Count(self.len(), "term"))?,
            Form::Generators => writeln!(
                f,
                ": {}, {}",
                Count(self.len(), "generator"),
                Count(self.invariants.len(), "invariant")
            )?,
        }
        if f.alternate() && self.form != Form::Terms {
            writeln!(f, "{}", self.certificate)?;
            writeln!(f, "independent for {}", self.independence)?;
        }
        table(f, self.elements)?;
        if self.form == Form::Generators {
            writeln!(f, "invariants")?;
            table(f, self.invariants)?;
        }
        Ok(())
    }
}

/// "1 member", "2 members".
struct Count(usize, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// One line per member; the column of labels only where a member has some.
fn table(f: &mut fmt::Formatter<'_>, elements: &[Element]) -> fmt::Result {
    if elements.is_empty() {
        return Ok(());
    }
    let width = |title: &str, text: fn(&Element) -> &str| {
        elements.iter().map(|element| text(element).chars().count()).fold(title.len(), usize::max)
    };
    let diagram = width("diagram", |element| element.diagram);
    let labels = width("labels", |element| element.labels);
    let labelled = elements.iter().any(|element| !element.labels.is_empty());

    write!(f, "index  degree  {:diagram$}  ", "diagram")?;
    if labelled {
        write!(f, "{:labels$}  ", "labels")?;
    }
    writeln!(f, "macs")?;
    for (index, element) in elements.iter().enumerate() {
        write!(f, "{index:>5}  {:>6}  {:diagram$}  ", element.degree, element.diagram)?;
        if labelled {
            write!(f, "{:labels$}  ", element.labels)?;
        }
        writeln!(f, "{}", element.macs)?;
    }
    Ok(())
}

/// The 64-bit hash of a [`Basis`] that saved coefficients carry; prints as 16 hexadecimal digits.
///
/// ```
/// use eqt_runtime::description::Fingerprint;
///
/// let fingerprint: Fingerprint = "00000000000000ff".parse()?;
/// assert_eq!(fingerprint, Fingerprint(255));
/// assert_eq!(fingerprint.to_string(), "00000000000000ff");
/// # Ok::<(), eqt_runtime::description::ParseFingerprintError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(
    /// The hash.
    pub u64,
);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, ParseFingerprintError> {
        // The integer parser would also take a sign, and fewer digits.
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseFingerprintError);
        }
        Ok(u64::from_str_radix(text, 16).map(Self)?)
    }
}

/// A text that is not 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseFingerprintError;

impl fmt::Display for ParseFingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint is 16 hexadecimal digits")
    }
}

impl core::error::Error for ParseFingerprintError {}

impl From<ParseIntError> for ParseFingerprintError {
    fn from(_: ParseIntError) -> Self {
        Self
    }
}

/// The hash of Fowler, Noll and Vo: per byte, an exclusive or and a product with a prime.
struct Fnv1a(u64);

impl Fnv1a {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(&[0xff]);
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const I: Element = Element { degree: 0, diagram: "δ^pq", latex: "I", macs: "D^2", labels: "" };
    const OUTER: Element =
        Element { degree: 2, diagram: "a_i^p a_j^q", latex: "a_i a_j^T", macs: "N^2 D^2", labels: "ij" };
    const BASIS: Basis = Basis {
        signature: "O(D): (R^D)^N -> S^D",
        options: "degree <= 2",
        form: Form::VectorSpace,
        elements: &[I, OUTER],
        invariants: &[],
        certificate: "rank 2 is the Molien-Weyl count",
        independence: "D >= 2",
    };

    #[test]
    fn the_table_is_aligned() {
        let expected = "\
O(D): (R^D)^N -> S^D, degree <= 2: 2 members
index  degree  diagram      labels  macs
    0       0  δ^pq                 D^2
    1       2  a_i^p a_j^q  ij      N^2 D^2
";
        assert_eq!(BASIS.to_string(), expected);
    }

    #[test]
    fn the_alternate_form_adds_the_proof() {
        let text = format!("{BASIS:#}");
        assert!(text.contains("\nrank 2 is the Molien-Weyl count\nindependent for D >= 2\n"), "{text}");
    }

    #[test]
    fn generators_list_their_invariants() {
        let basis =
            Basis { form: Form::Generators, options: "", elements: &[I], invariants: &[OUTER], ..BASIS };
        let expected = "\
O(D): (R^D)^N -> S^D: 1 generator, 1 invariant
index  degree  diagram  macs
    0       0  δ^pq     D^2
invariants
index  degree  diagram      labels  macs
    0       2  a_i^p a_j^q  ij      N^2 D^2
";
        assert_eq!(basis.to_string(), expected);
    }

    #[test]
    fn an_empty_basis_prints_its_header_alone() {
        let basis = Basis { elements: &[], ..BASIS };
        assert_eq!(basis.to_string(), "O(D): (R^D)^N -> S^D, degree <= 2: 0 members\n");
        assert!(basis.is_empty());
    }

    #[test]
    fn members_come_in_the_order_of_their_coefficients() {
        assert_eq!(BASIS.iter().map(|element| element.degree).collect::<Vec<_>>(), [0, 2]);
        assert_eq!((&BASIS).into_iter().len(), BASIS.len());
    }

    /// Computed by a few lines of Python from the documented recipe: weights saved by any version must keep loading.
    #[test]
    fn the_fingerprint_never_changes() {
        assert_eq!(BASIS.fingerprint().to_string(), "4fdb666e792c6e33");
    }

    #[test]
    fn the_fingerprint_depends_on_the_meaning_of_the_coefficients_only() {
        const CHEAPER: Element = Element { macs: "1", latex: "E", ..I };
        let reworded = Basis { elements: &[CHEAPER, OUTER], certificate: "", independence: "", ..BASIS };
        assert_eq!(reworded.fingerprint(), BASIS.fingerprint());
        let others = [
            Basis { signature: "O(D): (R^D)^N -> T^2(R^D)", ..BASIS },
            Basis { options: "degree = 2", ..BASIS },
            Basis { form: Form::Generators, ..BASIS },
            Basis { elements: &[OUTER, I], ..BASIS },
            Basis { elements: &[I], ..BASIS },
            Basis { elements: &[I], invariants: &[OUTER], ..BASIS },
            Basis { elements: &[I, Element { labels: "", ..OUTER }], ..BASIS },
            Basis { elements: &[I, Element { degree: 3, ..OUTER }], ..BASIS },
        ];
        for (index, other) in others.iter().enumerate() {
            assert_ne!(other.fingerprint(), BASIS.fingerprint(), "{index}");
        }
    }

    #[test]
    fn only_sixteen_hexadecimal_digits_are_a_fingerprint() {
        let fingerprint = BASIS.fingerprint();
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        for text in ["", "ff", "+0000000000000ff", "00000000000000fg", "00000000000000fff", "éééééééé"]
        {
            assert_eq!(text.parse::<Fingerprint>(), Err(ParseFingerprintError), "{text}");
        }
    }
}
