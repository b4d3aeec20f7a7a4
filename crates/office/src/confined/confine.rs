//! Locking the process in.
//!
//! Three locks, each of which would do much of the work alone:
//!
//! - **Resource limits**: address space, processor time, no file may grow, no new descriptor, no core dump.
//! - **Landlock**: no right on any file, where the kernel knows it (best effort).
//! - **seccomp**: an allow-list of the calls that a single-threaded program computing in memory needs: reading and writing the
//!   descriptors it has, memory, clock, its own signals, exit. Everything else (opening files, sockets, new processes and
//!   threads, other processes' memory, loading code) fails with EPERM. A denied call returns an error instead of killing the
//!   process, so that a library which merely asks does not bring the reader down. Memory cannot be made executable.
//!
//! An allow-list, because a list of what is forbidden grows old with every kernel. It must not be applied to a process that
//! runs an asynchronous runtime: that needs threads and sockets.

use std::collections::BTreeMap;
use std::io;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, Scope};
use rlimit::Resource;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

/// Address space in bytes: a large document as a tree, its pictures and the answer fit in; a bomb does not.
const ADDRESS_SPACE: u64 = 1024 * 1024 * 1024;
/// Processor seconds of one child over its whole life; the parent's time limit for a single file is much shorter.
const PROCESSOR_SECONDS: u64 = 120;
/// Standard input, output and error.
const OPEN_FILES: u64 = 3;

/// Locks the calling process in for good. Call it before reading anything foreign, in a process without other threads.
///
/// # Errors
///
/// If a resource limit or the filter cannot be set. The caller must then stop: an unconfined reader is worse than none.
pub fn confine() -> io::Result<()> {
    set(Resource::CORE, 0)?;
    set(Resource::FSIZE, 0)?;
    set(Resource::AS, ADDRESS_SPACE)?;
    set(Resource::CPU, PROCESSOR_SECONDS)?;
    // Before the descriptors end: making a rule set needs one.
    deny_files();
    set(Resource::NOFILE, OPEN_FILES)?;
    let filter = filter().map_err(io::Error::other)?;
    seccompiler::apply_filter_all_threads(&filter).map_err(io::Error::other)
}

/// Sets a limit, or keeps the one in force if that is lower already.
fn set(resource: Resource, wanted: u64) -> io::Result<()> {
    let (_, hard) = rlimit::getrlimit(resource)?;
    let limit = wanted.min(hard);
    rlimit::setrlimit(resource, limit, limit)
}

/// A kernel without Landlock leaves this lock open; the filter closes the same doors.
fn deny_files() {
    let abi = ABI::V6;
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(abi)))
        .and_then(|rules| rules.scope(Scope::from_all(abi)))
        .and_then(|rules| rules.create())
        .and_then(|rules| rules.restrict_self());
    drop(rules);
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let always = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_clock_gettime,
        libc::SYS_nanosleep,
        libc::SYS_clock_nanosleep,
        libc::SYS_restart_syscall,
        libc::SYS_getrandom,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = always.into_iter().map(|call| (call, Vec::new())).collect();
    let not_executable = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![rule(2, not_executable.clone(), 0)?]);
    }
    // Aborting (out of memory, overflow of the stack) is a signal to oneself.
    rules.insert(
        libc::SYS_tgkill,
        vec![rule(0, SeccompCmpOp::Eq, u64::from(std::process::id()))?],
    );
    let denied = SeccompAction::Errno(libc::EPERM as u32);
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, denied, SeccompAction::Allow, arch)?.try_into()
}

fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        operator,
        value,
    )?])
}
