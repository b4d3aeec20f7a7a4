//! What a folder would hold if the power went now: what was synced for certain, and of the rest anything.
//!
//! The model follows POSIX and the manual pages of fsync(2), not one file system. Bytes of a file are certain once the
//! file was synced; a name in a folder is certain once the folder was synced. Until then each 512-byte sector of each
//! write, each change of length and each change of a name stands or does not stand, one independently of the other. Only a
//! rename within a folder is one change: it has happened or it has not.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::chance::Chance;

/// The unit in which a disk writes: what was being written when the power went may be torn between two of them.
const SECTOR: usize = 512;

/// A file or folder as the model knows it. Inode numbers are used again by the system, these are not.
type Key = u64;

/// The folder under watch.
pub struct Disk {
    root: PathBuf,
    top: Key,
    next: Key,
    by_inode: HashMap<u64, Key>,
    files: HashMap<Key, File>,
    folders: HashMap<Key, Folder>,
}

#[derive(Default)]
struct File {
    mode: u32,
    certain: Vec<u8>,
    open: Vec<Change>,
}

#[derive(Default)]
struct Folder {
    mode: u32,
    certain: BTreeMap<OsString, Key>,
    open: Vec<Naming>,
}

struct Change {
    what: What,
    /// A sync that failed has given these bytes up: a later one that succeeds says nothing about them.
    given_up: bool,
}

enum What {
    Bytes(u64, Vec<u8>),
    Length(u64),
    /// Room made beforehand: at least so long.
    Room(u64),
}

#[derive(Clone)]
enum Naming {
    Put(OsString, Key),
    Take(OsString),
    Move(OsString, OsString, Key),
}

/// What a power cut did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Changes of bytes or length that had not been synced.
    pub unsynced_changes: usize,
    /// Changes of names that had not been synced.
    pub unsynced_names: usize,
    /// Those of them that were lost, whole or in part.
    pub lost_changes: usize,
    /// Names changes lost.
    pub lost_names: usize,
}

/// How much of what was not synced is kept: nothing, everything, or each piece by chance.
#[derive(Debug, Clone, Copy)]
enum Keeps {
    Nothing,
    Everything,
    InAHundred(u64),
}

impl Keeps {
    fn chosen(chance: &mut Chance) -> Keeps {
        match chance.below(5) {
            0 => Keeps::Nothing,
            1 => Keeps::Everything,
            _ => Keeps::InAHundred(5 + chance.below(91)),
        }
    }

    fn decides(self, chance: &mut Chance) -> bool {
        match self {
            Keeps::Nothing => false,
            Keeps::Everything => true,
            Keeps::InAHundred(share) => chance.happens(share),
        }
    }
}

