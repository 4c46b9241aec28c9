//! One process after the other in one place.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use processes::{Door, Program as Runnable, Running};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{Program, arming::Arming, outcome::Problems, recovery::Recoveries};

/// A process that does not serve after so long never will.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// Who is asked to end ends within so long.
const ENDS_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// So many starts in a row may fail.
const STARTS: u32 = 5;

/// What is done to an actor.
#[derive(Debug)]
pub(crate) enum Blow {
    /// kill -9; the next one comes at once.
    Kill,
    /// SIGTERM; the next one comes when it has ended.
    Terminate,
    /// kill -9; the next one ends at this failpoint.
    Arm(String),
    /// SIGTERM, and no other one comes.
    Leave,
}

/// The addresses behind one door.
#[derive(Debug)]
pub(crate) struct Crew {
    door: Door,
    addresses: Mutex<BTreeMap<String, SocketAddr>>,
}

impl Crew {
    pub(crate) fn behind(door: &Door) -> Arc<Self> {
        Arc::new(Self {
            door: door.clone(),
            addresses: Mutex::default(),
        })
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, SocketAddr>)) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut addresses);
        self.door.leads_to_all(addresses.values().copied().collect());
    }
}

/// Where an actor plays, and with whom.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) program: Program,
    pub(crate) name: String,
    pub(crate) runnable: Runnable,
    pub(crate) crew: Arc<Crew>,
    pub(crate) arming: Arc<Arming>,
    pub(crate) recoveries: Arc<Recoveries>,
    pub(crate) problems: Problems,
}

/// An actor at work.
pub(crate) struct Actor {
    pub(crate) program: Program,
    blows: mpsc::Sender<Blow>,
    playing: JoinHandle<()>,
}

impl Actor {
    pub(crate) fn enters(part: Part) -> Self {
        let (blows, received) = mpsc::channel(4);
        Self {
            program: part.program,
            blows,
            playing: tokio::spawn(part.play(received)),
        }
    }

    /// Strikes as soon as the actor runs.
    pub(crate) async fn strike(&self, blow: Blow) {
        // An actor that could not be started has told so.
        drop(self.blows.send(blow).await);
    }

    /// Asks it to leave, and waits until it has.
    pub(crate) async fn leaves(self) {
        self.strike(Blow::Leave).await;
        drop(self.playing.await);
    }
}

/// How a process ended.
enum Ended {
    /// Another one follows; how it ended, and where the next one must.
    Down(String, Option<String>),
    Left,
}

impl Part {
    async fn play(self, mut blows: mpsc::Receiver<Blow>) {
        let mut armed = None;
        let mut failed = 0;
        while failed < STARTS {
            let mut running = match self.start(armed.take()) {
                Ok(running) => running,
                Err(error) => {
                    failed += 1;
                    self.problems.note(format!("{}: {error:#}", self.name));
                    continue;
                }
            };
            match self.serves(&mut running).await {
                Ok(()) => failed = 0,
                Err(error) => {
                    running.kill();
                    match running.ended_at() {
                        Some(failpoint) => self.recoveries.down(&self.name, &failpoint),
                        None => {
                            failed += 1;
                            self.problems.note(format!("{} did not start: {error:#}", self.name));
                        }
                    }
                    continue;
                }
            }
            self.crew.change(|addresses| {
                addresses.insert(self.name.clone(), running.address());
            });
            self.recoveries.up(&self.name);
            match self.until_it_ends(running, &mut blows).await {
                Ended::Down(_, next) => armed = next,
                Ended::Left => return,
            }
        }
    }

    fn start(&self, armed: Option<String>) -> anyhow::Result<Running> {
        let failpoint = armed.unwrap_or_else(|| self.arming.next(self.program));
        self.runnable.clone().env("FAILPOINT", failpoint).spawn()
    }

    async fn serves(&self, running: &mut Running) -> anyhow::Result<()> {
        running.listens(STARTS_WITHIN).await?;
        match self.program {
            Program::Ordersvc | Program::Paymentsvc => running.ready(STARTS_WITHIN).await,
            Program::Sandbox => Ok(()),
        }
    }

    async fn until_it_ends(&self, mut running: Running, blows: &mut mpsc::Receiver<Blow>) -> Ended {
        let ended = loop {
            let blow = tokio::select! {
                blow = blows.recv() => blow.unwrap_or(Blow::Leave),
                () = tokio::time::sleep(LOOK_EVERY) => match running.exited() {
                    None => continue,
                    Some(status) => {
                        running.kill();
                        let how = running.ended_at().unwrap_or_else(|| status.to_string());
                        break Ended::Down(how, None);
                    }
                },
            };
            match blow {
                Blow::Kill => {
                    running.kill();
                    break Ended::Down("SIGKILL".to_owned(), None);
                }
                Blow::Arm(failpoint) => {
                    running.kill();
                    break Ended::Down("SIGKILL".to_owned(), Some(failpoint));
                }
                Blow::Terminate => {
                    self.end(&mut running).await;
                    break Ended::Down("SIGTERM".to_owned(), None);
                }
                Blow::Leave => {
                    self.end(&mut running).await;
                    break Ended::Left;
                }
            }
        };
        self.crew.change(|addresses| {
            addresses.remove(&self.name);
        });
        if let Ended::Down(how, _) = &ended {
            if !how.contains('.') && !how.starts_with("SIG") {
                let said = running.lines();
                let last = said.last().map_or("", String::as_str);
                self.problems
                    .note(format!("{} ended by itself, {how}: {last}", self.name));
            }
            self.recoveries.down(&self.name, how);
        }
        ended
    }

    /// Callers find the others while it drains.
    async fn end(&self, running: &mut Running) {
        self.crew.change(|addresses| {
            addresses.remove(&self.name);
        });
        let asked = running.terminate();
        let ended = match asked {
            Ok(()) => running.ended(ENDS_WITHIN).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(status) if status.success() || running.ended_at().is_some() => {}
            // A failpoint on its way out is known only when everything it said was heard.
            Ok(status) => {
                running.kill();
                if running.ended_at().is_none() {
                    self.problems
                        .note(format!("{} ended with {status} on SIGTERM", self.name));
                }
            }
            Err(error) => self
                .problems
                .note(format!("{} did not end on SIGTERM: {error:#}", self.name)),
        }
    }
}
