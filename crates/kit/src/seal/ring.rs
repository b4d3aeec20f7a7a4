//! The keyring: secrets by id and purpose, in one file outside data directory and backup.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};

/// What a key is for. Each purpose has keys of its own, so that one can be exchanged or destroyed without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Personal data and letters.
    Data,
    /// What records of reading and changing say of personal data.
    Log,
    /// Tokens that travel through a browser.
    Session,
    /// Secrets of second factors.
    SecondFactor,
    /// Blind indexes and keyed hashes.
    Index,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 5] = [
        Purpose::Data,
        Purpose::Log,
        Purpose::Session,
        Purpose::SecondFactor,
        Purpose::Index,
    ];

    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Purpose::Data => "data",
            Purpose::Log => "log",
            Purpose::Session => "session",
            Purpose::SecondFactor => "second_factor",
            Purpose::Index => "index",
        }
    }

    /// What an operator reads.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Data => "个人信息",
            Purpose::Log => "记录",
            Purpose::Session => "会话",
            Purpose::SecondFactor => "第二因素",
            Purpose::Index => "比对索引",
        }
    }

    /// The purpose of this stored name.
    pub fn of(id: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.id() == id)
    }
}

/// Whether a key still seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It seals what is new.
    Active,
    /// It only opens what it sealed before.
    Retired,
}

/// What may be said of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its id, which every ciphertext names.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether it still seals.
    pub state: KeyState,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
struct StoredKey {
    id: String,
    purpose: Purpose,
    state: KeyState,
    created_at: DateTime<Utc>,
    secret: String,
}

impl Drop for StoredKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

#[derive(Default, Clone, Serialize, Deserialize)]
struct Ring {
    keys: Vec<StoredKey>,
}

impl Ring {
    fn key(&self, id: &str) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    fn add(&mut self, purpose: Purpose, at: DateTime<Utc>) -> Result<String> {
        let (mut id, mut secret) = ([0u8; 5], Zeroizing::new([0u8; 32]));
        for bytes in [&mut id[..], &mut secret[..]] {
            getrandom::fill(bytes).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        }
        let id: String = id.iter().map(|b| format!("{b:02x}")).collect();
        for key in self.keys.iter_mut().filter(|key| key.purpose == purpose) {
            key.state = KeyState::Retired;
        }
        self.keys.push(StoredKey {
            id: id.clone(),
            purpose,
            state: KeyState::Active,
            created_at: at,
            secret: BASE64.encode(&secret[..]),
        });
        Ok(id)
    }
}

/// The keys of one installation. A server notices when a command has exchanged keys in the file.
pub struct Keyring {
    path: Option<PathBuf>,
    ring: RwLock<Ring>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

const FILE: &str = "keyring.json";

impl Keyring {
    /// A ring that exists as long as the program, for tests.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn in_memory() -> Result<Keyring> {
        Ok(Keyring {
            path: None,
            ring: RwLock::new(full_ring(DateTime::UNIX_EPOCH)?),
        })
    }

