//! Random small signatures of every group, product, space and parity.

use eqt_ir::basis::{Options, stable_sizes};
use eqt_ir::exact::Random;
use eqt_ir::signature::{Layout, Signature, parse_signature};

/// The most ports of a diagram.
const PORTS: usize = 8;
/// The most entries of one input or output.
const ENTRIES: usize = 300;
/// The most diagrams of one degree.
pub(crate) const LIMIT: usize = 150;

/// A random signature, as text, with what is to be expanded.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) options: Options,
}

/// One of several, by weight.
fn weighted<'a, T>(random: &mut Random, choices: &'a [(usize, T)]) -> &'a T {
    let mut left = random.below(choices.iter().map(|(weight, _)| weight).sum());
    for (weight, choice) in choices {
        if left < *weight {
            return choice;
        }
        left -= weight;
    }
    &choices[0].1
}

struct Draft<'a> {
    random: &'a mut Random,
    factors: Vec<String>,
    linear: Vec<String>,
    labels: Vec<String>,
}

impl Draft<'_> {
    fn factor(&mut self) {
        let random = &mut *self.random;
        let kind =
            *weighted(random, &[(6, "O"), (5, "SO"), (2, "O(p,q)"), (2, "SO(p,q)"), (4, "Sp"), (7, "S")]);
        let number = |random: &mut Random, choices: &[(usize, usize)]| *weighted(random, choices);
        let (text, dimension) = match kind {
            "O" if random.below(3) == 0 => {
                let name = ["d", "e"][random.below(2)];
                (format!("O({name})"), name.to_owned())
            }
            "O" | "SO" => {
                let d = number(random, &[(1, 0), (2, 1), (6, 2), (6, 3), (2, 4), (1, 5)]);
                (format!("{kind}({d})"), d.to_string())
            }
            "Sp" if random.below(4) == 0 => {
                let name = ["d", "e"][random.below(2)];
                (format!("Sp({name})"), name.to_owned())
            }
            "Sp" => {
                let d = number(random, &[(1, 0), (5, 2), (3, 4), (1, 6)]);
                (format!("Sp({d})"), d.to_string())
            }
            "S" if random.below(2) == 0 => {
                let name = ["n", "m"][random.below(2)];
                (format!("S({name})"), name.to_owned())
            }
            "S" => {
                let n = number(random, &[(1, 0), (2, 1), (4, 2), (4, 3), (2, 4), (1, 9)]);
                (format!("S({n})"), n.to_string())
            }
            _ => {
                let (p, q) = (random.below(3), random.below(4));
                (format!("{}({p},{q})", &kind[..kind.len() - 5]), (p + q).to_string())
            }
        };
        let known = if kind == "S" { &mut self.labels } else { &mut self.linear };
        if !known.contains(&dimension) {
            known.push(dimension);
            self.factors.push(text);
        }
    }

    /// A dimension on which a factor acts, if there is one.
    fn dimension(&mut self) -> Option<String> {
        let (linear, all) = (self.linear.len(), self.linear.len() + self.labels.len());
        if all == 0 {
            return None;
        }
        // Linear axes are twice as likely.
        let choice = self.random.below(linear + all);
        Some(if choice < 2 * linear {
            self.linear[choice / 2].clone()
        } else {
            self.labels[choice - 2 * linear].clone()
        })
    }

    fn space(&mut self, depth: usize) -> String {
        let kind = self.random.below(if depth == 0 { 12 } else { 18 });
        let dimension = self.dimension();
        match (kind, dimension) {
            (0 | 1, _) | (2..=11, None) => "R".to_owned(),
            (2..=5, Some(d)) => format!("R^{d}"),
            (6 | 7, Some(d)) => format!("S^{d}"),
            (8..=11, Some(d)) => {
                let head = ["T", "Sym", "Sym0", "Alt"][kind - 8];
                let rank = *weighted(self.random, &[(1, 0), (1, 1), (6, 2), (4, 3), (1, 4)]);
                format!("{head}^{rank}(R^{d})")
            }
            (12 | 13, _) => {
                let inner = self.space(depth - 1);
                if inner.contains("(x)") { format!("pseudo ({inner})") } else { format!("pseudo {inner}") }
            }
            (14, _) => {
                let left = self.space(depth - 1);
                let right = self.space(depth - 1);
                if right.contains("(x)") {
                    format!("{left} (x) ({right})")
                } else {
                    format!("{left} (x) {right}")
                }
            }
            _ => {
                let member = self.space(depth - 1);
                let known = self.labels.len();
                let choice = self.random.below(known + 1);
                let label = match self.labels.get(choice) {
                    Some(label) => label.clone(),
                    None => ["l", "2", "3", "1", "l"][self.random.below(5)].to_owned(),
                };
                format!("({member})^{label}")
            }
        }
    }
}

