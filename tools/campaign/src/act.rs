//! The campaign from the first customer to the judge.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use auditor::client_log::{Answer, Attempt};

use crate::{
    Outcome, Plan, Program,
    actor::{Actor, Crew, Part},
    arming::Arming,
    client_log::ClientLog,
    customers::{Crowd, Town, ask_again},
    dice::Dice,
    director::Director,
    outcome::Problems,
    recovery::Recoveries,
    stage::{self, Stage},
    undecided::{self, Looking},
};

const READY_WITHIN: Duration = Duration::from_secs(90);
const STORIES_END_WITHIN: Duration = Duration::from_secs(180);
/// What is not decided after so long is left to the judge.
const AT_REST_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// Plays a plan.
///
/// # Errors
/// The stage could not be set, or the judge could not look. What goes wrong in between is part of the outcome.
pub async fn run(plan: &Plan) -> anyhow::Result<Outcome> {
    prepare(&plan.output)?;
    let stage = Arc::new(Stage::set().await.context("could not set the stage")?);
    let problems = Problems::default();
    let cast = cast(plan);
    let recoveries = Arc::new(Recoveries::of(cast.iter().map(|(_, name)| name.clone())));
    let arming = Arc::new(Arming::calm(Arc::clone(&recoveries)));
    let actors = enter(plan, &stage, cast, &arming, &recoveries, &problems)?;
    anyhow::ensure!(
        eventually(READY_WITHIN, || recoveries.is_up()).await,
        "not everything started within {READY_WITHIN:?}: {:?}",
        problems.all()
    );
    let observing = tokio::spawn(undecided::observe(stage.urls().clone(), Arc::clone(&recoveries)));

    let log = Arc::new(ClientLog::create(&stage::log_of_clients(plan))?);
    let town = Arc::new(Town {
        stage: Arc::clone(&stage),
        log: Arc::clone(&log),
        problems: problems.clone(),
        seed: plan.seed,
    });
    let crowd = Crowd::enter(&town, plan.customers);
    let mut director = Director {
        plan,
        stage: &stage,
        actors: &actors,
        arming: &arming,
        recoveries: &recoveries,
        crowd: &crowd,
        problems: &problems,
        dice: Dice::new(plan.seed),
    };
    director.directs().await;
    let stories = crowd.leave(STORIES_END_WITHIN).await;

    let mut looking = Looking::new(stage.urls().clone());
    at_rest(&mut looking, &problems).await;
    let replayed = ask_again(&town, &log.flushed()?).await;
    let rest = at_rest(&mut looking, &problems).await;
    observing.abort();

    let took = recoveries.elapsed().as_secs_f64();
    let attempts = log.flushed()?;
    let audit = auditor::audit(&stage.sources(plan))
        .await
        .context("the auditor could not look")?;
    for actor in actors {
        actor.leaves().await;
    }
    let reached = recoveries.places();
    let closed = recoveries.closed();
    Ok(Outcome {
        plan: plan.clone(),
        took,
        stories,
        calls: calls(&attempts),
        repeated: repeated(&attempts),
        replayed,
        never_reached: never_reached(&reached),
        failpoints: reached,
        longest_wait: closed.longest_wait,
        last_decided_after: closed.recoveries.last().and_then(|recovery| recovery.decided_after),
        came_to_rest_in: rest,
        kills: closed.kills,
        recoveries: closed.recoveries,
        problems: problems.all(),
        audit,
    })
}

/// Nothing of an earlier campaign may be left: the provider would remember it.
fn prepare(output: &Path) -> anyhow::Result<()> {
    if output.exists() {
        fs::remove_dir_all(output).with_context(|| format!("could not remove {}", output.display()))?;
    }
    let logs = stage::directory_of_logs(output);
    fs::create_dir_all(&logs).with_context(|| format!("could not create {}", logs.display()))
}

/// Who plays: the provider is one, services are several.
fn cast(plan: &Plan) -> Vec<(Program, String)> {
    let mut cast = vec![(Program::Sandbox, Program::Sandbox.name().to_owned())];
    for program in [Program::Paymentsvc, Program::Ordersvc] {
        cast.extend((1..=plan.replicas).map(|number| (program, format!("{}-{number}", program.name()))));
    }
    cast
}

fn enter(
    plan: &Plan,
    stage: &Stage,
    cast: Vec<(Program, String)>,
    arming: &Arc<Arming>,
    recoveries: &Arc<Recoveries>,
    problems: &Problems,
) -> anyhow::Result<Vec<Actor>> {
    let crews: BTreeMap<Program, Arc<Crew>> = Program::ALL
        .into_iter()
        .map(|program| (program, Crew::behind(stage.door(program))))
        .collect();
    cast.into_iter()
        .map(|(program, name)| {
            let part = Part {
                program,
                runnable: stage.program(program, plan, &name)?,
                name,
                crew: Arc::clone(&crews[&program]),
                arming: Arc::clone(arming),
                recoveries: Arc::clone(recoveries),
                problems: problems.clone(),
            };
            Ok(Actor::enters(part))
        })
        .collect()
}

async fn eventually(limit: Duration, condition: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !condition() {
        if began.elapsed() > limit {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
    true
}

/// Waits until nothing is undecided and everybody was told everything; how long, in seconds.
async fn at_rest(looking: &mut Looking, problems: &Problems) -> f64 {
    let began = Instant::now();
    while began.elapsed() < AT_REST_WITHIN {
        if looking.look().await.is_some_and(|items| items.is_empty()) {
            return began.elapsed().as_secs_f64();
        }
        tokio::time::sleep(POLL).await;
    }
    problems.note(format!("not at rest after {AT_REST_WITHIN:?}"));
    began.elapsed().as_secs_f64()
}

fn calls(attempts: &[Attempt]) -> BTreeMap<String, u64> {
    let last: BTreeMap<u64, &Attempt> = attempts.iter().map(|attempt| (attempt.call, attempt)).collect();
    let mut calls = BTreeMap::new();
    for attempt in last.values() {
        let came = match &attempt.answer {
            Answer::Order(_) | Answer::Refund(_) => "OK",
            Answer::Refused(refusal) if refusal.reason.is_empty() => &refusal.code,
            Answer::Refused(refusal) => &refusal.reason,
            Answer::GaveUp => "never answered",
        };
        *calls.entry(format!("{} {came}", attempt.asked.method())).or_default() += 1;
    }
    calls
}

fn repeated(attempts: &[Attempt]) -> u64 {
    let calls: BTreeSet<u64> = attempts.iter().map(|attempt| attempt.call).collect();
    (attempts.len() - calls.len()) as u64
}

fn never_reached(reached: &BTreeMap<String, u64>) -> BTreeSet<String> {
    Program::all_places()
        .filter(|place| !reached.contains_key(place))
        .collect()
}
