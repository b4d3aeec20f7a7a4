//! The child: confine, then answer requests until the parent closes the pipe.

use std::io::{self, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use super::confine::confine;
use super::protocol::{read_request, write_answer, write_table};
use crate::{Format, MAX_INPUT, Refusal, table};

/// Exit code of a child that could not lock itself in; it has read nothing.
pub(super) const NOT_CONFINED: u8 = 70;

/// What the binary runs when started as a reader. Call it first in `main`, before any thread and any asynchronous runtime is
/// started. It reads requests from standard input and writes answers to standard output until the input ends.
pub fn child_main() -> ExitCode {
    // A panic while reading is an answer ("damaged"); its text could hold words of the file and must not be printed.
    std::panic::set_hook(Box::new(|_| {}));
    if confine().is_err() {
        return ExitCode::from(NOT_CONFINED);
    }
    match answer_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer_all() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = io::stdout().lock();
    // One byte beyond what is allowed, so that the reader itself refuses what is too large.
    while let Some(request) = read_request(&mut input, MAX_INPUT + 1)? {
        if request.format == Format::Table {
            let answer = catch_unwind(AssertUnwindSafe(|| table::encode(&request)));
            drop(request);
            let answer = answer.unwrap_or_else(|_| Err(Refusal::damaged_table("内容异常")));
            write_table(&mut output, answer)?;
            continue;
        }
        let answer = catch_unwind(AssertUnwindSafe(|| crate::read(&request)));
        drop(request);
        write_answer(
            &mut output,
            answer.unwrap_or_else(|_| Err(Refusal::damaged("内容异常"))),
        )?;
        output.flush()?;
    }
    Ok(())
}
