//! The parent: starting children, limiting their time and number, and believing nothing they say without a look.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use content::canonical;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::child::NOT_CONFINED;
use super::protocol::{ANSWER_HEAD, AnswerHead, ReadHead, RequestHead};
use crate::limits::{MAX_INPUT, MAX_PICTURE, MAX_PICTURES, MAX_UNPACKED};
use crate::{Picture, Reading, Refusal, Request, picture};

/// Files after which a session takes a fresh child, long before its processor time is used up.
const FILES_PER_CHILD: u32 = 2000;

/// Bounds on reading.
#[derive(Debug, Clone, Copy)]
pub struct ConfinedLimits {
    /// Longest time for one file; then the child is killed.
    pub time: Duration,
    /// Longest wait for one of the [`ConfinedLimits::children`].
    pub wait: Duration,
    /// Most children at once.
    pub children: usize,
}

impl Default for ConfinedLimits {
    fn default() -> ConfinedLimits {
        ConfinedLimits {
            time: Duration::from_secs(30),
            wait: Duration::from_secs(60),
            children: 4,
        }
    }
}

/// Why there is no reading. `Display` is a Chinese sentence for the person who sent the file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not taken in.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It took too long; the child was killed.
    #[error("文件太复杂，{seconds} 秒内没有读完，已停止。请拆分文件，或用原来的软件另存后重新上传。")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The child died (memory, processor time, a fault of the reader) or answered nonsense.
    #[error("文件太复杂或已损坏，读取程序已中止。请用原来的软件打开检查，另存后重新上传；多次失败请联系系统管理员。")]
    Died,
    /// All children are busy and stayed so.
    #[error("同时读取的文件较多，请过几分钟再上传。")]
    Busy,
    /// No child can be started or locked in: a matter for the operator.
    #[error("文件读取服务暂时不可用，请联系系统管理员。")]
    Unavailable(#[source] std::io::Error),
}

impl ReadError {
    /// A short name that never changes, for logs, tests and interfaces.
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Refused(refusal) => refusal.code(),
            ReadError::TimedOut { .. } => "timed_out",
            ReadError::Died => "reader_died",
            ReadError::Busy => "busy",
            ReadError::Unavailable(_) => "unavailable",
        }
    }
}

/// Reads files in confined children of one program. Cheap to clone; the clones share the number of children.
#[derive(Debug, Clone)]
pub struct Confined {
    program: PathBuf,
    arguments: Vec<String>,
    pub(super) limits: ConfinedLimits,
    places: Arc<Semaphore>,
}

impl Confined {
    /// `program` with these arguments must run [`crate::child_main`]; the path must be absolute, because children start in `/`.
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Confined {
        let limits = ConfinedLimits::default();
        Confined {
            program,
            arguments,
            limits,
            places: Arc::new(Semaphore::new(limits.children)),
        }
    }

    /// The same with other limits.
    pub fn with_limits(mut self, limits: ConfinedLimits) -> Confined {
        self.limits = limits;
        self.places = Arc::new(Semaphore::new(limits.children.max(1)));
        self
    }

    /// Reads one file in a child of its own.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]. Whatever happens to the child, the caller's process goes on.
    pub async fn read(&self, request: Request) -> Result<Reading, ReadError> {
        refuse_too_large(&request)?;
        self.open().await?.read(&request).await
    }

    /// Opens a session for many files.
    ///
    /// # Errors
    ///
    /// [`ReadError::Busy`] if no place becomes free in time.
    pub async fn open(&self) -> Result<Session, ReadError> {
        let waiting = timeout(self.limits.wait, self.places.clone().acquire_owned());
        let place = waiting
            .await
            .map_err(|_| ReadError::Busy)?
            .map_err(|_| ReadError::Busy)?;
        Ok(Session {
            confined: self.clone(),
            place,
            running: None,
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the confined-child module, the one place that starts programs"
    )]
    pub(super) fn start(&self) -> Result<Running, ReadError> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(ReadError::Unavailable)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ReadError::Unavailable(std::io::ErrorKind::BrokenPipe.into()));
        };
        Ok(Running {
            child,
            input,
            output,
            files: 0,
        })
    }
}

/// Reads many files one after the other in one child; if it dies, the next file gets a new one.
#[derive(Debug)]
pub struct Session {
    confined: Confined,
    pub(super) place: OwnedSemaphorePermit,
    running: Option<Running>,
}

#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pub(super) input: ChildStdin,
    pub(super) output: ChildStdout,
    files: u32,
}

impl Session {
    /// Reads one file.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]. The session stays usable.
    pub async fn read(&mut self, request: &Request) -> Result<Reading, ReadError> {
        refuse_too_large(request)?;
        let used = self.running.as_ref().is_some_and(|running| running.files > 0);
        match self.attempt(request).await {
            // A child that had read other files before may have died of them: try once more in a fresh one.
            Err(ReadError::Died) if used => self.attempt(request).await,
            other => other,
        }
    }

