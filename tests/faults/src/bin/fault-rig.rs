//! The rig as a program of its own, because it has to wait for every process that the watched one starts.
//!
//! `fault-rig FOLDER` reads orders from its input; `fault-rig --step-out PROGRAM …` is what it starts.

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((first, program)) if first == "--step-out" => faults::rig::step_out(program),
        Some((folder, [])) => faults::rig::serve(std::path::Path::new(folder)),
        _ => anyhow::bail!("usage: fault-rig FOLDER"),
    }
}
