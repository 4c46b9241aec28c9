//! A migration that is added must be compiled in.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
