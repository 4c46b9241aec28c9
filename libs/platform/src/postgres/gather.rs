use std::{
    collections::VecDeque,
    fmt,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use tokio::sync::oneshot;

/// So many rounds are under way at once: one gathers in the client while another is at work in the database.
const ROUNDS: usize = 2;
const MOST: usize = 64;
/// A round that takes longer holds nobody up: another may begin beside it.
const SLOW: Duration = Duration::from_secs(1);

type Work<T, A> = dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<Answer<A>>> + Send + Sync;

/// What a round has for one of those who asked.
pub(super) enum Answer<A> {
    /// This.
    Now(A),
    /// What comes of this, for which the round does not wait.
    Later(BoxFuture<'static, A>),
}

/// Does together what is asked for at the same time (group commit): who comes while there is room for a round goes at
/// once, who comes meanwhile goes with the next one. Nobody waits for company.
pub(super) struct Gather<T, A> {
    queue: Arc<Mutex<Queue<T, A>>>,
    work: Arc<Work<T, A>>,
}

struct Queue<T, A> {
    waiting: VecDeque<(T, oneshot::Sender<A>)>,
    rounds: usize,
}

/// The work panicked.
#[derive(Debug)]
pub(super) struct Lost;

impl<T: Send + 'static, A: Send + 'static> Gather<T, A> {
    /// `work` answers for each of what it is given, in the same order.
    pub(super) fn new(work: impl Fn(Vec<T>) -> BoxFuture<'static, Vec<Answer<A>>> + Send + Sync + 'static) -> Self {
        Self {
            queue: Arc::new(Mutex::new(Queue {
                waiting: VecDeque::new(),
                rounds: 0,
            })),
            work: Arc::new(work),
        }
    }

    /// The answer to this. Whoever stops waiting before its round begins is left out.
    pub(super) async fn ask(&self, asked: T) -> Result<A, Lost> {
        let (sender, answer) = oneshot::channel();
        lock(&self.queue).waiting.push_back((asked, sender));
        begin(&self.queue, &self.work);
        answer.await.map_err(|_| Lost)
    }
}

/// Begins a round if somebody waits and there is room.
fn begin<T: Send + 'static, A: Send + 'static>(queue: &Arc<Mutex<Queue<T, A>>>, work: &Arc<Work<T, A>>) {
    let begins = {
        let mut queue = lock(queue);
        let begins = queue.rounds < ROUNDS && !queue.waiting.is_empty();
        queue.rounds += usize::from(begins);
        begins
    };
    if begins {
        tokio::spawn(rounds(Arc::clone(queue), Arc::clone(work)));
    }
}

/// A task of its own, so that a caller who goes away takes nobody with it. A round that nobody waits for any more is
/// given up: a database that does not answer must not keep the next callers from trying.
async fn rounds<T: Send + 'static, A: Send + 'static>(queue: Arc<Mutex<Queue<T, A>>>, work: Arc<Work<T, A>>) {
    while let Some((asked, mut senders)) = next(&queue) {
        let mut makes_room = false;
        let answers = {
            let mut round = pin!(AssertUnwindSafe(async { work(asked).await }).catch_unwind());
            let mut everybody_left = pin!(join_all(senders.iter_mut().map(oneshot::Sender::closed)));
            loop {
                tokio::select! {
                    answers = &mut round => break answers.unwrap_or_default(),
                    _ = &mut everybody_left => break Vec::new(),
                    () = tokio::time::sleep(SLOW), if !makes_room => {
                        makes_room = true;
                        lock(&queue).rounds -= 1;
                        begin(&queue, &work);
                    }
                }
            }
        };
        for (answer, sender) in answers.into_iter().zip(senders) {
            give(answer, sender);
        }
        if makes_room {
            return;
        }
    }
}

fn give<A: Send + 'static>(answer: Answer<A>, mut sender: oneshot::Sender<A>) {
    match answer {
        // Nobody there: the caller gave up.
        Answer::Now(answer) => drop(sender.send(answer)),
        Answer::Later(later) => {
            tokio::spawn(async move {
                tokio::select! {
                    answer = later => drop(sender.send(answer)),
                    () = sender.closed() => {}
                }
            });
        }
    }
}

fn next<T, A>(queue: &Mutex<Queue<T, A>>) -> Option<(Vec<T>, Vec<oneshot::Sender<A>>)> {
    let mut queue = lock(queue);
    let most = queue.waiting.len().min(MOST);
    let round: (Vec<T>, Vec<_>) = queue
        .waiting
        .drain(..most)
        .filter(|(_, sender)| !sender.is_closed())
        .unzip();
    if most == 0 {
        queue.rounds -= 1;
        return None;
    }
    Some(round)
}

fn lock<T, A>(queue: &Mutex<Queue<T, A>>) -> MutexGuard<'_, Queue<T, A>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T, A> fmt::Debug for Gather<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        sync::Semaphore,
        task::{JoinHandle, JoinSet},
    };

    use super::*;

    /// Answers the double, and how many went together.
    fn doubling(gate: &Arc<Semaphore>) -> Arc<Gather<u32, (u32, usize)>> {
        let gate = Arc::clone(gate);
        Arc::new(Gather::new(move |asked: Vec<u32>| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await.unwrap().forget();
                assert!(!asked.contains(&666));
                asked
                    .iter()
                    .map(|number| Answer::Now((number * 2, asked.len())))
                    .collect()
            }
            .boxed()
        }))
    }

    fn asking<A: Send + 'static>(gather: &Arc<Gather<u32, A>>, number: u32) -> JoinHandle<Result<A, Lost>> {
        let gather = Arc::clone(gather);
        tokio::spawn(async move { gather.ask(number).await })
    }

    /// Lets tasks run until none of them can go on.
    async fn settled() {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_comes_while_rounds_are_under_way_goes_with_the_next_and_everybody_gets_their_own_answer() {
        let gate = Arc::new(Semaphore::new(0));
        let gather = doubling(&gate);
        let mut calls = JoinSet::new();
        for number in 0..100_u32 {
            let gather = Arc::clone(&gather);
            calls.spawn(async move { (number, gather.ask(number).await.ok().unwrap()) });
            settled().await;
        }
        gate.add_permits(1_000);
        let answers = calls.join_all().await;
        assert!(answers.iter().all(|(number, (doubled, _))| number * 2 == *doubled));
        let in_rounds_of = |size: usize| answers.iter().filter(|(_, (_, of))| *of == size).count();
        assert_eq!((in_rounds_of(1), in_rounds_of(64), in_rounds_of(34)), (2, 64, 34));
        assert_eq!(lock(&gather.queue).rounds, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_that_is_slow_makes_room_for_another() {
        let gate = Arc::new(Semaphore::new(0));
        let gather = doubling(&gate);
        let asking = |number| asking(&gather, number);
        let first = asking(1);
        settled().await;
        let slow = [first, asking(2)];
        settled().await;
        let waiting = [3, 4].map(asking);
        settled().await;
        assert_eq!(lock(&gather.queue).waiting.len(), 2);
        // The clock moves on when nothing else can.
        tokio::time::sleep(SLOW + Duration::from_millis(1)).await;
        assert_eq!(lock(&gather.queue).waiting.len(), 0);
        gate.add_permits(10);
        for asked in slow.into_iter().chain(waiting) {
            asked.await.unwrap().unwrap();
        }
        settled().await;
        assert_eq!(lock(&gather.queue).rounds, 0);
    }

    #[tokio::test]
    async fn who_is_answered_later_holds_up_neither_the_others_nor_the_next_round() {
        let gate = Arc::new(Semaphore::new(0));
        let slow = Arc::clone(&gate);
        let gather = Arc::new(Gather::new(move |asked: Vec<u32>| {
            let slow = Arc::clone(&slow);
            let answer = move |number: u32| {
                let slow = Arc::clone(&slow);
                if number.is_multiple_of(2) {
                    Answer::Now(number)
                } else {
                    Answer::Later(
                        async move {
                            slow.acquire().await.unwrap().forget();
                            number
                        }
                        .boxed(),
                    )
                }
            };
            async move { asked.into_iter().map(answer).collect() }.boxed()
        }));
        let asking = |number| asking(&gather, number);
        let later = [1, 3, 5].map(asking);
        for number in [2, 4] {
            assert_eq!(asking(number).await.unwrap().unwrap(), number);
        }
        assert!(later.iter().all(|asked| !asked.is_finished()));
        gate.add_permits(3);
        for (number, asked) in [1, 3, 5].into_iter().zip(later) {
            assert_eq!(asked.await.unwrap().unwrap(), number);
        }
    }

    #[tokio::test]
    async fn a_round_that_everybody_has_left_is_given_up() {
        let gate = Arc::new(Semaphore::new(0));
        let gather = doubling(&gate);
        let asking = |number| asking(&gather, number);
        let stuck = asking(1);
        settled().await;
        let stuck_too = asking(2);
        settled().await;
        let (leaving, staying) = (asking(3), asking(4));
        settled().await;
        stuck.abort();
        settled().await;
        // The round of three and four is under way now.
        leaving.abort();
        settled().await;
        gate.add_permits(2);
        assert_eq!(staying.await.unwrap().ok(), Some((8, 2)));
        assert_eq!(stuck_too.await.unwrap().ok(), Some((4, 1)));
    }

    #[tokio::test]
    async fn who_stopped_waiting_is_left_out_and_a_panic_loses_its_own_round_only() {
        let gate = Arc::new(Semaphore::new(0));
        let gather = doubling(&gate);
        let asking = |number| asking(&gather, number);
        let first = asking(1);
        settled().await;
        let second = asking(2);
        settled().await;
        let (gone, third) = (asking(3), asking(4));
        settled().await;
        gone.abort();
        settled().await;
        gate.add_permits(3);
        for (answered, expected) in [(first, (2, 1)), (second, (4, 1)), (third, (8, 1))] {
            assert_eq!(answered.await.unwrap().ok(), Some(expected));
        }
        gate.add_permits(2);
        assert!(asking(666).await.unwrap().is_err());
        assert_eq!(asking(5).await.unwrap().ok(), Some((10, 1)));
    }
}
