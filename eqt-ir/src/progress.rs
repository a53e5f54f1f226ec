//! What the compiler is at, for whoever waits.
//!
//! The compiler reports stages to the observer of its thread, if there is one, and does nothing else with them: no
//! clock, no output. What it computes does not depend on the observer.
//!
//! ```
//! use std::cell::RefCell;
//! use std::rc::Rc;
//!
//! use eqt_ir::basis::{Basis, Options};
//! use eqt_ir::progress::{Stage, observed};
//!
//! let signature = eqt_ir::signature::parse_signature("O(d): x: R^d -> R^d").expect("parses");
//! let stages = Rc::new(RefCell::new(Vec::new()));
//! let seen = Rc::clone(&stages);
//! let basis = observed(move |stage| seen.borrow_mut().push(stage), || Basis::new(&signature, &Options::up_to(1)));
//! assert!(basis.is_ok());
//! assert_eq!(stages.borrow()[0], Stage::Enumerating { degree: 0 });
//! ```

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// A part of the work that may take some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// All diagrams of a degree are listed and counted.
    Enumerating {
        /// The degree.
        degree: usize,
    },
    /// The rank of some diagrams is found.
    Reducing {
        /// How many there are.
        diagrams: usize,
    },
    /// Generators are sought among the maps of a degree.
    Generating {
        /// The degree.
        degree: usize,
    },
    /// Members are compiled one by one for what they cost.
    Costing {
        /// Members done.
        done: usize,
        /// All members.
        all: usize,
    },
    /// All ways to compute the results are written down.
    Splitting,
    /// The best program is sought.
    Extracting {
        /// Iterations done.
        done: usize,
        /// All iterations.
        all: usize,
    },
    /// A certificate is tried.
    Certifying {
        /// Its name.
        certificate: &'static str,
    },
}

impl Stage {
    /// How much of the stage is done and what would be all of it, where that is known.
    pub fn fraction(self) -> Option<(usize, usize)> {
        match self {
            Stage::Costing { done, all } | Stage::Extracting { done, all } => Some((done, all)),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Enumerating { degree } => write!(f, "listing the diagrams of degree {degree}"),
            Stage::Reducing { diagrams } => write!(f, "finding the rank of {diagrams} diagrams"),
            Stage::Generating { degree } => write!(f, "looking for generators of degree {degree}"),
            Stage::Costing { .. } => f.write_str("compiling the members one by one"),
            Stage::Splitting => f.write_str("listing all ways to compute the results"),
            Stage::Extracting { .. } => f.write_str("looking for the shortest program"),
            Stage::Certifying { certificate } => write!(f, "trying the certificate: {certificate}"),
        }
    }
}

type Observer = Rc<dyn Fn(Stage)>;

thread_local! {
    static OBSERVER: RefCell<Option<Observer>> = const { RefCell::new(None) };
}

/// Puts the observer before back when the work ends, however it ends.
struct Restore(Option<Observer>);

impl Drop for Restore {
    fn drop(&mut self) {
        OBSERVER.set(self.0.take());
    }
}

/// Does some work, of which the observer is told the stages.
pub fn observed<R>(observer: impl Fn(Stage) + 'static, work: impl FnOnce() -> R) -> R {
    let _restore = Restore(OBSERVER.replace(Some(Rc::new(observer))));
    work()
}

/// Tells the observer of this thread what begins now.
pub fn report(stage: Stage) {
    let observer = OBSERVER.with_borrow(Option::clone);
    if let Some(observer) = observer {
        observer(stage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::{Basis, Options};
    use crate::map::Map;
    use crate::optimise::{Wanted, compile_one, member_costs};
    use crate::signature::{Sizes, parse_signature};

    #[test]
    fn every_stage_is_told_and_changes_nothing() {
        let signature = parse_signature("O(2): P: S^2, Q: S^2 -> S^2").expect("parses");
        let work = || {
            let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(3)).expect("a basis"));
            let sizes = Sizes::sample(&signature, &[]);
            (compile_one(&map, &Wanted::Gradient, &sizes), member_costs(&map, &sizes))
        };
        let stages = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&stages);
        let with = observed(move |stage| seen.borrow_mut().push(stage), work);
        let told = stages.borrow().len();
        assert_eq!(with, work());
        assert_eq!(stages.borrow().len(), told, "an observer is told of its own work only");
        let stages = stages.borrow();
        let any = |accept: fn(&Stage) -> bool| stages.iter().any(accept);
        assert!((0..=3).all(|degree| stages.contains(&Stage::Enumerating { degree })));
        assert!(any(|stage| matches!(stage, Stage::Reducing { diagrams } if *diagrams > 0)));
        assert!(any(|stage| *stage == Stage::Splitting));
        assert!(any(|stage| matches!(stage, Stage::Extracting { .. })));
        let fractions: Vec<(usize, usize)> = stages.iter().filter_map(|stage| stage.fraction()).collect();
        assert!(!fractions.is_empty() && fractions.iter().all(|(done, all)| done <= all));
    }

    #[test]
    fn an_observer_inside_another_is_told_in_its_place() {
        let outer = Rc::new(RefCell::new(Vec::new()));
        let inner = Rc::clone(&outer);
        let (of_outer, of_inner) = (Rc::clone(&outer), Rc::clone(&inner));
        observed(
            move |stage| of_outer.borrow_mut().push(("outer", stage)),
            || {
                let of_inner = of_inner;
                let stage = |degree| report(Stage::Enumerating { degree });
                stage(0);
                observed(move |stage| of_inner.borrow_mut().push(("inner", stage)), || stage(1));
                stage(2);
            },
        );
        report(Stage::Enumerating { degree: 3 });
        let told: Vec<(&str, Stage)> = outer.borrow().clone();
        let expected = [("outer", 0), ("inner", 1), ("outer", 2)];
        assert_eq!(told, expected.map(|(who, degree)| (who, Stage::Enumerating { degree })));
    }
}
