//! The confined reader as a program of its own, which the tests of this crate start as their child.

fn main() -> std::process::ExitCode {
    office::child_main()
}
