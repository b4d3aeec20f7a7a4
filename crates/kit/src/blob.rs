//! Files by the hash of their bytes: a synced folder by default, an S3-compatible store by configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::folder::{self, Names};

/// How long a blob stands before the same file, given again, is put there anew: well below the day after which
/// [`crate::upkeep::sweep`] takes what nobody names.
const REFRESHED_AFTER_HOURS: i64 = 12;

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

/// What was found where a blob should stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Its bytes.
    Whole(Bytes),
    /// Other bytes than its name says.
    Changed,
    /// Nothing.
    Missing,
}

/// A blob in a listing of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub id: BlobId,
    /// Its size in bytes.
    pub size: u64,
    /// When it was put there.
    pub put_at: DateTime<Utc>,
}

/// Name of a blob: the lowercase hexadecimal SHA-256 of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

    /// Where it stands below a folder of blobs.
    pub fn place(&self) -> String {
        format!("{}/{}/{}", &self.0[..2], &self.0[2..4], self.0)
    }

    fn key(&self) -> Key {
        Key::from(self.place())
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
        let was_there = match self.store.put_opts(&id.key(), bytes.clone().into(), options).await {
            Ok(_) => false,
            Err(object_store::Error::AlreadyExists { .. }) => true,
            Err(e) => return Err(Error::Internal(format!("blob not kept: {e}"))),
        };
        // One that has stood there for long may be about to be swept as an orphan; put again, its day begins anew.
        if was_there && self.is_old(&id).await? {
            self.mend(bytes).await?;
        }
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

    /// Whether a blob has stood in the store for long, by the times the store itself gives.
    async fn is_old(&self, id: &BlobId) -> Result<bool> {
        let now = crate::clock::Clock::system().now();
        Ok(self
            .put_at(id)
            .await?
            .is_none_or(|at| now - at > chrono::Duration::hours(REFRESHED_AFTER_HOURS)))
    }

    /// When a blob was put into the store; none when it is not there.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn put_at(&self, id: &BlobId) -> Result<Option<DateTime<Utc>>> {
        match self.store.head(&id.key()).await {
            Ok(meta) => Ok(Some(meta.last_modified)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(Error::Internal(format!("blob not found out about: {e}"))),
        }
    }

    /// Keeps these bytes also where others stand under their name, which a damaged disk can have left there.
    ///
    /// # Errors
    /// When they could not be kept.
    pub async fn mend(&self, bytes: Bytes) -> Result<BlobId> {
        let id = BlobId::of(&bytes);
        match self.store.put(&id.key(), bytes.into()).await {
            Ok(_) => Ok(id),
            Err(e) => Err(Error::Internal(format!("blob not kept: {e}"))),
        }
    }

    /// Looks at a blob and checks its bytes against its name.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn look(&self, id: &BlobId) -> Result<Condition> {
        let found = match self.store.get(&id.key()).await {
            Ok(found) => found.bytes().await,
            Err(e) => Err(e),
        };
        match found {
            Ok(bytes) if BlobId::of(&bytes) == *id => Ok(Condition::Whole(bytes)),
            Ok(_) => Ok(Condition::Changed),
            Err(object_store::Error::NotFound { .. }) => Ok(Condition::Missing),
            Err(e) => Err(Error::Internal(format!("blob not read: {e}"))),
        }
    }

    /// Every blob the store holds, with its size and when it was put there; other files are passed over.
    pub fn list(&self) -> impl futures::Stream<Item = Result<Stored>> + Send + use<> {
        let listed = self.store.list(None);
        listed
            .map_err(|e| Error::Internal(format!("blobs not listed: {e}")))
            .try_filter_map(|meta| async move {
                let id = meta.location.filename().and_then(BlobId::parse);
                Ok(id.filter(|id| id.key() == meta.location).map(|id| Stored {
                    id,
                    size: meta.size,
                    put_at: meta.last_modified,
                }))
            })
            .boxed()
    }

    /// Removes a blob that no row names.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn remove(&self, id: &BlobId) -> Result<()> {
        match self.store.delete(&id.key()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(Error::Internal(format!("blob not removed: {e}"))),
        }
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