    async fn attempt(&mut self, request: &Request) -> Result<Reading, ReadError> {
        let mut running = match self.running.take() {
            Some(running) if running.files < FILES_PER_CHILD => running,
            _ => self.confined.start()?,
        };
        let limit = self.confined.limits.time;
        let answer = match timeout(limit, exchange(&mut running, request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => return Err(ended(running, "no answer").await),
            Err(_) => {
                tracing::warn!(
                    seconds = limit.as_secs(),
                    "a confined reader was stopped at its time limit"
                );
                return Err(ReadError::TimedOut {
                    seconds: limit.as_secs(),
                });
            }
        };
        let believed = match answer {
            Answer::Refused(refusal) => Ok(Err(refusal)),
            Answer::Read(head, bytes) => believed(*head, bytes).map(Ok),
        };
        let Some(answer) = believed.ok() else {
            return Err(ended(running, "an answer that does not hold").await);
        };
        running.files += 1;
        self.running = Some(running);
        answer.map_err(ReadError::Refused)
    }
}

pub(super) fn refuse_too_large(request: &Request) -> Result<(), Refusal> {
    if request.bytes.len() > MAX_INPUT {
        return Err(Refusal::FileTooLarge {
            bytes: request.bytes.len() as u64,
        });
    }
    Ok(())
}

enum Answer {
    Read(Box<ReadHead>, Vec<Vec<u8>>),
    Refused(Refusal),
}

async fn exchange(running: &mut Running, request: &Request) -> std::io::Result<Answer> {
    let head = RequestHead::framed(request)?;
    running.input.write_all(&head).await?;
    running.input.write_all(&request.bytes).await?;
    running.input.flush().await?;
    let length = running.output.read_u64_le().await?;
    let head = take(&mut running.output, length, ANSWER_HEAD).await?;
    let head = match serde_json::from_slice(&head)? {
        AnswerHead::Refused(refusal) => return Ok(Answer::Refused(refusal)),
        AnswerHead::Read(head) => head,
        AnswerHead::Table(_) => return Err(std::io::ErrorKind::InvalidData.into()),
    };
    let mut left = MAX_UNPACKED;
    let mut pictures = Vec::new();
    for picture in head.pictures.iter().take(MAX_PICTURES + 1) {
        let bytes = take(&mut running.output, picture.length, left.min(MAX_PICTURE)).await?;
        left -= bytes.len() as u64;
        pictures.push(bytes);
    }
    Ok(Answer::Read(head, pictures))
}

pub(super) async fn take(output: &mut ChildStdout, length: u64, most: u64) -> std::io::Result<Vec<u8>> {
    if length > most {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    output.take(length).read_to_end(&mut bytes).await?;
    if (bytes.len() as u64) < length {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// The answer as a reading, if it holds: a child that a hostile file has taken over could say anything.
fn believed(head: ReadHead, bytes: Vec<Vec<u8>>) -> Result<Reading, ()> {
    let ReadHead {
        document,
        pictures: heads,
        properties,
        notices,
        handling_marks,
        margins,
    } = head;
    if heads.len() != bytes.len() || !content::check(&document).is_empty() {
        return Err(());
    }
    let mut pictures = Vec::with_capacity(bytes.len());
    for (head, bytes) in heads.into_iter().zip(bytes) {
        let known_kind = picture::media_type(&bytes) == Some(head.media_type.as_str());
        if !known_kind || canonical::hex(&Sha256::digest(&bytes)) != head.id.0 {
            return Err(());
        }
        pictures.push(Picture {
            id: head.id,
            media_type: head.media_type,
            bytes,
        });
    }
    let all_there = document
        .pictures()
        .into_iter()
        .all(|shown| pictures.iter().any(|picture| picture.id == *shown));
    if !all_there {
        return Err(());
    }
    Ok(Reading {
        document,
        pictures,
        properties,
        notices,
        handling_marks,
        margins,
    })
}

/// Ends a child that does not answer as it should and says what that means for the person waiting.
pub(super) async fn ended(mut running: Running, what: &str) -> ReadError {
    drop(running.input);
    let grace = timeout(Duration::from_secs(1), running.child.wait()).await;
    if !matches!(grace, Ok(Ok(_))) {
        // It may have ended in the meantime; then there is nothing left to kill.
        drop(running.child.start_kill());
    }
    let status = grace.ok().and_then(Result::ok);
    tracing::warn!(?status, what, "a confined reader died");
    if status.and_then(|status| status.code()) == Some(i32::from(NOT_CONFINED)) {
        return ReadError::Unavailable(std::io::Error::other("the reader could not confine itself"));
    }
    ReadError::Died
}