    /// The ring in a folder, or none when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, is not a keyring, or is open to other accounts of the machine.
    pub fn find(folder: &Path) -> Result<Option<Keyring>> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let ring = read(&path)?;
        Ok(Some(Keyring {
            path: Some(path),
            ring: RwLock::new(ring),
        }))
    }

    /// Makes a ring with a key for every purpose in a folder that has none.
    ///
    /// # Errors
    /// When one is there already, or the folder cannot be written.
    pub fn create(folder: &Path, at: DateTime<Utc>) -> Result<Keyring> {
        let unusable = |e: std::io::Error| {
            Error::refused(
                format!("密钥目录 {} 用不了（{e}）", folder.display()),
                "请检查配置 keys 的路径，并让运行平台的账号可以写入",
            )
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(unusable)?;
        let path = folder.join(FILE);
        let ring = full_ring(at)?;
        write_new(&path, &ring).map_err(unusable)?;
        Ok(Keyring {
            path: Some(path),
            ring: RwLock::new(ring),
        })
    }

    /// Every key, without its secret.
    ///
    /// # Errors
    /// When a thread died while it held the ring.
    pub fn keys(&self) -> Result<Vec<KeyInfo>> {
        let ring = self.ring.read().map_err(|_| poisoned())?;
        Ok(ring
            .keys
            .iter()
            .map(|key| KeyInfo {
                id: key.id.clone(),
                purpose: key.purpose,
                state: key.state,
                created_at: key.created_at,
            })
            .collect())
    }

    /// Where the file stands; none for a ring in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Makes a new key for a purpose; the earlier ones only open from now on. Returns its id.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub(super) fn add(&self, purpose: Purpose, at: DateTime<Utc>) -> Result<String> {
        self.change(|ring| ring.add(purpose, at))
    }

    /// Takes a retired key off the ring for good. False when it is not there or still seals.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub(super) fn remove(&self, id: &str) -> Result<bool> {
        self.change(|ring| {
            let before = ring.keys.len();
            ring.keys.retain(|key| key.id != id || key.state == KeyState::Active);
            Ok(ring.keys.len() < before)
        })
    }

    fn change<T>(&self, work: impl FnOnce(&mut Ring) -> Result<T>) -> Result<T> {
        let mut ring = self.ring.write().map_err(|_| poisoned())?;
        // Another process may have changed the file since it was read here.
        let mut next = match &self.path {
            Some(path) => read(path)?,
            None => ring.clone(),
        };
        let value = work(&mut next)?;
        if let Some(path) = &self.path {
            replace(path, &next).map_err(|e| {
                Error::refused(
                    format!("密钥文件 {} 写不了（{e}）", path.display()),
                    "密钥没有改变；请检查磁盘空间和权限后再试",
                )
            })?;
        }
        *ring = next;
        Ok(value)
    }

    /// The key that seals for a purpose now.
    pub(super) fn active(&self, purpose: Purpose) -> Result<(String, Zeroizing<[u8; 32]>)> {
        let ring = self.ring.read().map_err(|_| poisoned())?;
        let key = ring
            .keys
            .iter()
            .find(|key| key.purpose == purpose && key.state == KeyState::Active)
            .ok_or_else(|| Error::Internal(format!("the keyring has no key for {}", purpose.id())))?;
        Ok((key.id.clone(), secret(key)?))
    }

    /// The id of the key that seals for a purpose now.
    pub(super) fn active_id(&self, purpose: Purpose) -> Result<String> {
        Ok(self.active(purpose)?.0)
    }

    /// Every key for a purpose, active and retired.
    pub(super) fn all(&self, purpose: Purpose) -> Result<Vec<Zeroizing<[u8; 32]>>> {
        let ring = self.ring.read().map_err(|_| poisoned())?;
        ring.keys
            .iter()
            .filter(|key| key.purpose == purpose)
            .map(secret)
            .collect()
    }

    /// The key of this id, active or retired. A key that is not known here is looked for once in the file, because a
    /// command may have added it while this process ran.
    pub(super) fn key(&self, id: &str) -> Result<Zeroizing<[u8; 32]>> {
        self.find_key(id, |_| true)
    }

    /// The same, when it is for this purpose.
    pub(super) fn key_for(&self, id: &str, purpose: Purpose) -> Result<Zeroizing<[u8; 32]>> {
        self.find_key(id, |key| key.purpose == purpose)
    }

    fn find_key(&self, id: &str, fits: impl Fn(&StoredKey) -> bool) -> Result<Zeroizing<[u8; 32]>> {
        if let Some(key) = self
            .ring
            .read()
            .map_err(|_| poisoned())?
            .key(id)
            .filter(|key| fits(key))
        {
            return secret(key);
        }
        self.reread()?;
        let ring = self.ring.read().map_err(|_| poisoned())?;
        match ring.key(id).filter(|key| fits(key)) {
            Some(key) => secret(key),
            None => Err(Error::refused(
                format!("密钥 {id} 不在密钥文件里，用它密封的内容打不开"),
                "如果它已按规定销毁，这些内容就不再存在；否则请从离线备份恢复密钥文件",
            )),
        }
    }

    /// Reads the file again: a command may have exchanged keys while this process ran.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reread(&self) -> Result<()> {
        if let Some(path) = &self.path {
            let fresh = read(path)?;
            *self.ring.write().map_err(|_| poisoned())? = fresh;
        }
        Ok(())
    }
}

