//! Running a program call by call. Everything that changes the watched folder stops here before and after it happens, one
//! call at a time, so that the model of the disk and the disk agree on the order.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fs;
use std::io::{BufRead, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::errno::Errno;
use nix::libc::{self, user_regs_struct};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};

use super::calls::{Call, Look, Seen, WATCHED, shown};
use super::chance::Chance;
use super::disk::Disk;
use super::order::{Does, Ended, Faults, News, Order, Run, matches};

/// What the thread that reads orders shares with the one that traces.
#[derive(Default)]
struct Shared {
    running: Option<Pid>,
    faults: Faults,
    is_thawed: bool,
    /// To be killed as soon as no call is half seen: one that was made and not recorded would be missing in the account
    /// of a disk that goes on being used.
    is_doomed: bool,
}

/// Serves a test: watches one folder, reads orders line by line, tells what happens.
///
/// # Errors
/// When the folder cannot be read; what goes wrong later is told as [`News::Failed`].
pub fn serve(root: &Path) -> anyhow::Result<()> {
    let root = fs::canonicalize(root)?;
    let mut disk: Option<Disk> = None;
    let shared = Arc::new(Mutex::new(Shared::default()));
    let orders = read_orders(shared.clone());
    for order in orders {
        // The folder is looked at with the first order and not before: until then the test puts into it what it likes.
        if disk.is_none() {
            disk = Some(Disk::of(&root)?);
        }
        let Some(disk) = disk.as_mut() else {
            continue;
        };
        let outcome = match order {
            Order::Run(run) => Tracer::run(&root, disk, &shared, &run).map(News::Ended),
            Order::Cut(seed) => disk.cut(&mut Chance::of(seed)).map(News::Cut).map_err(Into::into),
            _ => continue,
        };
        tell(&outcome.unwrap_or_else(|error| News::Failed(format!("{error:#}"))));
    }
    Ok(())
}

fn tell(news: &News) {
    let mut out = std::io::stdout().lock();
    if let Ok(line) = serde_json::to_string(news) {
        // A test that went away is told nothing.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

/// Orders that can wait go into the channel; those for a running program are carried out at once.
fn read_orders(shared: Arc<Mutex<Shared>>) -> Receiver<Order> {
    let (send, orders) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let Ok(order) = serde_json::from_str::<Order>(&line) else {
                tell(&News::Failed(format!("not an order: {line}")));
                continue;
            };
            let mut shared = shared.lock().unwrap();
            match order {
                Order::Faults(faults) => shared.faults = faults,
                Order::Kill => {
                    shared.is_doomed = true;
                    // Without a meaning of its own, it wakes the tracer.
                    signal(&shared, Signal::SIGURG);
                }
                Order::End => signal(&shared, Signal::SIGTERM),
                Order::Thaw => shared.is_thawed = true,
                order => drop(send.send(order)),
            }
        }
        // Whoever gave orders has gone, perhaps killed: what still runs ends with the rig.
        std::process::exit(0);
    });
    orders
}

fn signal(shared: &Shared, signal: Signal) {
    if let Some(pid) = shared.running {
        // One that has ended by itself in the meantime needs no signal.
        let _ = kill(pid, signal);
    }
}

/// The last step of a program's start, in its own process: waits until it is watched, asks for the stops, becomes the
/// program.
///
/// # Errors
/// When it cannot.
pub fn step_out(words: &[String]) -> anyhow::Result<()> {
    std::io::stdin().read_exact(&mut [0])?;
    apply_filter(&filter()?)?;
    let (program, arguments) = words.split_first().context("no program")?;
    Err(Command::new(program).args(arguments).stdin(Stdio::null()).exec().into())
}

fn filter() -> anyhow::Result<BpfProgram> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = WATCHED.iter().map(|nr| (*nr, Vec::new())).collect();
    let has = |argument, mask: i32, value: i32| {
        SeccompCondition::new(
            argument,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(mask as u64),
            value as u64,
        )
    };
    // Of mappings only those matter through which a file could be written.
    let shared = |kind| {
        SeccompRule::new(vec![
            has(2, libc::PROT_WRITE, libc::PROT_WRITE)?,
            has(3, libc::MAP_TYPE, kind)?,
        ])
    };
    rules.insert(
        libc::SYS_mmap,
        vec![shared(libc::MAP_SHARED)?, shared(libc::MAP_SHARED_VALIDATE)?],
    );
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Trace(1), TargetArch::x86_64)?;
    Ok(filter.try_into()?)
}

/// How a stopped thread goes on.
#[derive(Clone, Copy)]
enum Goes {
    On(Option<Signal>),
    ToTheEndOfItsCall,
}

