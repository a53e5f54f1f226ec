use super::*;
use crate::signature::{parse_signature, parse_signature_with};

/// The group of a factor, read from a signature in which it acts.
fn group(factor: &str, space: &str) -> Group {
    let signature =
        parse_signature(&format!("{factor}: {space} -> R")).unwrap_or_else(|e| panic!("{factor}: {e}"));
    signature.axes[0].group.clone()
}

/// Every group of the registry at some sizes.
fn samples() -> Vec<(Group, usize)> {
    let mut samples: Vec<(Group, usize)> = Vec::new();
    for d in 0..6 {
        for word in ["O", "SO", "S", "Sp"] {
            if word != "Sp" || d % 2 == 0 {
                samples.push((group(&format!("{word}({d})"), &format!("R^{d}")), d));
            }
        }
        for p in 0..=d {
            for word in ["O", "SO"] {
                samples.push((group(&format!("{word}({p},{})", d - p), &format!("R^{d}")), d));
            }
        }
        samples.push((Group::free_label(), d));
    }
    samples
}

#[test]
fn every_group_keeps_its_laws() {
    let samples = samples();
    for (group, dimension) in &samples {
        check_laws(group, *dimension).unwrap_or_else(|broken| panic!("{broken}"));
    }
    for entry in REGISTRY {
        let listed = |(group, _): &(Group, usize)| {
            let text = group.text(&Dimension::Literal(4));
            text.starts_with(&format!("{}(", entry.word)) && text.matches(',').count() + 1 == entry.dimensions
        };
        assert!(samples.iter().any(listed), "{} is not sampled", entry.usage);
    }
}

#[test]
fn the_laws_find_a_wrong_group() {
    #[derive(Debug)]
    struct Wrong(fn(&mut [Option<Form>; 1], &mut Wires), u16);
    impl AxisGroup for Wrong {
        fn key(&self) -> Key {
            Key::new(self.1, "Wrong", &[])
        }
        fn text(&self, dimension: &Dimension) -> String {
            format!("Wrong({dimension})")
        }
        fn wires(&self) -> Wires {
            let mut wires = Wires::Edges { antisymmetric: false, epsilon: Epsilon::OddParity };
            (self.0)(&mut [None], &mut wires);
            wires
        }
        fn form(&self) -> Form {
            let mut form = [Some(Form::Identity)];
            (self.0)(&mut form, &mut Wires::Spiders { free: true });
            form[0].unwrap_or(Form::Identity)
        }
        fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
            classes::orthogonal(dimension, false, band, powers)
        }
    }
    let broken =
        |change: fn(&mut [Option<Form>; 1], &mut Wires)| check_laws(&Group::new(Wrong(change, 900)), 4);
    assert_eq!(broken(|_, _| {}), Ok(()));
    assert!(broken(|form, _| form[0] = Some(Form::Omega)).is_err());
    assert!(
        broken(|_, wires| *wires = Wires::Edges { antisymmetric: true, epsilon: Epsilon::Never }).is_err()
    );
    assert!(broken(|form, _| form[0] = Some(Form::Diagonal(9))).is_err());
}

#[test]
fn the_order_of_groups_is_frozen() {
    let ordered = [
        group("O(3)", "R^3"),
        group("SO(3)", "R^3"),
        group("O(1,3)", "R^4"),
        group("O(3,1)", "R^4"),
        group("SO(1,3)", "R^4"),
        group("Sp(4)", "R^4"),
        group("S(4)", "R^4"),
        Group::free_label(),
    ];
    for (a, b) in (0..ordered.len()).flat_map(|a| (0..ordered.len()).map(move |b| (a, b))) {
        assert_eq!(ordered[a].cmp(&ordered[b]), a.cmp(&b), "{:?} and {:?}", ordered[a], ordered[b]);
        assert_eq!(ordered[a] == ordered[b], a == b);
    }
    // The dimension is that of the axis, and no part of the group.
    assert_eq!(group("O(3)", "R^3"), group("O(d)", "R^d"));
    assert_eq!(format!("{ordered:?}"), "[O(d), SO(d), O(1,3), O(3,1), SO(1,3), Sp(d), S(d), 1]");
}