fn poisoned() -> Error {
    Error::Internal("a thread died while it held the keyring".into())
}

fn secret(key: &StoredKey) -> Result<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(BASE64.decode(&key.secret).map_err(|_| damaged(&key.id))?);
    let mut secret = Zeroizing::new([0u8; 32]);
    if bytes.len() != secret.len() {
        return Err(damaged(&key.id));
    }
    secret.copy_from_slice(&bytes);
    Ok(secret)
}

fn damaged(id: &str) -> Error {
    Error::refused(
        format!("密钥文件里的密钥 {id} 已损坏"),
        "请从离线备份恢复密钥文件；不要自行修改",
    )
}

fn full_ring(at: DateTime<Utc>) -> Result<Ring> {
    let mut ring = Ring::default();
    for purpose in Purpose::ALL {
        ring.add(purpose, at)?;
    }
    Ok(ring)
}

fn read(path: &Path) -> Result<Ring> {
    let unreadable = |why: String| {
        Error::refused(
            format!("密钥文件 {} {why}", path.display()),
            "请检查配置 keys；文件损坏的，从离线备份恢复，不要新建一个代替",
        )
    };
    let mode = fs::metadata(path)
        .map_err(|e| unreadable(format!("读不到（{e}）")))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(Error::refused(
            format!("密钥文件 {} 的权限太宽，别的账号也能读", path.display()),
            "请把它改成只有运行平台的账号能读写（chmod 600）",
        ));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(|e| unreadable(format!("读不到（{e}）")))?);
    let ring: Ring = serde_json::from_str(&text).map_err(|_| unreadable("不是密钥文件，或已损坏".into()))?;
    let mut seen = BTreeMap::new();
    for key in &ring.keys {
        secret(key)?;
        if seen.insert(key.id.clone(), ()).is_some() {
            return Err(unreadable(format!("里有两个编号为 {} 的密钥", key.id)));
        }
    }
    Ok(ring)
}

fn write_new(path: &Path, ring: &Ring) -> std::io::Result<()> {
    let text = Zeroizing::new(serde_json::to_vec_pretty(ring)?);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&text)?;
    file.sync_all()?;
    sync_folder(path)
}

/// Replaces the file so that at every moment either the old or the new one is whole.
fn replace(path: &Path, ring: &Ring) -> std::io::Result<()> {
    let next = path.with_extension("json.new");
    match fs::remove_file(&next) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    write_new(&next, ring)?;
    fs::rename(&next, path)?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Sealed;

    #[test]
    fn the_file_is_for_its_owner_only_and_survives_an_exchange() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("keys");
        let ring = Keyring::create(&place, DateTime::UNIX_EPOCH).unwrap();
        assert!(
            Keyring::create(&place, DateTime::UNIX_EPOCH).is_err(),
            "never overwritten"
        );
        let file = place.join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        let server = Keyring::find(&place).unwrap().unwrap();
        let old = ring.seal(Purpose::Data, "x", &Sealed::new("示例".to_string())).unwrap();
        ring.add(Purpose::Data, DateTime::UNIX_EPOCH).unwrap();
        let new = ring.seal(Purpose::Data, "x", &Sealed::new("示例".to_string())).unwrap();
        assert_ne!(old.key(), new.key());
        for made in [&old, &new] {
            assert_eq!(server.open::<String>("x", made).unwrap().expose(), "示例");
        }
        assert!(!ring.remove(new.key()).unwrap(), "the key in use stays");
        assert!(ring.remove(old.key()).unwrap());
        assert!(ring.open::<String>("x", &old).is_err(), "destroyed with its key");
    }

    #[test]
    fn a_file_open_to_others_or_damaged_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Keyring::find(folder.path()).unwrap().is_none());
        Keyring::create(folder.path(), DateTime::UNIX_EPOCH).unwrap();
        let file = folder.path().join(FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(
            Keyring::find(folder.path())
                .unwrap_err()
                .to_string()
                .contains("权限太宽")
        );
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        for damage in ["", "{}", "[1", "{\"keys\":[{\"id\":\"a\"}]}"] {
            fs::write(&file, damage).unwrap();
            assert!(Keyring::find(folder.path()).is_err(), "{damage}");
        }
    }
}
