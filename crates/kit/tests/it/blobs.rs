//! Files by the hash of their bytes.

use bytes::Bytes;
use futures::future::join_all;
use kit::blob::{BlobId, Blobs};

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