/// The text of a random signature; it need not be a valid one.
fn text(random: &mut Random) -> String {
    let mut draft = Draft { random, factors: Vec::new(), linear: Vec::new(), labels: Vec::new() };
    for _ in 0..*weighted(draft.random, &[(1, 0), (8, 1), (6, 2), (2, 3)]) {
        draft.factor();
    }
    let count = *weighted(draft.random, &[(1, 0), (7, 1), (5, 2), (2, 3)]);
    let inputs: Vec<String> = (0..count).map(|_| draft.space(2)).collect();
    let output = match draft.random.below(6) {
        0 => "R".to_owned(),
        1 if !inputs.is_empty() => inputs[0].clone(),
        _ => draft.space(2),
    };
    let group = if draft.factors.is_empty() { "1".to_owned() } else { draft.factors.join(" * ") };
    format!("{group}: {} -> {output}", inputs.join(", "))
}

/// A valid random signature within the cost bound.
pub(crate) fn case(seed: u64) -> Case {
    let mut random = Random::seeded(seed);
    loop {
        let text = text(&mut random);
        // Some drafts ask for what there is not: `pseudo` without a determinant, traceless tensors under Sp.
        let Ok(signature) = parse_signature(&text) else { continue };
        let labels = if random.below(4) == 0 { Some(1 + random.below(3)) } else { None };
        let labels =
            labels.filter(|&most| most == 1 || !signature.axes.iter().any(|axis| axis.group.is_free()));
        let most = (0..=5).rev().find(|&degree| affordable(&signature, degree, labels));
        let Some(most) = most else { continue };
        let degrees = if random.below(3) == 0 { most..=most } else { 0..=most };
        return Case { text, options: Options { degrees, labels, limit: LIMIT } };
    }
}

/// A random signature of tensors of high rank, with up to `slots` slots together and half as many each, or of up to 300
/// inputs: a quarter has many inputs.
pub(crate) fn wide_case(seed: u64, slots: usize) -> Case {
    let mut random = Random::seeded(seed);
    loop {
        let (group, d) = *weighted(
            &mut random,
            &[
                (2, ("O(1)", 1)),
                (4, ("O(2)", 2)),
                (3, ("SO(2)", 2)),
                (3, ("Sp(2)", 2)),
                (2, ("O(1,1)", 2)),
                (1, ("S(1)", 1)),
                (2, ("S(2)", 2)),
                (1, ("O(3)", 3)),
            ],
        );
        let mut space = |most: usize| {
            let head = ["T", "Sym", "Sym", "Sym0", "Alt"][random.below(5)];
            format!("{head}^{}(R^{d})", random.below(most + 1))
        };
        let (inputs, output): (Vec<String>, String) = if seed.is_multiple_of(4) {
            let kinds = [space(1), space(2), "R".to_owned()];
            let count = 50 + random.below(251);
            ((0..count).map(|_| kinds[random.below(3)].clone()).collect(), kinds[random.below(3)].clone())
        } else {
            let output = space(slots / 2);
            let inputs = (0..seed % 3).map(|_| space(slots / 2)).collect();
            (inputs, output)
        };
        let text = format!("{group}: {} -> {output}", inputs.join(", "));
        let Ok(signature) = parse_signature(&text) else { continue };
        let spaces = signature.inputs.iter().map(|input| &input.space).chain([&signature.output]);
        let all: usize = spaces.map(|space| space.layout().slots.len()).sum();
        if all <= slots || inputs.len() >= 50 {
            let most = if inputs.len() >= 50 { 1 } else { 2 };
            return Case { text, options: Options { degrees: 0..=most, labels: None, limit: LIMIT } };
        }
    }
}

fn affordable(signature: &Signature, degree: usize, labels: Option<usize>) -> bool {
    let output = signature.output.layout();
    let layouts: Vec<Layout> = signature.inputs.iter().map(|input| input.space.layout()).collect();
    let ports =
        output.slots.len() + degree * layouts.iter().map(|layout| layout.slots.len()).max().unwrap_or(0);
    let sizes = stable_sizes(signature, degree, labels);
    let entries = |layout: &Layout| layout.slots.iter().map(|&axis| sizes.of(axis)).product::<usize>();
    ports <= PORTS && layouts.iter().chain([&output]).all(|layout| entries(layout) <= ENTRIES)
}
