//! The one thread that writes the books. Whatever waits is decided one after the other, committed to the journal as
//! one group, and only then answered; so nothing is told that a crash could undo, and a busy provider waits for
//! the disk once for many.

use std::{fs::File, io, sync::Arc, thread};

use kernel::IdSource;
use tokio::sync::{mpsc, oneshot};

use crate::{
    books::{Answer, Books, Decision, Entry, Rejection, Request},
    faults::Faults,
    journal::{Journal, Storage},
};

/// How many requests are committed together at most.
const GROUP: usize = 512;

/// Nobody can say what was done, and whether it was: the journal cannot be written, or its writer has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unavailable;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    /// The answer is the first under its key, and of a card whose first answers get lost.
    pub(crate) is_lost: bool,
}

type Written = Result<Result<Outcome, Rejection>, Unavailable>;
type Look = Box<dyn FnOnce(Result<&Books, Unavailable>) + Send>;

enum Command {
    Write(Request, oneshot::Sender<Written>),
    Read(Look),
    End,
}

/// A way to the thread. Clones lead to the same.
#[derive(Debug, Clone)]
pub(crate) struct Bookkeeper(mpsc::Sender<Command>);

impl Bookkeeper {
    /// Starts the thread, which keeps the lock until it ends. The receiver hears of the end.
    pub(crate) fn start(
        books: Books,
        journal: Journal<File>,
        lock: File,
        ids: Arc<dyn IdSource>,
        faults: Arc<Faults>,
    ) -> io::Result<(Self, oneshot::Receiver<()>)> {
        let (sender, commands) = mpsc::channel(GROUP);
        let (ending, ended) = oneshot::channel();
        let desk = Desk {
            books,
            journal,
            ids,
            faults,
        };
        thread::Builder::new().name("bookkeeper".to_owned()).spawn(move || {
            desk.work(commands);
            drop(lock);
            // Nobody has to wait for it.
            let _ = ending.send(());
        })?;
        Ok((Self(sender), ended))
    }

    /// Decides a request and commits what it leads to.
    pub(crate) async fn write(&self, request: Request) -> Written {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Write(request, reply)).await?;
        answer.await.unwrap_or(Err(Unavailable))
    }

    /// Looks at what is committed.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Books) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |books| drop(reply.send(books.map(look))));
        self.send(Command::Read(look)).await?;
        answer.await.unwrap_or(Err(Unavailable))
    }

    /// Ends the thread; what waits behind this is unavailable.
    pub(crate) async fn end(&self) {
        let _ = self.send(Command::End).await;
    }

    async fn send(&self, command: Command) -> Result<(), Unavailable> {
        self.0.send(command).await.map_err(|_| Unavailable)
    }
}

struct Desk<S> {
    books: Books,
    journal: Journal<S>,
    ids: Arc<dyn IdSource>,
    faults: Arc<Faults>,
}

/// A request that was decided, and whom to tell.
type Decided = (oneshot::Sender<Written>, Result<Outcome, Rejection>);

impl<S: Storage> Desk<S> {
    fn work(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut waiting = Vec::with_capacity(GROUP);
        while commands.blocking_recv_many(&mut waiting, GROUP) > 0 {
            let (mut decided, mut entries, mut looks) = (Vec::new(), Vec::new(), Vec::new());
            let mut ends = false;
            for command in waiting.drain(..) {
                match command {
                    Command::Write(request, reply) => {
                        if let Some(outcome) = self.decide(request, &mut entries) {
                            decided.push((reply, outcome));
                        }
                    }
                    Command::Read(look) => looks.push(look),
                    Command::End => ends = true,
                }
            }
            self.settle(decided, &entries, looks);
            if ends {
                return;
            }
        }
    }

    /// Nothing only if the books contradict themselves; whoever asked then hears that nobody can say.
    fn decide(&mut self, request: Request, entries: &mut Vec<Entry>) -> Option<Result<Outcome, Rejection>> {
        match self.books.decide(request, self.ids.as_ref(), self.faults.relent()) {
            Decision::Record(entry) => {
                let answer = self.books.apply(&entry)?;
                entries.push(entry);
                let is_lost = self.books.loses_replies(&answer);
                Some(Ok(Outcome { answer, is_lost }))
            }
            Decision::Known(answer) => Some(Ok(Outcome { answer, is_lost: false })),
            Decision::Rejected(rejection) => Some(Err(rejection)),
        }
    }

    /// Commits what was decided and tells everybody.
    fn settle(&mut self, decided: Vec<Decided>, entries: &[Entry], looks: Vec<Look>) {
        let committed = self.commit(entries);
        if let Err(error) = &committed {
            tracing::error!(%error, "the journal cannot be written");
            for entry in entries.iter().rev() {
                self.books.revert(entry);
            }
        }
        for (reply, outcome) in decided {
            // Who does not wait any more asks again by the same key.
            drop(reply.send(match committed {
                Ok(()) => Ok(outcome),
                Err(_) => Err(Unavailable),
            }));
        }
        let told = self.journal.repair().map(|()| &self.books).map_err(|_| Unavailable);
        for look in looks {
            look(told);
        }
    }

    fn commit(&mut self, entries: &[Entry]) -> io::Result<()> {
        if entries.is_empty() {
            return self.journal.repair();
        }
        if self.faults.journal_fails() {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        failpoint::hit("journal.before");
        self.journal.append(entries)?;
        failpoint::hit("journal.after");
        Ok(())
    }
}
