//! Writes the maps of this package: signature in, formatted source out, without a procedural macro.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use eqt_codegen::{Options, source};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    for (name, signature, degrees) in [
        // All forces of degree <= 3 that a field F exerts on a current J, without a preferred frame.
        ("force", "O(1,3): F: Alt^2(R^4), J: R^4 -> R^4", 1..=3),
        // All traceless stresses that are quadratic in the field. There is one.
        ("stress", "O(1,3): F: Alt^2(R^4) -> Sym0^2(R^4)", 2..=2),
    ] {
        let options = Options { degrees, ..Options::up_to(0) };
        let code = source(signature, &options, name, &[]).map_err(|error| format!("{signature}: {error}"))?;
        fs::write(folder.join(name).with_extension("rs"), code)?;
    }
    Ok(())
}
