//! What a failure inside says, and what it keeps to itself.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use kit::capability::Route;
use kit::job::Failure;
use kit::web::public_router;
use kit::{Error, Site};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tower::ServiceExt;
use tracing_subscriber::fmt::MakeWriter;

use crate::bench::Bench;

on_both_databases!(what_somebody_typed_does_not_reach_a_log_through_a_database_error);

/// What somebody typed, in the sample below.
const TYPED: &str = "示例甲的身份证号";

/// Everything logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// A statement that the database refuses with an error that quotes the value.
async fn failing(site: &Site) -> DbErr {
    let sql = format!("SELECT * FROM \"{TYPED}\"");
    let statement = Statement::from_string(site.db.backend(), sql);
    site.db.read().query_one_raw(statement).await.unwrap_err()
}

async fn what_somebody_typed_does_not_reach_a_log_through_a_database_error(bench: Bench) {
    let error = failing(&bench.site).await;
    assert!(error.to_string().contains(TYPED), "the database does quote it: {error}");
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let handler = |axum::extract::State(site): axum::extract::State<Arc<Site>>| async move {
        Err::<(), _>(Error::Database(failing(&site).await))
    };
    let public = public_router(&bench.site, vec![Route::public("/failing", get(handler))]);
    let request = Request::get("/failing").body(Body::empty()).unwrap();
    let answer = public.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert!(!String::from_utf8_lossy(&page).contains(TYPED));

    let Failure::Again(why) = Failure::from(Error::Database(failing(&bench.site).await)) else {
        panic!("a database that fails may answer later");
    };
    assert!(!why.contains(TYPED), "{why}");
    tracing::warn!(error = %Error::Database(failing(&bench.site).await), "as background tasks log it");

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("the database failed"),
        "the failure itself is logged: {logged}"
    );
    assert!(!logged.contains(TYPED), "{logged}");
}
