//! Files by the hash of their bytes: a synced folder by default, an S3-compatible store by configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::folder::{self, Names};

/// Where the bytes of attachments, pictures and records stand.
///
/// A blob is written and synced before the row that names it, and never changed; its name is the SHA-256 of its bytes,
/// so that the same file twice is one blob. Nothing here decides who may see it: that is its owner's decision.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Where they stand in a folder, its names.
    names: Option<Arc<Names>>,
}

/// Settings of an S3-compatible store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// Address of the service.
    pub endpoint: String,
    /// Bucket.
    pub bucket: String,
    /// Region, which many compatible stores ignore.
    pub region: String,
    /// Access key.
    pub access_key: String,
    /// Secret key.
    pub secret_key: String,
}

/// Name of a blob: the lowercase hexadecimal SHA-256 of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BlobId(String);

impl BlobId {
    /// The name of these bytes.
    pub fn of(bytes: &[u8]) -> BlobId {
        BlobId(Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect())
    }

    /// A stored name, when it has the form of one.
    pub fn parse(text: &str) -> Option<BlobId> {
        let good = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        good.then(|| BlobId(text.to_string()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> Key {
        Key::from(format!("{}/{}/{}", &self.0[..2], &self.0[2..4], self.0))
    }
}

impl Blobs {
    /// A folder; every write is synced to disk before it counts.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn folder(path: &Path) -> Result<Blobs> {
        folder::make(path).map_err(|e| Error::Internal(format!("blob folder: {e}")))?;
        let store = LocalFileSystem::new_with_prefix(path)
            .map_err(|e| Error::Internal(format!("blob folder: {e}")))?
            .with_fsync(true);
        Ok(Blobs {
            store: Arc::new(store),
            names: Some(Arc::new(Names::below(path))),
        })
    }

    /// An S3-compatible store.
    ///
    /// # Errors
    /// When the settings do not make sense; the service itself is first called by a read or write.
    pub fn s3(settings: &S3) -> Result<Blobs> {
        let store = AmazonS3Builder::new()
            .with_endpoint(&settings.endpoint)
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_allow_http(settings.endpoint.starts_with("http://"))
            .build()
            .map_err(|e| Error::Internal(format!("object store: {e}")))?;
        Ok(Blobs {
            store: Arc::new(store),
            names: None,
        })
    }

    /// Keeps these bytes and returns their name; when it returns they are safe.
    ///
    /// # Errors
    /// When they could not be kept; then nothing names them.
    pub async fn put(&self, bytes: Bytes) -> Result<BlobId> {
        let id = BlobId::of(&bytes);
        let options = PutOptions {
            mode: PutMode::Create,
            ..Default::default()
        };
        let was_there = match self.store.put_opts(&id.key(), bytes.into(), options).await {
            Ok(_) => false,
            Err(object_store::Error::AlreadyExists { .. }) => true,
            Err(e) => return Err(Error::Internal(format!("blob not kept: {e}"))),
        };
        self.settle(&id, was_there).await?;
        Ok(id)
    }

    /// Makes the name of a blob in a folder certain; a store that is none does so itself.
    async fn settle(&self, id: &BlobId, was_there: bool) -> Result<()> {
        let Some(names) = self.names.clone() else {
            return Ok(());
        };
        let file = PathBuf::from(id.key().as_ref());
        let settling = tokio::task::spawn_blocking(move || names.settle(&file, was_there));
        let settled = settling
            .await
            .map_err(|e| Error::Internal(format!("blob not kept: {e}")))?;
        settled.map_err(|e| Error::Internal(format!("blob not kept: {e}")))
    }

    /// The bytes of a blob, checked against its name.
    ///
    /// # Errors
    /// When it is not there, cannot be read, or has been changed.
    pub async fn get(&self, id: &BlobId) -> Result<Bytes> {
        let found = match self.store.get(&id.key()).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(Error::Internal("a blob is missing".into())),
            Err(e) => return Err(Error::Internal(format!("blob not read: {e}"))),
        };
        let bytes = found
            .bytes()
            .await
            .map_err(|e| Error::Internal(format!("blob not read: {e}")))?;
        if BlobId::of(&bytes) != *id {
            return Err(Error::Internal("a blob does not have the bytes its name says".into()));
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_same_bytes_are_one_blob_and_changed_bytes_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::folder(folder.path()).unwrap();
        let id = blobs.put(Bytes::from_static(b"one")).await.unwrap();
        assert_eq!(blobs.put(Bytes::from_static(b"one")).await.unwrap(), id);
        assert_eq!(blobs.get(&id).await.unwrap(), Bytes::from_static(b"one"));

        let file = folder
            .path()
            .join(&id.as_str()[..2])
            .join(&id.as_str()[2..4])
            .join(id.as_str());
        std::fs::write(file, b"two").unwrap();
        assert!(blobs.get(&id).await.is_err());
        assert!(blobs.get(&BlobId::of(b"three")).await.is_err());
    }

    #[test]
    fn a_name_has_one_form() {
        let id = BlobId::of(b"x");
        assert_eq!(BlobId::parse(id.as_str()), Some(id));
        assert_eq!(BlobId::parse("../../etc/passwd"), None);
        assert_eq!(BlobId::parse(&"A".repeat(64)), None);
    }
}
