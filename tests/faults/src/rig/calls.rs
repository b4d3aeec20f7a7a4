//! System calls as the rig sees them: which change the watched folder, and what they change.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::IoSliceMut;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use nix::libc::{self, user_regs_struct};
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// Calls at which the program stops; everything else runs at full speed.
pub const WATCHED: [i64; 37] = [
    libc::SYS_write,
    libc::SYS_pwrite64,
    libc::SYS_writev,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_creat,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_link,
    libc::SYS_linkat,
    libc::SYS_symlink,
    libc::SYS_symlinkat,
    libc::SYS_unlink,
    libc::SYS_unlinkat,
    libc::SYS_rmdir,
    libc::SYS_mkdir,
    libc::SYS_mkdirat,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_splice,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_sync,
    libc::SYS_syncfs,
    libc::SYS_io_uring_setup,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_mknod,
    libc::SYS_mknodat,
];

/// A name in a folder.
#[derive(Debug, Clone)]
pub struct Name {
    /// Inode of the folder.
    pub folder: u64,
    /// The name in it.
    pub name: OsString,
    /// The whole path.
    pub path: PathBuf,
}

/// A call that matters, before it is made.
#[derive(Debug, Clone)]
pub enum Call {
    /// Bytes go to a file, at a place or where it stands.
    Write {
        fd: i32,
        inode: u64,
        at: Option<u64>,
        parts: Vec<(usize, usize)>,
        is_synced: bool,
    },
    /// Bytes that the system copies itself; read back from the file afterwards.
    Copy { fd: i32, inode: u64, at: Option<u64> },
    /// A file gets another length.
    Length { inode: u64, length: u64 },
    /// A file gets room.
    Room { inode: u64, length: u64 },
    /// A file is opened, and made or emptied by that.
    Open {
        name: Name,
        is_new: bool,
        is_nameless: bool,
    },
    /// A folder is made.
    Folder { name: Name },
    /// A name is given to a file that has one.
    Link { name: Name, inode: u64 },
    /// A name is taken away.
    Remove { name: Name },
    /// A file or folder gets another name.
    Move { from: Name, to: Name, inode: u64 },
    /// A file or folder is made certain.
    Sync { inode: u64 },
    /// All is made certain.
    SyncAll,
    /// Bytes go out to somebody.
    Send { to: u16 },
    /// Something the model cannot follow.
    Blind,
}

/// A call with what points call it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it does.
    pub call: Call,
    /// The operation's name in points.
    pub operation: &'static str,
    /// The path in points.
    pub path: PathBuf,
    /// Bytes it would take from the disk.
    pub takes: u64,
}

/// One stopped thread, and the watched folder.
pub struct Look<'a> {
    /// The thread.
    pub pid: Pid,
    /// The watched folder, without links in it.
    pub root: &'a Path,
    /// What is known of connections: the port at the other end, by the socket's inode.
    pub peers: &'a RefCell<HashMap<String, u16>>,
}

