//! Card numbers and CVCs appear nowhere: everything that this process logs, at the finest level, and every row of every
//! table is searched for them, in every writing.

use std::{
    cell::Cell,
    fs,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::payment::v1::{CaptureMethod, CreatePaymentRequest, TokenizeCardRequest};
use payment_core::{ports::RefusalReason, testing::Fault};
use paymentsvc::sandbox::SandboxProvider;
use platform::postgres::Pool;
use sandbox_psp::{Options, Sandbox};
use tokio::runtime::{Builder, Runtime};
use tonic::{Code, Status};
use tracing::dispatcher::{self, DefaultGuard, Dispatch};
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{self, MakeWriter, format::FmtSpan},
    layer::SubscriberExt,
};

use crate::world::{Client, PATIENCE, TestWorld, card, found, fresh, made, paying_with, refund};

const GOOD: &str = "5425233430109903";
const NO_CARD: &str = "5425233430109904";
const REFUSED: &str = "4917484589897107";
const AWAY: &str = "6011000991300009";
const CVC: &str = "8817";
/// Logged and kept on purpose, to see that the search finds.
const CANARY: &str = "3566002020360505";

const NUMBERS: [&str; 4] = [GOOD, NO_CARD, REFUSED, AWAY];

/// What was found, line by line; lines are looked at and forgotten.
#[derive(Clone, Default)]
struct Search(Arc<Mutex<Findings>>);

#[derive(Default)]
struct Findings {
    lines: usize,
    leaks: Vec<String>,
    canaries: usize,
}

impl Search {
    /// What sends everything that is logged to this search.
    fn dispatch(&self) -> Dispatch {
        let layer = fmt::layer()
            .with_ansi(false)
            .with_span_events(FmtSpan::FULL)
            .with_writer(self.clone());
        Dispatch::new(tracing_subscriber::registry().with(LevelFilter::TRACE).with(layer))
    }

    fn findings(&self) -> MutexGuard<'_, Findings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A runtime of which every thread logs to this search, so that other tests do not.
fn runtime(search: &Search) -> Runtime {
    thread_local! {
        static LOGS: Cell<Option<DefaultGuard>> = const { Cell::new(None) };
    }
    let dispatch = search.dispatch();
    LOGS.set(Some(dispatcher::set_default(&dispatch)));
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || LOGS.set(Some(dispatcher::set_default(&dispatch))))
        .on_thread_stop(|| LOGS.set(None))
        .build()
        .unwrap()
}

impl<'w> MakeWriter<'w> for Search {
    type Writer = Self;
    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Write for Search {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let mut findings = self.findings();
        findings.lines += 1;
        findings.canaries += usize::from(shows(&text, CANARY));
        if leaks(&text) {
            findings.leaks.push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn leaks(text: &str) -> bool {
    NUMBERS.iter().any(|number| shows(text, number)) || has_word(text, CVC)
}

/// Whether a text has a number: in digits, whatever stands between them, as bytes in decimal, in hexadecimal or base64.
fn shows(text: &str, number: &str) -> bool {
    let joined: String = text.chars().filter(|c| !" -_,.\u{a0}'\"".contains(*c)).collect();
    let lower = joined.to_lowercase();
    let decimal: String = number.bytes().map(|byte| byte.to_string()).collect();
    let hex: String = number.bytes().map(|byte| format!("{byte:02x}")).collect();
    let twice: String = hex.bytes().map(|byte| format!("{byte:02x}")).collect();
    let written = [number, &decimal, &hex, &twice]
        .iter()
        .any(|form| lower.contains(*form));
    written || base64_forms(number).iter().any(|form| text.contains(form))
}

/// What is in the middle of the base64 of anything that has the number, at each of the three places it may begin.
fn base64_forms(number: &str) -> Vec<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..3)
        .map(|skipped| {
            let bytes = &number.as_bytes()[skipped..];
            bytes
                .chunks_exact(3)
                .flat_map(|three| {
                    let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
                    [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 63) as usize]))
                })
                .collect()
        })
        .collect()
}