impl Disk {
    /// A folder whose present content is certain.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(root: &Path) -> std::io::Result<Disk> {
        let mut disk = Disk {
            root: root.to_path_buf(),
            top: 0,
            next: 0,
            by_inode: HashMap::new(),
            files: HashMap::new(),
            folders: HashMap::new(),
        };
        disk.top = disk.new_folder(&fs::metadata(root)?);
        disk.adopt()?;
        Ok(disk)
    }

    /// Takes as certain what stands in the folder and was not seen coming: somebody put it there between two runs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn adopt(&mut self) -> std::io::Result<()> {
        self.adopt_below(&self.root.clone(), self.top)
    }

    fn adopt_below(&mut self, path: &Path, into: Key) -> std::io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let (meta, name) = (entry.metadata()?, entry.file_name());
            let known = self.by_inode.get(&meta.ino()).copied();
            let key = match known {
                Some(key) => key,
                None if meta.is_dir() => self.new_folder(&meta),
                None => {
                    let key = self.new_file(meta.ino(), meta.mode());
                    let certain = fs::read(entry.path())?;
                    self.files.insert(
                        key,
                        File {
                            mode: meta.mode(),
                            certain,
                            open: Vec::new(),
                        },
                    );
                    key
                }
            };
            if known.is_none() {
                self.folder(into).certain.insert(name, key);
            }
            if meta.is_dir() {
                self.adopt_below(&entry.path(), key)?;
            }
        }
        Ok(())
    }

    fn new_key(&mut self, inode: u64) -> Key {
        self.next += 1;
        self.by_inode.insert(inode, self.next);
        self.next
    }

    fn new_file(&mut self, inode: u64, mode: u32) -> Key {
        let key = self.new_key(inode);
        self.files.insert(
            key,
            File {
                mode,
                ..File::default()
            },
        );
        key
    }

    fn new_folder(&mut self, meta: &fs::Metadata) -> Key {
        let key = self.new_key(meta.ino());
        self.folders.insert(
            key,
            Folder {
                mode: meta.mode(),
                ..Folder::default()
            },
        );
        key
    }

    fn folder(&mut self, key: Key) -> &mut Folder {
        self.folders.entry(key).or_default()
    }

    /// A file or folder came into being under a name, or, without one, a file that has none yet.
    pub fn made(&mut self, name: Option<(u64, &OsStr)>, meta: &fs::Metadata) {
        let key = match meta.is_dir() {
            true => self.new_folder(meta),
            false => self.new_file(meta.ino(), meta.mode()),
        };
        if let Some((folder, name)) = name {
            self.put(folder, name, key);
        }
    }

    fn put(&mut self, folder: u64, name: &OsStr, key: Key) {
        if let Some(folder) = self.by_inode.get(&folder).copied() {
            self.folder(folder).open.push(Naming::Put(name.to_owned(), key));
        }
    }

    /// A file got one more name.
    pub fn linked(&mut self, folder: u64, name: &OsStr, inode: u64) {
        if let Some(key) = self.by_inode.get(&inode).copied() {
            self.put(folder, name, key);
        }
    }

    /// A name went.
    pub fn removed(&mut self, folder: u64, name: &OsStr) {
        if let Some(folder) = self.by_inode.get(&folder).copied() {
            self.folder(folder).open.push(Naming::Take(name.to_owned()));
        }
    }

    /// A file or folder was given another name.
    pub fn moved(&mut self, from: (u64, &OsStr), to: (u64, &OsStr), inode: u64) {
        let Some(key) = self.by_inode.get(&inode).copied() else {
            return;
        };
        if from.0 == to.0 {
            if let Some(folder) = self.by_inode.get(&from.0).copied() {
                let change = Naming::Move(from.1.to_owned(), to.1.to_owned(), key);
                self.folder(folder).open.push(change);
            }
        } else {
            self.put(to.0, to.1, key);
            self.removed(from.0, from.1);
        }
    }

    fn change(&mut self, inode: u64, what: What) {
        let file = self.by_inode.get(&inode).and_then(|key| self.files.get_mut(key));
        if let Some(file) = file {
            file.open.push(Change { what, given_up: false });
        }
    }

    /// Bytes were written at a place.
    pub fn wrote(&mut self, inode: u64, at: u64, bytes: Vec<u8>) {
        self.change(inode, What::Bytes(at, bytes));
    }

    /// A file was made this long.
    pub fn cut_to(&mut self, inode: u64, length: u64) {
        self.change(inode, What::Length(length));
    }

    /// A file was made at least this long.
    pub fn made_room(&mut self, inode: u64, length: u64) {
        self.change(inode, What::Room(length));
    }

    /// A file or folder was synced: all that happened to it until now is certain.
    pub fn synced(&mut self, inode: u64) {
        let Some(key) = self.by_inode.get(&inode).copied() else {
            return;
        };
        if let Some(file) = self.files.get_mut(&key) {
            let (given_up, settled): (Vec<_>, Vec<_>) = file.open.drain(..).partition(|change| change.given_up);
            for change in settled {
                apply(&mut file.certain, &change.what, |_| true);
            }
            file.open = given_up;
        }
        if let Some(folder) = self.folders.get_mut(&key) {
            for naming in std::mem::take(&mut folder.open) {
                rename(&mut folder.certain, naming);
            }
        }
    }

    /// Everything was synced.
    pub fn synced_all(&mut self) {
        let all: Vec<u64> = self.by_inode.keys().copied().collect();
        for inode in all {
            self.synced(inode);
        }
    }

    /// A sync failed: what was open may stand or not, for ever.
    pub fn sync_failed(&mut self, inode: u64) {
        let file = self.by_inode.get(&inode).and_then(|key| self.files.get_mut(key));
        for change in file.into_iter().flat_map(|file| &mut file.open) {
            change.given_up = true;
        }
    }

    /// The power goes: leaves in the folder what was certain and, by chance, some of the rest.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn cut(&mut self, chance: &mut Chance) -> std::io::Result<Cut> {
        let mut cut = Cut::default();
        let (names, bytes) = (Keeps::chosen(chance), Keeps::chosen(chance));
        // In the order of keys, so that the same seed decides the same way.
        let mut keys: Vec<Key> = self.folders.keys().copied().collect();
        keys.sort_unstable();
        let mut folders = HashMap::new();
        for key in keys {
            folders.insert(key, self.folders[&key].after(names, chance, &mut cut));
        }
        let mut keys: Vec<Key> = self.files.keys().copied().collect();
        keys.sort_unstable();
        let mut files = HashMap::new();
        for key in keys {
            files.insert(key, self.files[&key].after(bytes, chance, &mut cut));
        }
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
        self.lay(&self.root.clone(), self.top, &folders, &files, &mut HashMap::new())?;
        *self = Disk::of(&self.root)?;
        Ok(cut)
    }

    fn lay(
        &self,
        path: &Path,
        key: Key,
        folders: &HashMap<Key, BTreeMap<OsString, Key>>,
        files: &HashMap<Key, Vec<u8>>,
        laid: &mut HashMap<Key, PathBuf>,
    ) -> std::io::Result<()> {
        for (name, inner) in folders.get(&key).into_iter().flatten() {
            let place = path.join(name);
            if folders.contains_key(inner) {
                fs::create_dir(&place)?;
                self.lay(&place, *inner, folders, files, laid)?;
                fs::set_permissions(&place, fs::Permissions::from_mode(self.folders[inner].mode & 0o7777))?;
            } else if let Some(first) = laid.get(inner) {
                fs::hard_link(first, &place)?;
            } else {
                fs::write(&place, &files[inner])?;
                fs::set_permissions(&place, fs::Permissions::from_mode(self.files[inner].mode & 0o7777))?;
                laid.insert(*inner, place);
            }
        }
        Ok(())
    }
}