impl Look<'_> {
    /// What the call is that the thread is about to make; none when it does not matter.
    pub fn at(&self, regs: &user_regs_struct) -> Option<Seen> {
        let a = [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9];
        let nr = regs.orig_rax as i64;
        match nr {
            libc::SYS_write | libc::SYS_pwrite64 | libc::SYS_writev | libc::SYS_pwritev | libc::SYS_pwritev2 => {
                self.write(nr, a)
            }
            libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_sendmmsg => self.send(a[0] as i32),
            libc::SYS_ftruncate => self.of_file(a[0], "length", 0, |_, inode| Call::Length { inode, length: a[1] }),
            libc::SYS_truncate => {
                let path = self.path(libc::AT_FDCWD, a[0])?;
                let inode = fs::metadata(&path).ok()?.ino();
                self.seen(Call::Length { inode, length: a[1] }, "length", path, 0)
            }
            libc::SYS_fallocate => self.of_file(a[0], "room", a[3], |_, inode| match a[1] as i32 {
                0 => Call::Room {
                    inode,
                    length: a[2] + a[3],
                },
                libc::FALLOC_FL_KEEP_SIZE => Call::Room { inode, length: 0 },
                _ => Call::Blind,
            }),
            libc::SYS_fsync | libc::SYS_fdatasync => self.of_file(a[0], "fsync", 0, |_, inode| Call::Sync { inode }),
            libc::SYS_sync | libc::SYS_syncfs => self.seen(Call::SyncAll, "fsync", self.root.to_path_buf(), 0),
            libc::SYS_copy_file_range => self.copy(a[2], a[3]),
            libc::SYS_sendfile => self.copy(a[0], 0),
            libc::SYS_splice => self.copy(a[2], a[3]),
            libc::SYS_mmap => self.mapped(a),
            libc::SYS_io_uring_setup => self.seen(Call::Blind, "io_uring", self.root.to_path_buf(), 0),
            _ => self.named(nr, a),
        }
    }

    /// Whether a call opens a file in the watched folder and makes or empties it, should it be so when its turn comes.
    pub fn may_make_a_name(&self, regs: &user_regs_struct) -> bool {
        let (dir, path, flags) = match regs.orig_rax as i64 {
            libc::SYS_open => (libc::AT_FDCWD, regs.rdi, regs.rsi as i32),
            libc::SYS_openat => (regs.rdi as i32, regs.rsi, regs.rdx as i32),
            libc::SYS_mkdir | libc::SYS_unlink | libc::SYS_rmdir => (libc::AT_FDCWD, regs.rdi, libc::O_CREAT),
            libc::SYS_mkdirat | libc::SYS_unlinkat => (regs.rdi as i32, regs.rsi, libc::O_CREAT),
            libc::SYS_creat | libc::SYS_openat2 | libc::SYS_rename | libc::SYS_renameat | libc::SYS_renameat2 => {
                return true;
            }
            libc::SYS_link | libc::SYS_linkat => return true,
            _ => return false,
        };
        flags & (libc::O_CREAT | libc::O_TRUNC) != 0 && self.name(dir, path).is_some()
    }

    fn named(&self, nr: i64, a: [u64; 6]) -> Option<Seen> {
        const HERE: i32 = libc::AT_FDCWD;
        match nr {
            libc::SYS_open => self.open(HERE, a[0], a[1] as i32),
            libc::SYS_creat => self.open(HERE, a[0], libc::O_CREAT | libc::O_TRUNC | libc::O_WRONLY),
            libc::SYS_openat => self.open(a[0] as i32, a[1], a[2] as i32),
            libc::SYS_openat2 => {
                let how = self.bytes(a[2] as usize, 8)?;
                self.open(a[0] as i32, a[1], u64::from_ne_bytes(how.try_into().ok()?) as i32)
            }
            libc::SYS_rename => self.rename((HERE, a[0]), (HERE, a[1]), 0),
            libc::SYS_renameat => self.rename((a[0] as i32, a[1]), (a[2] as i32, a[3]), 0),
            libc::SYS_renameat2 => self.rename((a[0] as i32, a[1]), (a[2] as i32, a[3]), a[4] as u32),
            libc::SYS_link => self.link((HERE, a[0]), (HERE, a[1]), 0),
            libc::SYS_linkat => self.link((a[0] as i32, a[1]), (a[2] as i32, a[3]), a[4] as i32),
            libc::SYS_unlink | libc::SYS_rmdir => self.remove(HERE, a[0]),
            libc::SYS_unlinkat => self.remove(a[0] as i32, a[1]),
            libc::SYS_mkdir => self.folder(HERE, a[0]),
            libc::SYS_mkdirat => self.folder(a[0] as i32, a[1]),
            libc::SYS_symlink => self.blind_name(HERE, a[1]),
            libc::SYS_symlinkat => self.blind_name(a[1] as i32, a[2]),
            libc::SYS_mknod => self.blind_name(HERE, a[0]),
            libc::SYS_mknodat => self.blind_name(a[0] as i32, a[1]),
            _ => None,
        }
    }

    fn seen(&self, call: Call, operation: &'static str, path: PathBuf, takes: u64) -> Option<Seen> {
        let path = path.strip_prefix(self.root).ok()?.to_path_buf();
        Some(Seen {
            call,
            operation,
            path,
            takes,
        })
    }

    /// Path and inode of an open file below the watched folder.
    fn file(&self, fd: i32) -> Option<(PathBuf, u64)> {
        let place = format!("/proc/{}/fd/{fd}", self.pid);
        let path = fs::read_link(&place).ok()?;
        if !path.starts_with(self.root) {
            return None;
        }
        Some((path, fs::metadata(&place).ok()?.ino()))
    }

    fn of_file(
        &self,
        fd: u64,
        operation: &'static str,
        takes: u64,
        call: impl FnOnce(i32, u64) -> Call,
    ) -> Option<Seen> {
        let (path, inode) = self.file(fd as i32)?;
        self.seen(call(fd as i32, inode), operation, path, takes)
    }

    fn write(&self, nr: i64, a: [u64; 6]) -> Option<Seen> {
        let fd = a[0] as i32;
        let Some((path, inode)) = self.file(fd) else {
            return (nr == libc::SYS_writev || nr == libc::SYS_write)
                .then(|| self.send(fd))
                .flatten();
        };
        let parts = match nr {
            libc::SYS_write | libc::SYS_pwrite64 => vec![(a[1] as usize, a[2] as usize)],
            _ => self.parts(a[1] as usize, a[2] as usize)?,
        };
        let at = match nr {
            libc::SYS_pwrite64 | libc::SYS_pwritev => Some(a[3]),
            libc::SYS_pwritev2 if a[3] != u64::MAX => Some(a[3]),
            _ => None,
        };
        let is_synced =
            self.flags(fd) & (libc::O_DSYNC | libc::O_SYNC) != 0 || nr == libc::SYS_pwritev2 && a[5] & 6 != 0;
        let takes = parts.iter().map(|part| part.1 as u64).sum();
        self.seen(
            Call::Write {
                fd,
                inode,
                at,
                parts,
                is_synced,
            },
            "write",
            path,
            takes,
        )
    }

    fn parts(&self, at: usize, count: usize) -> Option<Vec<(usize, usize)>> {
        let bytes = self.bytes(at, count * 16)?;
        let word = |bytes: &[u8]| bytes.try_into().map(usize::from_ne_bytes).ok();
        bytes
            .chunks(16)
            .map(|part| Some((word(&part[..8])?, word(&part[8..])?)))
            .collect()
    }

    fn copy(&self, fd: u64, offset: u64) -> Option<Seen> {
        let at = match offset {
            0 => None,
            place => Some(u64::from_ne_bytes(self.bytes(place as usize, 8)?.try_into().ok()?)),
        };
        self.of_file(fd, "write", 0, |fd, inode| Call::Copy { fd, inode, at })
    }

    /// A shared mapping through which a file could be written is out of sight. SQLite's `-shm` is one; nobody needs it
    /// after a cut.
    fn mapped(&self, a: [u64; 6]) -> Option<Seen> {
        let is_shared = a[3] as i32 & libc::MAP_TYPE != libc::MAP_PRIVATE;
        if !is_shared || a[2] as i32 & libc::PROT_WRITE == 0 || a[4] as i32 == -1 {
            return None;
        }
        let (path, _) = self.file(a[4] as i32)?;
        if path.as_os_str().as_bytes().ends_with(b"-shm") {
            return None;
        }
        self.seen(Call::Blind, "map", path, 0)
    }

    fn open(&self, dir: i32, path: u64, flags: i32) -> Option<Seen> {
        if flags & (libc::O_CREAT | libc::O_TRUNC) == 0 && flags & libc::O_TMPFILE != libc::O_TMPFILE {
            return None;
        }
        if flags & libc::O_TMPFILE == libc::O_TMPFILE {
            let path = fs::canonicalize(self.path(dir, path)?).ok()?;
            let name = Name {
                folder: 0,
                name: OsString::new(),
                path: path.clone(),
            };
            return self.seen(
                Call::Open {
                    name,
                    is_new: true,
                    is_nameless: true,
                },
                "create",
                path,
                1,
            );
        }
        let name = self.name(dir, path)?;
        let path = name.path.clone();
        match fs::symlink_metadata(&path) {
            Err(_) if flags & libc::O_CREAT != 0 => self.seen(
                Call::Open {
                    name,
                    is_new: true,
                    is_nameless: false,
                },
                "create",
                path,
                1,
            ),
            Ok(meta) if flags & libc::O_TRUNC != 0 && meta.len() > 0 => self.seen(
                Call::Open {
                    name,
                    is_new: false,
                    is_nameless: false,
                },
                "length",
                path,
                0,
            ),
            _ => None,
        }
    }

    fn folder(&self, dir: i32, path: u64) -> Option<Seen> {
        let name = self.name(dir, path)?;
        let path = name.path.clone();
        // What is there already fails by itself, and is no point.
        fs::symlink_metadata(&path).err()?;
        self.seen(Call::Folder { name }, "mkdir", path, 1)
    }

    fn link(&self, from: (i32, u64), to: (i32, u64), flags: i32) -> Option<Seen> {
        let inode = if flags & libc::AT_EMPTY_PATH != 0 {
            fs::metadata(format!("/proc/{}/fd/{}", self.pid, from.0)).ok()?.ino()
        } else {
            fs::metadata(self.path(from.0, from.1)?).ok()?.ino()
        };
        let name = self.name(to.0, to.1)?;
        let path = name.path.clone();
        self.seen(Call::Link { name, inode }, "link", path, 1)
    }

    fn remove(&self, dir: i32, path: u64) -> Option<Seen> {
        let name = self.name(dir, path)?;
        let path = name.path.clone();
        fs::symlink_metadata(&path).ok()?;
        self.seen(Call::Remove { name }, "unlink", path, 0)
    }

    fn rename(&self, from: (i32, u64), to: (i32, u64), flags: u32) -> Option<Seen> {
        let to = self.name(to.0, to.1)?;
        let path = to.path.clone();
        let Some(from) = self.name(from.0, from.1) else {
            return self.seen(Call::Blind, "rename", path, 0);
        };
        if flags & libc::RENAME_EXCHANGE != 0 {
            return self.seen(Call::Blind, "rename", path, 0);
        }
        let inode = fs::symlink_metadata(&from.path).ok()?.ino();
        self.seen(Call::Move { from, to, inode }, "rename", path, 0)
    }

    fn blind_name(&self, dir: i32, path: u64) -> Option<Seen> {
        let path = self.name(dir, path)?.path;
        self.seen(Call::Blind, "node", path, 0)
    }

    fn send(&self, fd: i32) -> Option<Seen> {
        let link = fs::read_link(format!("/proc/{}/fd/{fd}", self.pid)).ok()?;
        let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_string();
        let known = self.peers.borrow().get(&inode).copied();
        let to = match known {
            Some(to) => to,
            // The tables of connections are long to read, and a connection keeps its other end.
            None => ["tcp", "tcp6"].iter().find_map(|table| self.peer(table, &inode))?,
        };
        self.peers.borrow_mut().insert(inode, to);
        Some(Seen {
            call: Call::Send { to },
            operation: "send",
            path: PathBuf::new(),
            takes: 0,
        })
    }

    /// The port at the other end of a connection.
    fn peer(&self, table: &str, inode: &str) -> Option<u16> {
        let text = fs::read_to_string(format!("/proc/{}/net/{table}", self.pid)).ok()?;
        text.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (*words.get(9)? == inode).then_some(())?;
            u16::from_str_radix(words[2].rsplit_once(':')?.1, 16).ok()
        })
    }

    /// A name below the watched folder.
    fn name(&self, dir: i32, path: u64) -> Option<Name> {
        let path = self.path(dir, path)?;
        let name = match path.components().next_back()? {
            Component::Normal(name) => name.to_owned(),
            _ => return None,
        };
        let folder = fs::canonicalize(path.parent()?).ok()?;
        if !folder.starts_with(self.root) {
            return None;
        }
        Some(Name {
            folder: fs::metadata(&folder).ok()?.ino(),
            path: folder.join(&name),
            name,
        })
    }

    fn path(&self, dir: i32, at: u64) -> Option<PathBuf> {
        let text = self.text(at as usize)?;
        let path = Path::new(&text);
        if let Ok(own) = path.strip_prefix("/proc/self") {
            return Some(Path::new(&format!("/proc/{}", self.pid)).join(own));
        }
        if path.is_absolute() {
            return Some(path.to_path_buf());
        }
        let base = match dir {
            libc::AT_FDCWD => fs::read_link(format!("/proc/{}/cwd", self.pid)).ok()?,
            fd => fs::read_link(format!("/proc/{}/fd/{fd}", self.pid)).ok()?,
        };
        Some(base.join(path))
    }

    /// Text that ends with a zero byte; read within pages, because the next one may not be there.
    fn text(&self, at: usize) -> Option<OsString> {
        let mut text = Vec::new();
        while text.len() < 8192 {
            let place = at + text.len();
            let some = self.bytes(place, 256 - place % 256)?;
            if let Some(end) = some.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&some[..end]);
                return Some(OsString::from_vec(text));
            }
            text.extend_from_slice(&some);
        }
        None
    }

    /// Bytes of the program.
    pub fn bytes(&self, base: usize, len: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; len];
        if len == 0 {
            return Some(bytes);
        }
        let read = process_vm_readv(
            self.pid,
            &mut [IoSliceMut::new(&mut bytes)],
            &[RemoteIoVec { base, len }],
        )
        .ok()?;
        (read == len).then_some(bytes)
    }

    fn info(&self, fd: i32, field: &str) -> Option<String> {
        let info = fs::read_to_string(format!("/proc/{}/fdinfo/{fd}", self.pid)).ok()?;
        info.lines()
            .find_map(|line| line.strip_prefix(field))
            .map(|value| value.trim().to_string())
    }

    fn flags(&self, fd: i32) -> i32 {
        self.info(fd, "flags:")
            .and_then(|flags| i32::from_str_radix(&flags, 8).ok())
            .unwrap_or(0)
    }

    /// Where an open file stands.
    pub fn place(&self, fd: i32) -> Option<u64> {
        self.info(fd, "pos:")?.parse().ok()
    }
}

/// As it stands in a point.
pub fn shown(path: &OsStr) -> String {
    path.to_string_lossy().into_owned()
}
