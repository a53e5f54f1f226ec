//! Which vector instructions batches use: those of the machine, looked for when a program runs.

use std::sync::OnceLock;

/// The vector instructions of batches.
///
/// Values of batches are the same with all of them, to the last bit, where lanes are samples. Sums over samples, the gradients in
/// parameters, are made lane by lane first, and so differ in their last bits with the number of lanes; so do products with arrays over
/// many labels, whose sums over labels are ([`products`](crate::products)).
///
/// The environment variable `EQT_INSTRUCTIONS`, read once, names what is used instead of the best that there is; a name of what the
/// machine does not have, or of nothing, changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// What every processor of the architecture has: SSE2, NEON, or none. `EQT_INSTRUCTIONS=baseline`
    Baseline,
    /// Registers of 32 bytes: AVX2 and FMA. `EQT_INSTRUCTIONS=avx2`
    Avx2,
    /// Registers of 64 bytes: AVX-512 (F, BW, DQ, VL). `EQT_INSTRUCTIONS=avx512`; only with the feature `avx512` of this crate.
    Avx512,
}

impl InstructionSet {
    /// The next set with narrower registers that are still wider than those of the baseline.
    pub(super) fn narrower(self) -> Option<InstructionSet> {
        (self == InstructionSet::Avx512).then_some(InstructionSet::Avx2)
    }

