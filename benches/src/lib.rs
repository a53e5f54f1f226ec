//! Benchmarks: `cargo bench -p eqt-benches`. Compare numbers of one run only; machines are noisy.