/// Whether a text has these digits as a word of their own.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.');
        !joins(before) && !joins(after)
    })
}

/// Every row of every table, as text; `bytea` shows in hexadecimal.
async fn rows(pool: &Pool) -> Vec<String> {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            .fetch_all(pool)
            .await
            .unwrap();
    for needed in [
        "payments",
        "payment_methods",
        "payment_operations",
        "outbox",
        "event_log",
        "idempotency_keys",
    ] {
        assert!(
            tables.iter().any(|table| table == needed),
            "{needed} is not among {tables:?}"
        );
    }
    let mut all = Vec::new();
    for table in tables {
        let text = format!("SELECT '{table}: ' || t::text FROM {table} t");
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .fetch_all(pool)
            .await
            .unwrap();
        all.extend(rows);
    }
    all
}

fn assert_silent(status: &Status, code: Code) {
    assert_eq!(status.code(), code, "{status:?}");
    let details = String::from_utf8_lossy(status.details()).into_owned();
    let shown = format!("{status:?} {} {details}", status.message());
    assert!(!leaks(&shown), "{shown}");
}

async fn refused(client: &mut Client, request: TokenizeCardRequest, code: Code) {
    let status = client.tokenize_card(request).await.unwrap_err();
    assert_silent(&status, code);
}

fn spaced(number: &str, between: &str) -> String {
    let groups: Vec<&str> = (0..4).map(|group| &number[group * 4..group * 4 + 4]).collect();
    groups.join(between)
}

#[test]
#[ignore = "needs Postgres: make test"]
fn no_card_number_and_no_cvc_is_ever_logged_or_kept() {
    let search = Search::default();
    let runtime = runtime(&search);
    runtime.block_on(async {
        let world = TestWorld::new().await;
        use_cards(&world).await;
        use_cards_that_the_provider_refuses(&world).await;
        search_rows(&world).await;
    });
    drop(runtime);
    assert_nothing_found(&search);
}

#[test]
#[ignore = "needs Postgres: make test"]
fn no_card_number_and_no_cvc_is_ever_logged_or_kept_on_the_way_to_the_sandbox_and_there() {
    let search = Search::default();
    let runtime = runtime(&search);
    runtime.block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(Options::new(directory.path())).await.unwrap();
        let mut world = TestWorld::new().await;
        world.other_provider = Some(Arc::new(SandboxProvider::try_new(&sandbox.url()).unwrap()));
        use_cards(&world).await;
        search_rows(&world).await;
        sandbox.stop().await;
        let running = world.start().await;
        refused(&mut world.alice(&running), card(AWAY, CVC), Code::Unavailable).await;
        search_files(directory.path());
    });
    drop(runtime);
    assert_nothing_found(&search);
}

fn assert_nothing_found(search: &Search) {
    tracing::trace!(number = spaced(CANARY, " "), "on purpose");
    tracing::trace!(number = ?CANARY.as_bytes(), "on purpose");
    let findings = search.findings();
    assert!(findings.leaks.is_empty(), "{:#?}", findings.leaks);
    assert!(findings.canaries >= 2, "the search finds what was logged on purpose");
    assert!(findings.lines > 1_000, "{}", findings.lines);
}

