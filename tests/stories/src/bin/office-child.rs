//! The confined reader and nothing else.

fn main() -> std::process::ExitCode {
    office::child_main()
}