struct Tracer<'a> {
    root: &'a Path,
    disk: &'a mut Disk,
    shared: &'a Mutex<Shared>,
    run: &'a Run,
    main: Pid,
    peers: RefCell<HashMap<String, u16>>,
    threads: HashSet<Pid>,
    /// The one thread whose call is under way.
    busy: Option<(Pid, Seen)>,
    waiting: VecDeque<Pid>,
    slowed: Vec<(Instant, Pid)>,
    frozen: Option<Vec<(Pid, Goes)>>,
    counted: usize,
    syncs: usize,
    ended: Ended,
}

impl Tracer<'_> {
    fn run(root: &Path, disk: &mut Disk, shared: &Mutex<Shared>, run: &Run) -> anyhow::Result<Ended> {
        disk.adopt()?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--step-out")
            .args(&run.words)
            .envs(&run.environment)
            .stdin(Stdio::piped())
            .stdout(fs::File::options().create(true).append(true).open(&run.output)?)
            .stderr(fs::File::options().create(true).append(true).open(&run.errors)?)
            .spawn()?;
        let main = Pid::from_raw(i32::try_from(child.id())?);
        let options = Options::PTRACE_O_TRACESECCOMP
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_EXITKILL;
        ptrace::seize(main, options).context("tracing is not allowed here")?;
        child.stdin.take().context("no pipe")?.write_all(b"g")?;
        {
            let mut shared = shared.lock().unwrap();
            (shared.running, shared.is_thawed, shared.is_doomed) = (Some(main), false, false);
        }
        tell(&News::Started(main.as_raw()));
        let mut tracer = Tracer {
            root,
            disk,
            shared,
            run,
            main,
            peers: RefCell::default(),
            threads: HashSet::from([main]),
            busy: None,
            waiting: VecDeque::new(),
            slowed: Vec::new(),
            frozen: None,
            counted: 0,
            syncs: 0,
            ended: Ended::default(),
        };
        let outcome = tracer.follow();
        let ended = std::mem::take(&mut tracer.ended);
        shared.lock().unwrap().running = None;
        outcome.map(|()| ended)
    }

    fn follow(&mut self) -> anyhow::Result<()> {
        loop {
            let polls = self.frozen.is_some() || !self.slowed.is_empty();
            let flags = WaitPidFlag::__WALL
                | if polls {
                    WaitPidFlag::WNOHANG
                } else {
                    WaitPidFlag::empty()
                };
            match waitpid(Pid::from_raw(-1), Some(flags)) {
                Ok(WaitStatus::StillAlive) => {
                    std::thread::sleep(Duration::from_millis(1));
                    self.let_go()?;
                }
                Ok(status) => {
                    self.happened(status)?;
                    if self.busy.is_none() && std::mem::take(&mut self.shared.lock().unwrap().is_doomed) {
                        self.kill_all();
                    }
                }
                Err(Errno::ECHILD) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(error) => bail!("waiting: {error}"),
            }
        }
    }

    fn happened(&mut self, status: WaitStatus) -> anyhow::Result<()> {
        match status {
            WaitStatus::PtraceEvent(pid, _, libc::PTRACE_EVENT_SECCOMP) => {
                self.threads.insert(pid);
                self.before(pid)
            }
            WaitStatus::PtraceSyscall(pid) => self.after(pid),
            WaitStatus::PtraceEvent(pid, ..) => {
                self.threads.insert(pid);
                self.resume(pid, Goes::On(None))
            }
            WaitStatus::Stopped(pid, signal) => self.resume(pid, Goes::On(Some(signal))),
            WaitStatus::Exited(pid, code) => self.gone(pid, Some(code)),
            WaitStatus::Signaled(pid, ..) => self.gone(pid, None),
            _ => Ok(()),
        }
    }

    fn gone(&mut self, pid: Pid, code: Option<i32>) -> anyhow::Result<()> {
        self.threads.remove(&pid);
        self.waiting.retain(|waiting| *waiting != pid);
        self.slowed.retain(|(_, slowed)| *slowed != pid);
        if pid == self.main {
            self.ended.code = code;
        }
        if self.busy.as_ref().is_some_and(|(busy, _)| *busy == pid) {
            self.busy = None;
            return self.next();
        }
        Ok(())
    }

    fn resume(&mut self, pid: Pid, goes: Goes) -> anyhow::Result<()> {
        if let Some(frozen) = &mut self.frozen {
            frozen.push((pid, goes));
            return Ok(());
        }
        let done = match goes {
            Goes::On(signal) => ptrace::cont(pid, signal),
            Goes::ToTheEndOfItsCall => ptrace::syscall(pid, None),
        };
        // A thread may be killed while it stands.
        match done {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => bail!("going on: {error}"),
        }
    }

    fn registers(&self, pid: Pid) -> Option<user_regs_struct> {
        ptrace::getregs(pid).ok()
    }

    fn look_of(&self, pid: Pid) -> Look<'_> {
        Look {
            pid,
            root: self.root,
            peers: &self.peers,
        }
    }

    fn look(&self, pid: Pid) -> Option<Seen> {
        let regs = self.registers(pid)?;
        self.look_of(pid).at(&regs)
    }

    /// A thread is about to make a call.
    fn before(&mut self, pid: Pid) -> anyhow::Result<()> {
        if self.busy.is_none() {
            return self.begin(pid);
        }
        // What it does may depend on the call under way, so that it is looked at again when its turn comes. What concerns
        // nobody goes on at once, without a second look that might say otherwise.
        if self.concerns(pid) {
            self.waiting.push_back(pid);
            return Ok(());
        }
        self.resume(pid, Goes::On(None))
    }

    fn concerns(&self, pid: Pid) -> bool {
        let Some(regs) = self.registers(pid) else {
            return false;
        };
        let look = self.look_of(pid);
        look.at(&regs).is_some() || look.may_make_a_name(&regs)
    }

    fn begin(&mut self, pid: Pid) -> anyhow::Result<()> {
        let Some(mut seen) = self.look(pid) else {
            return self.resume(pid, Goes::On(None));
        };
        if let Call::Send { to } = seen.call {
            let name = self.run.servers.get(&to).cloned();
            seen.path = PathBuf::from(name.unwrap_or_else(|| "client".into()));
        }
        let path = shown(seen.path.as_os_str());
        if matches!(seen.call, Call::Blind) {
            self.ended.blind.push(format!("{} {path}", seen.operation));
        }
        if self.reaches(seen.operation, &path) {
            return self.at_the_point(pid);
        }
        self.go(pid, seen)
    }

    fn reaches(&mut self, operation: &str, path: &str) -> bool {
        if self.run.tells_points {
            self.ended.points.push((operation.to_string(), path.to_string()));
        }
        let Some(point) = self.run.point.as_ref().filter(|point| point.counts(operation, path)) else {
            return false;
        };
        self.counted += 1;
        let reached = self.counted == point.nth;
        self.ended.reached |= reached;
        reached
    }

    fn at_the_point(&mut self, pid: Pid) -> anyhow::Result<()> {
        match self.run.does {
            Does::Kills => {
                self.kill_all();
                Ok(())
            }
            Does::Freezes => {
                let others: Vec<Pid> = self.threads.iter().copied().filter(|thread| *thread != pid).collect();
                for thread in others {
                    let _ = ptrace::interrupt(thread);
                }
                // It looks again when it is thawed, and its point is behind it.
                self.frozen = Some(Vec::new());
                self.waiting.push_front(pid);
                tell(&News::Frozen);
                Ok(())
            }
        }
    }

    fn kill_all(&self) {
        for thread in &self.threads {
            // Some end with the first.
            let _ = kill(*thread, Signal::SIGKILL);
        }
    }

    /// Lets go what is no longer frozen or slowed.
    fn let_go(&mut self) -> anyhow::Result<()> {
        if self.frozen.is_some() && std::mem::take(&mut self.shared.lock().unwrap().is_thawed) {
            for (pid, goes) in self.frozen.take().into_iter().flatten() {
                self.resume(pid, goes)?;
            }
            return self.next();
        }
        let now = Instant::now();
        let (due, later) = self.slowed.drain(..).partition(|(until, _)| *until <= now);
        self.slowed = later;
        let due: Vec<(Instant, Pid)> = due;
        for (_, pid) in due {
            self.resume(pid, Goes::ToTheEndOfItsCall)?;
        }
        Ok(())
    }

    fn go(&mut self, pid: Pid, seen: Seen) -> anyhow::Result<()> {
        let refused = self.refusal(&seen);
        if let Some(error) = refused {
            if let Call::Sync { inode } = seen.call {
                self.disk.sync_failed(inode);
            }
            return self.refuse(pid, error);
        }
        let slow = self.shared.lock().unwrap().faults.slow_sync;
        match seen.call {
            Call::Send { .. } | Call::Blind => return self.resume(pid, Goes::On(None)),
            Call::Sync { .. } if slow > 0 => {
                self.slowed.push((Instant::now() + Duration::from_millis(slow), pid));
                self.busy = Some((pid, seen));
                return Ok(());
            }
            _ => {}
        }
        self.busy = Some((pid, seen));
        self.resume(pid, Goes::ToTheEndOfItsCall)
    }

    /// What the disk says to a call that it does not carry out.
    fn refusal(&mut self, seen: &Seen) -> Option<i32> {
        let mut shared = self.shared.lock().unwrap();
        if let (Call::Sync { .. }, Some(point)) = (&seen.call, shared.faults.sync_error.clone())
            && matches(&point.pattern, &shown(seen.path.as_os_str()))
        {
            self.syncs += 1;
            if self.syncs == point.nth {
                self.syncs = 0;
                shared.faults.sync_error = None;
                return Some(libc::EIO);
            }
        }
        let room = shared.faults.room.filter(|_| seen.takes > 0)?;
        if seen.takes > room {
            return Some(libc::ENOSPC);
        }
        shared.faults.room = Some(room - seen.takes);
        None
    }

    fn refuse(&mut self, pid: Pid, error: i32) -> anyhow::Result<()> {
        if let Some(mut regs) = self.registers(pid) {
            regs.orig_rax = u64::MAX;
            regs.rax = (-i64::from(error)) as u64;
            ptrace::setregs(pid, regs)?;
        }
        self.resume(pid, Goes::On(None))
    }

    /// A thread has made its call.
    fn after(&mut self, pid: Pid) -> anyhow::Result<()> {
        match self.busy.take() {
            Some((busy, seen)) if busy == pid => {
                let result = self.registers(pid).map_or(-1, |regs| regs.rax as i64);
                if result >= 0 {
                    self.record(pid, &seen, result as u64);
                }
            }
            other => self.busy = other,
        }
        self.resume(pid, Goes::On(None))?;
        self.next()
    }

    fn next(&mut self) -> anyhow::Result<()> {
        while self.busy.is_none() && self.frozen.is_none() {
            let Some(pid) = self.waiting.pop_front() else {
                break;
            };
            self.begin(pid)?;
        }
        Ok(())
    }

    fn record(&mut self, pid: Pid, seen: &Seen, result: u64) {
        let look = Look {
            pid,
            root: self.root,
            peers: &self.peers,
        };
        match &seen.call {
            Call::Write {
                fd,
                inode,
                at,
                parts,
                is_synced,
            } => {
                let at = at.or_else(|| Some(look.place(*fd)? - result));
                let bytes = written(&look, parts, result);
                match (at, bytes) {
                    (Some(at), Some(bytes)) => self.disk.wrote(*inode, at, bytes),
                    _ => self.ended.blind.push(format!("write {}", shown(seen.path.as_os_str()))),
                }
                if *is_synced {
                    self.disk.synced(*inode);
                }
            }
            Call::Copy { fd, inode, at } => {
                let at = at.or_else(|| Some(look.place(*fd)? - result));
                let whole = fs::read(format!("/proc/{pid}/fd/{fd}")).or_else(|_| fs::read(self.root.join(&seen.path)));
                match (at, whole) {
                    (Some(at), Ok(whole)) if whole.len() as u64 >= at + result => {
                        let bytes = whole[at as usize..(at + result) as usize].to_vec();
                        self.disk.wrote(*inode, at, bytes);
                    }
                    _ => self.ended.blind.push(format!("copy {}", shown(seen.path.as_os_str()))),
                }
            }
            Call::Length { inode, length } => self.disk.cut_to(*inode, *length),
            Call::Room { inode, length } => self.disk.made_room(*inode, *length),
            Call::Open {
                name,
                is_new,
                is_nameless,
            } => {
                let Ok(meta) = fs::metadata(format!("/proc/{pid}/fd/{result}")) else {
                    return;
                };
                match is_new {
                    true if *is_nameless => self.disk.made(None, &meta),
                    true => self.disk.made(Some((name.folder, &name.name)), &meta),
                    false => self.disk.cut_to(meta.ino(), 0),
                }
            }
            Call::Folder { name } => {
                if let Ok(meta) = fs::metadata(&name.path) {
                    self.disk.made(Some((name.folder, &name.name)), &meta);
                }
            }
            Call::Link { name, inode } => self.disk.linked(name.folder, &name.name, *inode),
            Call::Remove { name } => self.disk.removed(name.folder, &name.name),
            Call::Move { from, to, inode } => {
                self.disk
                    .moved((from.folder, &from.name), (to.folder, &to.name), *inode);
            }
            Call::Sync { inode } => self.disk.synced(*inode),
            Call::SyncAll => self.disk.synced_all(),
            Call::Send { .. } | Call::Blind => {}
        }
    }
}

fn written(look: &Look<'_>, parts: &[(usize, usize)], result: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for (base, length) in parts {
        let left = usize::try_from(result).ok()? - bytes.len();
        bytes.extend(look.bytes(*base, (*length).min(left))?);
    }
    Some(bytes)
}