/// Uses cards in every way that goes well and in every way that is refused here.
async fn use_cards(world: &TestWorld) {
    let running = world.start().await;
    let (mut alice, mut staff) = (world.alice(&running), world.clerk(&running));
    for number in [GOOD.to_owned(), spaced(GOOD, " "), spaced(GOOD, "-")] {
        let method = alice.tokenize_card(card(&number, CVC)).await.unwrap().into_inner();
        assert_eq!(method.card.as_ref().unwrap().last4, GOOD[12..]);
        let request = CreatePaymentRequest {
            description: format!("on purpose: {CANARY}"),
            ..paying_with(&method.payment_method, CaptureMethod::Automatic)
        };
        let payment = made(&mut staff, request).await;
        staff.refund_payment(fresh(refund(&payment.id, 10))).await.unwrap();
        found(&mut staff, &payment.id).await;
    }

    refused(&mut alice, card(NO_CARD, CVC), Code::InvalidArgument).await;
    refused(
        &mut alice,
        card(&spaced(NO_CARD, "  -  -  -"), CVC),
        Code::InvalidArgument,
    )
    .await;
    refused(
        &mut alice,
        card(&format!("{GOOD}{GOOD}{GOOD}"), CVC),
        Code::InvalidArgument,
    )
    .await;
    refused(&mut alice, card(&format!("{GOOD}x"), CVC), Code::InvalidArgument).await;
    refused(&mut alice, card(GOOD, &format!("{CVC} {CVC}")), Code::InvalidArgument).await;
    let old = TokenizeCardRequest {
        exp_year: 2001,
        ..card(GOOD, CVC)
    };
    refused(&mut alice, old, Code::InvalidArgument).await;
    let never = TokenizeCardRequest {
        exp_month: 13,
        ..card(GOOD, CVC)
    };
    refused(&mut alice, never, Code::InvalidArgument).await;
    let mut nobody = world.client(&running, &kernel::Caller::Anonymous);
    refused(&mut nobody, card(GOOD, CVC), Code::Unauthenticated).await;
    refused(&mut world.checkout(&running), card(GOOD, CVC), Code::PermissionDenied).await;
    // A number where a token belongs is no token, and is not kept either.
    for number in [GOOD, NO_CARD] {
        let request = fresh(paying_with(number, CaptureMethod::Automatic));
        let status = staff.create_payment(request).await.unwrap_err();
        assert_silent(&status, Code::NotFound);
    }
}

async fn use_cards_that_the_provider_refuses(world: &TestWorld) {
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let refusals = [
        RefusalReason::InvalidCardNumber,
        RefusalReason::IncorrectCvc,
        RefusalReason::CardDeclined,
    ];
    for reason in refusals {
        world.provider.fail([Fault::Refused(reason)]);
        refused(&mut alice, card(REFUSED, CVC), Code::InvalidArgument).await;
    }
    world.provider.set_away(true);
    refused(&mut alice, card(AWAY, CVC), Code::Unavailable).await;
    world.provider.set_away(false);
}

async fn search_rows(world: &TestWorld) {
    let pool = world.pool().await;
    let logged = || async {
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox")
            .fetch_one(&pool)
            .await
            .unwrap();
        waiting == 0
    };
    testkit::wait_for_async(logged, PATIENCE).await;
    let kept = rows(&pool).await;
    let leaked: Vec<&String> = kept.iter().filter(|row| leaks(row)).collect();
    assert!(leaked.is_empty(), "{leaked:#?}");
    let canaries = kept.iter().filter(|row| shows(row, CANARY)).count();
    assert!(canaries >= 3, "the search finds what was kept on purpose: {canaries}");
    let events = kept.iter().filter(|row| row.starts_with("event_log")).count();
    assert!(events >= 9, "{events}");
}

/// Everything in a directory and below.
fn search_files(directory: &Path) {
    let mut files = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search_files(&path);
            continue;
        }
        files += 1;
        let content = fs::read(&path).unwrap();
        for line in content.split(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            assert!(!leaks(&text), "{}: {text}", path.display());
        }
    }
    assert!(files > 0, "{} is empty", directory.display());
}

#[test]
fn the_search_finds_a_number_in_every_writing() {
    let hex: String = GOOD.bytes().map(|byte| format!("{byte:02X}")).collect();
    let texts = [
        format!("x{GOOD}y"),
        spaced(GOOD, " "),
        spaced(GOOD, "\u{a0}"),
        format!("{:?}", GOOD.as_bytes()),
        format!("{:?}", GOOD.chars().collect::<Vec<_>>()),
        format!("\\x0a{hex}"),
        format!("before {}", base64_forms(GOOD)[1]),
    ];
    for text in texts {
        assert!(leaks(&text), "{text}");
    }
    assert!(leaks("cvc: \"8817\"") && !leaks("188170") && !leaks("8.8817") && !leaks(CANARY));
}
