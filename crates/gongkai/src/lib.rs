//! The application: command line, configuration, wiring, demonstration data.
//!
//! Only this crate reads the environment, knows every capability, and starts programs. It is a library so that stories
//! across crates can put the same application together that the binary serves.

mod assets;
mod cli;
mod commands;
pub mod config;
mod demo;
pub mod doctor;
mod messages;
mod serve;
mod telemetry;
pub mod wiring;

pub use demo::generate::{Made, generate_documents};

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Command, Options};

/// The hidden word with which the program starts itself as a confined reader of foreign files.
pub const OFFICE_CHILD: &str = "office-child";

/// What the binary does.
pub fn main() -> ExitCode {
    // The confined reader starts before anything else: no thread, no runtime, no configuration.
    if std::env::args_os().nth(1).is_some_and(|word| word == OFFICE_CHILD) {
        return office::child_main();
    }
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => return cli::explain(&error),
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", commands::sentence(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match options.command {
            Command::Demo(args) => demo::run(args).await,
            Command::Serve(args) => serve::run(args).await,
            Command::Migrate(args) => commands::migrate::run(args).await,
            Command::Keys { command } => commands::keys::run(command).await,
            Command::Mail { command } => commands::mail::run(command).await,
            Command::User { command } => commands::user::run(command).await,
            Command::Unit { command } => commands::unit::run(command).await,
            Command::Intake(args) => commands::intake::run(args).await,
            Command::Breakdown { command } => commands::breakdown::run(command).await,
            Command::Documents { command } => commands::documents::run(command).await,
            Command::Search(args) => commands::search::run(args).await,
            Command::Backup(args) => commands::backup::run(args).await,
            Command::Restore(args) => commands::restore::run(args).await,
            Command::Doctor(args) => commands::doctor::run(args).await,
            Command::Routes => commands::routes::run(),
        }
    })
}