#[test]
fn an_invariant_matrix_of_another_form_is_not_kept_to_first_order() {
    let lorentz = group("O(1,3)", "R^4");
    let delta = Tensor {
        shape: vec![4, 4],
        data: (0..16).map(|at| if at % 5 == 0 { Fp::ONE } else { Fp::ZERO }).collect(),
    };
    let moved = lorentz.rules().algebra(4).iter().any(|x| {
        lorentz.rules().act_to_first_order(x, &[0, 1], &delta).data.iter().any(|&entry| entry != Fp::ZERO)
    });
    assert!(moved, "a boost does not keep the identity matrix");
}

#[test]
fn the_algebra_is_the_derivative_of_the_action() {
    // Of a nilpotent K, K^2 = 0, the group has the elements exp(tK) = I + tK, which act on two slots as a polynomial
    // f(t) = f_0 + f_1 t + f_2 t^2, with f_1 = (f(1) - f(-1)) / 2 exactly.
    let group = group("Sp(4)", "R^4");
    let mut random = Random::seeded(3);
    let x = Tensor { shape: vec![4, 4], data: random.fields(16) };
    let algebra = group.rules().algebra(4);
    let zero = Matrix::from_fn(4, |_, _| Fp::ZERO);
    let nilpotent: Vec<&Matrix> = algebra.iter().filter(|k| k.times(k) == zero).collect();
    assert_eq!(nilpotent.len(), 8, "the long and the short roots of Sp(4)");
    for k in nilpotent {
        let at = |t: i64| {
            let g = Matrix::from_fn(4, |a, b| Matrix::identity(4)[(a, b)] + Fp::from_i64(t) * k[(a, b)]);
            group.rules().act(&g, &[0, 1], false, &x)
        };
        let mut slope = at(1);
        slope.add_scaled(-Fp::ONE, &at(-1));
        slope.data.iter_mut().for_each(|entry| *entry *= Fp::from_ratio(1, 2));
        assert_eq!(slope, group.rules().act_to_first_order(k, &[0, 1], &x));
    }
}

#[test]
fn a_group_may_hold_what_stands_behind_its_dimension() {
    /// `O(p,q)` with the signs of the metric written out.
    #[derive(Debug)]
    struct Signed(Vec<usize>);
    impl AxisGroup for Signed {
        fn key(&self) -> Key {
            Key::new(901, "Signed", &self.0)
        }
        fn text(&self, dimension: &Dimension) -> String {
            format!("Signed({dimension}; {})", self.0.iter().map(|_| '+').collect::<String>())
        }
        fn wires(&self) -> Wires {
            Wires::Edges { antisymmetric: false, epsilon: Epsilon::OddParity }
        }
        fn form(&self) -> Form {
            Form::Diagonal(self.0.len())
        }
        fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
            classes::orthogonal(dimension, false, band, powers)
        }
    }
    fn read(written: &Written) -> syn::Result<Factor> {
        let positive = written.more.clone().into_iter().count();
        let group = Group::new(Signed((0..positive).collect()));
        Ok(Factor { group, dimension: written.dimension(0)?.dimension.clone() })
    }
    let mut registry = REGISTRY.to_vec();
    registry.push(Entry { word: "Signed", usage: "Signed(d; ++)", dimensions: 1, more: true, read });
    let read = |text: &str| parse_signature_with(&registry, text);
    let signature = read("Signed(4; ++): R^4 -> R^4").expect("reads");
    assert_eq!(signature.to_string(), "Signed(4; ++): x: R^4 -> R^4");
    assert_eq!(signature.axes[0].group.rules().form(), Form::Diagonal(2));
    assert_eq!(read(&signature.to_string()).expect("printed text parses"), signature);
    assert_ne!(read("Signed(4; +): R^4 -> R^4").expect("reads"), signature);
    let message = read("U(3): R^3 -> R").expect_err("no group").to_string();
    assert!(message.contains("S(n), Signed(d; ++) and 1"), "{message}");
    assert!(read("O(3; ++): R^3 -> R").is_err());
}
