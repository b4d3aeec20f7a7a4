//! `s3-store FOLDER ADDRESS`: an S3-compatible store over a folder, with the bucket `gongkai` and the keys `access` and
//! `secret`. It prints a line when it listens.

#![allow(clippy::unwrap_used, reason = "it is started by tests only, which notice its end")]

use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    std::fs::create_dir_all(std::path::Path::new(&words[0]).join("gongkai")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(&words[0]).unwrap());
    builder.set_auth(SimpleAuth::from_single("access", "secret"));
    let service = builder.build();
    let listener = TcpListener::bind(&words[1]).await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new();
            // A caller that goes away in the middle is its own affair.
            let _ = connection.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