impl Folder {
    fn after(&self, keeps: Keeps, chance: &mut Chance, cut: &mut Cut) -> BTreeMap<OsString, Key> {
        let mut names = self.certain.clone();
        cut.unsynced_names += self.open.len();
        for naming in &self.open {
            if keeps.decides(chance) {
                rename(&mut names, naming.clone());
            } else {
                cut.lost_names += 1;
            }
        }
        names
    }
}

impl File {
    fn after(&self, keeps: Keeps, chance: &mut Chance, cut: &mut Cut) -> Vec<u8> {
        let mut bytes = self.certain.clone();
        cut.unsynced_changes += self.open.len();
        for change in &self.open {
            let mut is_whole = true;
            apply(&mut bytes, &change.what, |_| {
                let kept = keeps.decides(chance);
                is_whole &= kept;
                kept
            });
            cut.lost_changes += usize::from(!is_whole);
        }
        bytes
    }
}

/// Makes a change to bytes, as far as each sector of it is kept.
fn apply(bytes: &mut Vec<u8>, what: &What, mut keeps: impl FnMut(u64) -> bool) {
    let size = |length: u64| usize::try_from(length).unwrap_or(usize::MAX);
    match what {
        What::Length(length) if keeps(0) => bytes.resize(size(*length), 0),
        What::Room(length) if keeps(0) && bytes.len() < size(*length) => bytes.resize(size(*length), 0),
        What::Length(_) | What::Room(_) => {}
        What::Bytes(at, written) => {
            let mut done = 0;
            while done < written.len() {
                let place = size(*at) + done;
                let until = (SECTOR - place % SECTOR).min(written.len() - done);
                if keeps(place as u64) {
                    if bytes.len() < place + until {
                        bytes.resize(place + until, 0);
                    }
                    bytes[place..place + until].copy_from_slice(&written[done..done + until]);
                }
                done += until;
            }
        }
    }
}

fn rename(names: &mut BTreeMap<OsString, Key>, naming: Naming) {
    match naming {
        Naming::Put(name, key) => {
            names.insert(name, key);
        }
        Naming::Take(name) => {
            names.remove(&name);
        }
        Naming::Move(from, to, key) => {
            names.remove(&from);
            names.insert(to, key);
        }
    }
}
