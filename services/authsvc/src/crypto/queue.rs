use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Work for a few threads that may block: so many at once, so many waiting, the rest is refused. A thread that has done
/// one goes on with the next itself, so nothing is lost between the two.
///
/// Each thread has an `S` of its own, which is kept from one work to the next.
pub(super) struct Queue<S> {
    shared: Arc<Mutex<Shared<S>>>,
    at_once: usize,
    waiting: usize,
}

struct Shared<S> {
    waiting: VecDeque<Box<dyn Work<S>>>,
    /// Threads, and those of them that are at work.
    running: usize,
    busy: usize,
    idle: Vec<S>,
}

/// Why there is no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotDone {
    /// Too many are waiting.
    Full,
    /// It panicked.
    Panicked,
}

impl<S: Default + Send + 'static> Queue<S> {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            shared: Arc::new(Mutex::new(Shared {
                waiting: VecDeque::new(),
                running: 0,
                busy: 0,
                idle: Vec::new(),
            })),
            at_once,
            waiting,
        }
    }

    /// Does it when its turn comes. Whoever gives up while waiting frees the place; what runs runs to its end.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let (answer, answered) = oneshot::channel();
        let begins = {
            let mut shared = lock(&self.shared);
            // A thread that was asked for and has not come yet has its work still among those that wait.
            let room = self.at_once + self.waiting - shared.busy;
            if shared.waiting.len() >= room {
                shared.waiting.retain(|work| !work.is_given_up());
                if shared.waiting.len() >= room {
                    return Err(NotDone::Full);
                }
            }
            shared.waiting.push_back(Box::new(Asked { work, answer }));
            let begins = shared.running < self.at_once;
            shared.running += usize::from(begins);
            begins
        };
        if begins {
            let shared = Arc::clone(&self.shared);
            tokio::task::spawn_blocking(move || work_off(&shared));
        }
        answered.await.map_err(|_| NotDone::Panicked)
    }
}

fn work_off<S: Default>(shared: &Mutex<Shared<S>>) {
    let mut scratch = lock(shared).idle.pop().unwrap_or_default();
    loop {
        let next = {
            let mut shared = lock(shared);
            let next = shared.waiting.pop_front();
            if next.is_none() {
                shared.running -= 1;
                shared.idle.push(scratch);
                return;
            }
            shared.busy += 1;
            next
        };
        if let Some(work) = next.filter(|work| !work.is_given_up()) {
            // Its caller is told of a panic by the answer that never comes.
            let _ = catch_unwind(AssertUnwindSafe(|| work.run(&mut scratch)));
        }
        lock(shared).busy -= 1;
    }
}

fn lock<S>(shared: &Mutex<Shared<S>>) -> MutexGuard<'_, Shared<S>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

trait Work<S>: Send {
    fn is_given_up(&self) -> bool;
    fn run(self: Box<Self>, scratch: &mut S);
}

struct Asked<W, T> {
    work: W,
    answer: oneshot::Sender<T>,
}

impl<S, T: Send, W: FnOnce(&mut S) -> T + Send> Work<S> for Asked<W, T> {
    fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }

    fn run(self: Box<Self>, scratch: &mut S) {
        // Nobody is there when the caller gave up meanwhile.
        let _ = self.answer.send((self.work)(scratch));
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[tokio::test]
    async fn what_is_too_much_is_refused_and_who_gives_up_frees_a_place() {
        let queue = Arc::new(Queue::<u32>::new(1, 2));
        let (release, released) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let asking = |work: Box<dyn FnOnce(&mut u32) -> u32 + Send>| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.run(work).await })
        };
        let first = asking(Box::new(move |count| {
            begun.send(()).unwrap();
            released.recv().unwrap();
            *count += 1;
            *count
        }));
        tokio::task::spawn_blocking(move || begins.recv())
            .await
            .unwrap()
            .unwrap();
        let counting = || {
            Box::new(|count: &mut u32| {
                *count += 1;
                *count
            })
        };
        let (second, gives_up) = (asking(counting()), asking(counting()));
        tokio::task::yield_now().await;
        assert_eq!(queue.run(|_| 0).await, Err(NotDone::Full));
        gives_up.abort();
        assert!(gives_up.await.unwrap_err().is_cancelled());
        let third = asking(counting());
        tokio::task::yield_now().await;
        assert_eq!(queue.run(|_| 0).await, Err(NotDone::Full));
        release.send(()).unwrap();
        // The same thread did all three.
        assert_eq!(first.await.unwrap(), Ok(1));
        assert_eq!(second.await.unwrap(), Ok(2));
        assert_eq!(third.await.unwrap(), Ok(3));
    }

    #[tokio::test]
    async fn a_panic_takes_neither_the_thread_nor_the_next_work() {
        let queue = Queue::<u32>::new(1, 2);
        assert_eq!(
            queue.run(|_| panic!("on purpose")).await,
            Err::<(), _>(NotDone::Panicked)
        );
        assert_eq!(queue.run(|_| 7).await, Ok(7));
        testkit::wait_for(|| lock(&queue.shared).running == 0, Duration::from_secs(10)).await;
        assert_eq!(lock(&queue.shared).busy, 0);
    }
}
