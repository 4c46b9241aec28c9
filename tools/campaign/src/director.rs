//! Decides what is killed when.

use std::{sync::Arc, time::Duration};

use testkit::postgres::Stop;
use tokio::time::{Instant, timeout};

use crate::{
    Plan, Program,
    actor::{Actor, Blow},
    arming::Arming,
    customers::Crowd,
    dice::Dice,
    outcome::Problems,
    recovery::Recoveries,
    stage::Stage,
};

const POLL: Duration = Duration::from_millis(20);
/// A place that no process comes to in so long is left for later.
const REACHED_WITHIN: Duration = Duration::from_secs(15);
/// A recovery that takes longer is told as it is.
const RECOVERED_WITHIN: Duration = Duration::from_secs(30);
/// How long Postgres is away.
const AWAY: (u64, u64) = (200, 2_500);
/// The name under which Postgres is killed.
pub(crate) const POSTGRES: &str = "postgres";

pub(crate) struct Director<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) stage: &'a Stage,
    pub(crate) actors: &'a [Actor],
    pub(crate) arming: &'a Arming,
    pub(crate) recoveries: &'a Arc<Recoveries>,
    pub(crate) crowd: &'a Crowd,
    pub(crate) problems: &'a Problems,
    pub(crate) dice: Dice,
}

impl<'a> Director<'a> {
    /// Everything, until there were enough customers and every place was tried.
    pub(crate) async fn directs(&mut self) {
        if self.plan.one_by_one {
            self.one_by_one().await;
        }
        self.wild().await;
        self.last_blow().await;
    }

    /// At one place after the other, and at peace until everything is decided.
    async fn one_by_one(&mut self) {
        for program in Program::ALL {
            for failpoint in program.failpoints() {
                if self.is_over() {
                    return;
                }
                let Some(actor) = self.one_of(program) else { continue };
                let place = program.place(failpoint);
                let before = self.reached(&place);
                actor.strike(Blow::Arm(failpoint.to_owned())).await;
                self.within(REACHED_WITHIN, |director| director.reached(&place) > before)
                    .await;
                self.at_peace().await;
            }
            if let Some(actor) = self.one_of(program) {
                actor.strike(Blow::Terminate).await;
                self.at_peace().await;
            }
        }
        for how in [Stop::Fast, Stop::Immediate] {
            self.stop_postgres(how).await;
            self.at_peace().await;
        }
    }

    /// At every place and at random, one before the other is over.
    async fn wild(&mut self) {
        self.arming.goes_wild(Dice::new(self.dice.below(u64::MAX)));
        for actor in self.actors {
            actor.strike(Blow::Kill).await;
        }
        let mut next_kill = self.moment(self.plan.random_kill_every);
        let mut next_stop = self.moment(self.plan.postgres_stop_every);
        while !self.is_enough() {
            tokio::time::sleep(POLL).await;
            if Instant::now() >= next_kill {
                next_kill = self.moment(self.plan.random_kill_every);
                self.random_blow().await;
            }
            if Instant::now() >= next_stop {
                let how = if self.dice.chance(50) {
                    Stop::Fast
                } else {
                    Stop::Immediate
                };
                self.stop_postgres(how).await;
                next_stop = self.moment(self.plan.postgres_stop_every);
            }
        }
    }

    /// Everything at once; from then on nothing is killed any more.
    async fn last_blow(&mut self) {
        self.arming.calms_down();
        for actor in self.actors {
            actor.strike(Blow::Kill).await;
        }
        self.stop_postgres(Stop::Immediate).await;
        self.at_peace().await;
    }

    fn is_over(&self) -> bool {
        self.crowd.begun() >= self.plan.at_most
    }

    fn is_enough(&self) -> bool {
        let reached = self.recoveries.places();
        let all_reached = Program::all_places().all(|place| reached.contains_key(&place));
        self.is_over() || self.crowd.begun() >= self.plan.checkouts && all_reached
    }

    fn reached(&self, place: &str) -> u64 {
        self.recoveries.places().get(place).copied().unwrap_or(0)
    }

    /// Somewhere between half and one and a half of this from now.
    fn moment(&mut self, every: Duration) -> Instant {
        let half = u64::try_from(every.as_millis() / 2).unwrap_or(u64::MAX);
        Instant::now() + Duration::from_millis(half + self.dice.below(2 * half))
    }

    fn one_of(&mut self, program: Program) -> Option<&'a Actor> {
        let actors: Vec<(u64, &'a Actor)> = self
            .actors
            .iter()
            .filter(|actor| actor.program == program)
            .map(|actor| (1, actor))
            .collect();
        self.dice.pick(&actors)
    }

    async fn random_blow(&mut self) {
        let all: Vec<(u64, &Actor)> = self.actors.iter().map(|actor| (1, actor)).collect();
        for _ in 0..self.dice.pick(&[(5, 1), (3, 2), (1, 3)]).unwrap_or(1) {
            let blow = if self.dice.chance(80) {
                Blow::Kill
            } else {
                Blow::Terminate
            };
            if let Some(actor) = self.dice.pick(&all) {
                actor.strike(blow).await;
            }
        }
    }

    async fn stop_postgres(&mut self, how: Stop) {
        let mut postgres = self.stage.postgres.lock().await;
        let told = match how {
            Stop::Fast => "stopped",
            Stop::Immediate => "crashed",
        };
        self.recoveries.down(POSTGRES, told);
        let stopped = postgres.stop(how).await;
        tokio::time::sleep(Duration::from_millis(self.dice.between(AWAY.0, AWAY.1))).await;
        let started = postgres.start_again().await;
        for result in [stopped, started] {
            if let Err(error) = result {
                self.problems.note(format!("postgres: {error:#}"));
            }
        }
        self.recoveries.up(POSTGRES);
    }

    async fn at_peace(&self) {
        let came = self.within(RECOVERED_WITHIN, |director| director.recoveries.is_recovered());
        if !came.await {
            let text = format!("{RECOVERED_WITHIN:?} after a kill not everything was decided");
            self.problems.note(text);
        }
    }

    async fn within(&self, limit: Duration, condition: impl Fn(&Self) -> bool) -> bool {
        let waiting = async {
            while !condition(self) {
                tokio::time::sleep(POLL).await;
            }
        };
        timeout(limit, waiting).await.is_ok()
    }
}
