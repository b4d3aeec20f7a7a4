//! The kit from outside, every test on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests fail a test by panicking; the tests' own environment names the PostgreSQL server"
)]

/// Makes two tests of each function: one on either database.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::bench::Bench::sqlite().await).await;
            })+
        }
        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::bench::Bench::postgres().await).await;
            })+
        }
    };
}

mod accounts;
mod bench;
mod blobs;
mod database;
mod device;
mod faces;
mod failures;
mod forms;
mod guard;
mod intake;
mod jobs;
mod messages;
mod migrations;
mod notices;
mod numbering;
mod passkeys;
mod reading;
mod seal;
mod second_factor;
mod throttle;
mod units;
mod writing;
