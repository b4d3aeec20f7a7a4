//! Files by the hash of their bytes.

use std::path::Path;

use bytes::Bytes;
use futures::future::join_all;
use hyper_util::rt::TokioIo;
use kit::blob::{BlobId, Blobs, S3};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

use crate::bench::Bench;

on_both_databases!(
    what_is_kept_is_what_was_given,
    the_same_file_from_many_at_once_is_one_blob
);

async fn what_is_kept_is_what_was_given(bench: Bench) {
    let blobs = &bench.site.blobs;
    for bytes in [
        Bytes::new(),
        Bytes::from_static(b"\0\xff"),
        Bytes::from(vec![7; 3 * 1024 * 1024]),
    ] {
        let id = blobs.put(bytes.clone()).await.unwrap();
        assert_eq!(id, BlobId::of(&bytes));
        assert_eq!(blobs.get(&id).await.unwrap(), bytes);
    }
    let again = Blobs::folder(&bench.folder().join("blobs")).unwrap();
    assert_eq!(
        again.get(&BlobId::of(b"\0\xff")).await.unwrap(),
        Bytes::from_static(b"\0\xff"),
        "another process reads it"
    );
    assert!(blobs.get(&BlobId::of(b"never given")).await.is_err());
}

async fn the_same_file_from_many_at_once_is_one_blob(bench: Bench) {
    let bytes = Bytes::from(vec![42; 256 * 1024]);
    let kept = join_all((0..12).map(|_| bench.site.blobs.put(bytes.clone()))).await;
    let id = BlobId::of(&bytes);
    assert!(kept.into_iter().all(|k| k.unwrap() == id));
    let folder = bench
        .folder()
        .join("blobs")
        .join(&id.as_str()[..2])
        .join(&id.as_str()[2..4]);
    let names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, [id.as_str()], "no half-written file is left beside it");
}

/// A store that speaks S3 on this machine, over a folder; its address.
async fn s3_store(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("gongkai")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("access", "secret"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let connection = hyper::server::conn::http1::Builder::new();
                let _ = connection.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    format!("http://{address}")
}

fn settings(endpoint: String, secret: &str) -> S3 {
    S3 {
        endpoint,
        bucket: "gongkai".into(),
        region: "us-east-1".into(),
        access_key: "access".into(),
        secret_key: secret.into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_speaks_s3_keeps_what_was_given() {
    let folder = tempfile::TempDir::new().unwrap();
    let endpoint = s3_store(folder.path()).await;
    let blobs = Blobs::s3(&settings(endpoint.clone(), "secret")).unwrap();
    for bytes in [Bytes::from_static(b"\0\xff"), Bytes::from(vec![7; 3 * 1024 * 1024])] {
        let id = blobs.put(bytes.clone()).await.unwrap();
        assert_eq!(blobs.put(bytes.clone()).await.unwrap(), id, "the same file again");
        assert_eq!(blobs.get(&id).await.unwrap(), bytes);
    }
    let kept = join_all((0..6).map(|_| blobs.put(Bytes::from_static(b"from many at once")))).await;
    assert!(kept.into_iter().all(|k| k.unwrap() == BlobId::of(b"from many at once")));
    assert!(blobs.get(&BlobId::of(b"never given")).await.is_err());

    let id = BlobId::of(b"\0\xff");
    let file = folder
        .path()
        .join("gongkai")
        .join(&id.as_str()[..2])
        .join(&id.as_str()[2..4])
        .join(id.as_str());
    std::fs::write(file, b"changed").unwrap();
    assert!(blobs.get(&id).await.is_err(), "bytes changed in the store are noticed");

    let stranger = Blobs::s3(&settings(endpoint, "guessed")).unwrap();
    assert!(stranger.put(Bytes::from_static(b"x")).await.is_err());
}
