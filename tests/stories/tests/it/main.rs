//! Stories through the application as it is served, each on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests fail a test by panicking, and some stories start and kill the real program"
)]

/// Makes two tests of each story: one on either database.
macro_rules! on_both_databases {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(stories::TestApp::sqlite().await).await;
            })+
        }
        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(stories::TestApp::postgres().await).await;
            })+
        }
    };
}

mod backup;
mod backup_kills;
mod breakdown;
mod doctor;
mod errata;
mod generated;
mod hostile;
mod intake;
mod journal;
mod kills;
mod leaving;
mod notices;
mod numbers;
mod oidc;
mod publish;
mod routes;
mod saved;
mod second_factor;
mod sign_in;
mod support;
mod two_people;