    /// What batches of this program use.
    pub fn used() -> InstructionSet {
        static USED: OnceLock<InstructionSet> = OnceLock::new();
        *USED.get_or_init(|| match std::env::var("EQT_INSTRUCTIONS").as_deref() {
            Ok("baseline") => InstructionSet::Baseline,
            Ok("avx2") if has_avx2() => InstructionSet::Avx2,
            _ if has_avx512() => InstructionSet::Avx512,
            _ if has_avx2() => InstructionSet::Avx2,
            _ => InstructionSet::Baseline,
        })
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

#[cfg(all(feature = "avx512", target_arch = "x86_64"))]
fn has_avx512() -> bool {
    let foundation = std::arch::is_x86_feature_detected!("avx512f");
    let of_all_sizes = std::arch::is_x86_feature_detected!("avx512vl");
    let of_all_kinds =
        std::arch::is_x86_feature_detected!("avx512bw") && std::arch::is_x86_feature_detected!("avx512dq");
    foundation && of_all_sizes && of_all_kinds && has_avx2()
}

#[cfg(not(all(feature = "avx512", target_arch = "x86_64")))]
fn has_avx512() -> bool {
    false
}

/// A module with the driver of batches for some instructions: `drive` runs one in the registers `L`.
#[cfg(target_arch = "x86_64")]
macro_rules! instruction_set {
    ($(#[$attribute:meta])* $name:ident, $features:literal, registers of $bytes:literal bytes) => {
        $(#[$attribute])*
        pub(crate) mod $name {
            use super::super::call::{Body, Call};
            use super::super::run::{Bench, Drive, Driver, Job, Sums};
            use crate::{Broadcast, Pack, Scalar};

            /// Runs a batch.
            pub(crate) fn drive<T, L, B, F>(batch: Drive<'_, T>)
            where
                T: Scalar + Broadcast<L>,
                L: Pack<T>,
                B: Body<T, F>,
            {
                Driver::<T, L>::new(&batch, body::<T, L, B, F>, chunk::<T, L>).drive(batch.targets);
            }

            /// Has the stack of the calling function aligned as registers are, as it is only for a function that has something so
            /// aligned on it from the start: registers that do not suffice are stored there, and a store that crosses a page takes
            /// as long as a hundred.
            #[inline(always)]
            fn align_stack() {
                #[repr(align($bytes))]
                struct Aligned;
                std::hint::black_box(&mut Aligned);
            }

            /// A body, compiled for these registers.
            fn body<T: Scalar + Broadcast<L>, L: Pack<T>, B: Body<T, F>, F>(call: Call<'_, L, T>) {
                #[target_feature(enable = $features)]
                fn compiled<T: Scalar + Broadcast<L>, L: Pack<T>, B: Body<T, F>, F>(call: Call<'_, L, T>) {
                    align_stack();
                    B::run::<L>(call);
                }
                // SAFETY: `Scalar::wide` gives a driver for the instructions that were found.
                #[allow(unsafe_code)]
                unsafe {
                    compiled::<T, L, B, F>(call)
                }
            }

            /// The samples of a chunk, compiled for these registers.
            fn chunk<'a, T: Scalar, L: Pack<T>>(
                driver: &Driver<'a, T, L>,
                bench: &mut Bench<'a, L, T>,
                job: Job<'_, T>,
            ) -> Sums<T> {
                #[target_feature(enable = $features)]
                fn compiled<'a, T: Scalar, L: Pack<T>>(
                    driver: &Driver<'a, T, L>,
                    bench: &mut Bench<'a, L, T>,
                    job: Job<'_, T>,
                ) -> Sums<T> {
                    driver.chunk(bench, job)
                }
                // SAFETY: as above.
                #[allow(unsafe_code)]
                unsafe {
                    compiled(driver, bench, job)
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
instruction_set! { avx2, "avx2,fma", registers of 32 bytes }
#[cfg(target_arch = "x86_64")]
instruction_set! {
    #[cfg(feature = "avx512")]
    avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", registers of 64 bytes
}

#[cfg(test)]
mod tests {
    use super::super::call::role;
    use super::*;
    use crate::batch::{Body, Call, Data, Kernel, Target, run};
    use crate::description::interface::{
        Action, Argument, Arrangement, Array, Axis, Coefficient, Function, Interface, Quantity, Sharing,
    };
    use crate::{Basis, Broadcast, Form, Pack, Scalar};

    /// `f(a) = w_i (a_i^2 - a_i)`, the sum of which over samples is wanted too, w being shared.
    struct Squares;

    impl<T: Scalar> Body<T, role::Value> for Squares {
        #[inline(always)]
        fn run<L: Pack<T>>(mut call: Call<'_, L, T>)
        where
            T: Broadcast<L>,
        {
            let n = call.size(0);
            let a: &[L] = call.read_slice(n);
            let w: &[T] = call.shared_slice(n);
            let out: &mut [L] = call.write_slice(n);
            let sum: &mut L = call.write();
            for i in 0..n {
                let square = call_square(a[i], w[i].broadcast());
                out[i] = square;
                *sum += square;
            }
        }
    }

    #[inline(always)]
    fn call_square<L: Scalar>(a: L, w: L) -> L {
        w * (a * a - a)
    }

    const NUMBER: Coefficient = Coefficient { name: "w", axes: &[0], ties: &[] };
    const INTERFACE: Interface = Interface {
        axes: &[Axis { name: "n", action: Action::Fixed }],
        inputs: &[
            Array { name: "a", axes: &[0], blocks: &[], pseudo: &[] },
            Array { name: "s", axes: &[], blocks: &[], pseudo: &[] },
        ],
        output: Array { name: "output", axes: &[0], blocks: &[], pseudo: &[] },
        coefficients: &[NUMBER],
        invariants: &[],
        parameters: &[],
        members: &[],
        basis: Basis {
            signature: "",
            options: "",
            form: Form::VectorSpace,
            elements: &[],
            invariants: &[],
            certificate: "",
            independence: "",
        },
    };
    const fn in_lanes(quantity: Quantity) -> Argument {
        Argument { quantity, sharing: Sharing::PerSample, arrangement: Arrangement::Lanes, what: "" }
    }

    const FUNCTION: &Function = &Function {
        arguments: &[
            Argument { what: "a", ..in_lanes(Quantity::Input(0)) },
            Argument {
                quantity: Quantity::Coefficient(0),
                sharing: Sharing::Shared,
                arrangement: Arrangement::Rows,
                what: "w",
            },
        ],
        results: &[
            Argument { what: "output", ..in_lanes(Quantity::Output) },
            Argument { what: "sum", ..in_lanes(Quantity::Input(1)) },
        ],
    };

    fn check<T: Scalar>(number: impl Fn(usize) -> T, close: impl Fn(T, T) -> bool) {
        let best = Kernel::<T>::new::<Squares, role::Value>(FUNCTION, 3);
        let baseline = Kernel { wide: None, narrower: None, ..best };
        let narrower = Kernel {
            wide: T::wide::<Squares, role::Value>(InstructionSet::Avx2).filter(|_| has_avx2()),
            narrower: None,
            ..best
        };
        for (samples, n) in [(0, 3), (1, 1), (2, 7), (15, 5), (16, 4), (37, 13), (200, 3)] {
            let a: Vec<T> = (0..samples * n).map(&number).collect();
            let w: Vec<T> = (0..n).map(|i| number(i + 5)).collect();
            let of = |kernel: &Kernel<T>| {
                let (mut out, mut sum) = (vec![T::ZERO; samples * n], [T::ZERO]);
                let data = [Data::PerSample(&a[..]), Data::Shared(&w[..])];
                let targets = vec![Target::PerSample(&mut out), Target::Summed(&mut sum)];
                run(kernel, &INTERFACE, &[n], samples, &data, targets);
                (out, sum[0])
            };
            let ((out, sum), (out_of_baseline, sum_of_baseline)) = (of(&best), of(&baseline));
            let (out_of_narrower, sum_of_narrower) = of(&narrower);
            let expected: Vec<T> = (0..samples * n).map(|k| call_square(a[k], w[k % n])).collect();
            assert_eq!(out, expected, "{samples} samples, n = {n}");
            assert_eq!(out_of_baseline, expected, "{samples} samples, n = {n}");
            assert_eq!(out_of_narrower, expected, "{samples} samples, n = {n}");
            let total = expected.iter().fold(T::ZERO, |sum, &term| sum + term);
            assert!(
                close(sum, total) && close(sum_of_baseline, total) && close(sum_of_narrower, total),
                "{sum:?} {sum_of_baseline:?} {sum_of_narrower:?} {total:?}"
            );
        }
    }

    #[test]
    fn all_instruction_sets_give_the_same_values() {
        check(|k| (k as f32 * 0.37).sin(), |x, y| (x - y).abs() < 1e-3);
        check(|k| (k as f64 * 0.37).sin(), |x, y| (x - y).abs() < 1e-11);
        check(|k| crate::Fp::new(k as u64 * 7919), |x, y| x == y);
    }

    #[test]
    fn the_best_instructions_of_the_machine_are_used_unless_the_environment_says_otherwise() {
        let of_machine = [
            (InstructionSet::Avx512, "avx512", has_avx512()),
            (InstructionSet::Avx2, "avx2", has_avx2()),
            (InstructionSet::Baseline, "baseline", true),
        ];
        let named = std::env::var("EQT_INSTRUCTIONS").unwrap_or_default();
        let there = || of_machine.iter().filter(|(.., there)| *there);
        let best = there().find(|(_, name, _)| *name == named).or_else(|| there().next());
        assert_eq!(Some(InstructionSet::used()), best.map(|(set, ..)| *set));
    }
}
