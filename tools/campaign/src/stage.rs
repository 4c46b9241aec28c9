//! Everything that plays: Postgres, the authority, the doors, and how each program is started.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use auditor::Sources;
use kernel::{Caller, Role as CallerRole, UserId};
use platform::{
    grpc::client::{BreakerOptions, Client, ClientOptions, Identity},
    postgres::provision::{self, Role},
};
use processes::{Authority, Door, Entrance, Program as Runnable};
use testkit::postgres::OwnServer;
use tokio::sync::Mutex;
use uuid::Uuid;
use wire::Method;

use crate::{Plan, Program};

const MIGRATOR: Role<'_> = Role {
    name: "campaign_migrator",
    password: "campaign_migrator",
};
const SERVER: Role<'_> = Role {
    name: "campaign_server",
    password: "campaign_server",
};
const ORDERS_DB: &str = "orders_db";
const PAYMENTS_DB: &str = "payments_db";
/// One call waits for an answer so long, unless it says otherwise.
const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// What authsvc grants.
const GRANTS: &[(&str, &[&str])] = &[
    ("ordersvc", &["payments:write", "users:validate"]),
    ("paymentsvc", &["orders:sync"]),
];

/// Set once; what is killed on it changes.
pub(crate) struct Stage {
    pub(crate) postgres: Mutex<OwnServer>,
    authority: Authority,
    urls: Urls,
    orders: Entered,
    payments: Entered,
    provider: Entered,
}

/// Where the databases are for their owner, who is let in without a password, as everybody is.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    pub(crate) orders_db: String,
    pub(crate) payments_db: String,
}

/// A door and the address at which other processes find it.
struct Entered {
    door: Door,
    entrance: Entrance,
}

impl Entered {
    async fn make() -> anyhow::Result<Self> {
        let door = Door::shut();
        let entrance = door.entrance().await?;
        Ok(Self { door, entrance })
    }
}

impl Stage {
    /// Starts Postgres, makes the databases and their schemas, and opens the doors.
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let postgres = OwnServer::start().await.context("could not start Postgres")?;
        let superuser = postgres.superuser_url("postgres");
        for database in [ORDERS_DB, PAYMENTS_DB] {
            provision::ensure(&superuser, database, &MIGRATOR, &SERVER)
                .await
                .with_context(|| format!("could not make {database}"))?;
        }
        let stage = Self {
            urls: Urls {
                orders_db: postgres.superuser_url(ORDERS_DB),
                payments_db: postgres.superuser_url(PAYMENTS_DB),
            },
            postgres: Mutex::new(postgres),
            authority: Authority::start(GRANTS).await?,
            orders: Entered::make().await?,
            payments: Entered::make().await?,
            provider: Entered::make().await?,
        };
        for program in [Program::Ordersvc, Program::Paymentsvc] {
            stage
                .service(program, &MIGRATOR)?
                .args(["migrate"])
                .env("DATABASE_SERVER_ROLE", SERVER.name)
                .run()
                .await
                .with_context(|| format!("could not migrate the database of {}", program.name()))?;
        }
        Ok(stage)
    }

    pub(crate) const fn urls(&self) -> &Urls {
        &self.urls
    }

    pub(crate) const fn door(&self, program: Program) -> &Door {
        match program {
            Program::Ordersvc => &self.orders.door,
            Program::Paymentsvc => &self.payments.door,
            Program::Sandbox => &self.provider.door,
        }
    }

    /// How a program is started, with everything but a failpoint.
    pub(crate) fn program(&self, program: Program, plan: &Plan, name: &str) -> anyhow::Result<Runnable> {
        let runnable = match program {
            Program::Ordersvc | Program::Paymentsvc => self.service(program, &SERVER)?.args(["serve", "--insecure"]),
            Program::Sandbox => Runnable::built(program.name())?
                .args(["--data".as_ref(), plan.output.join("sandbox").as_os_str()])
                .args(["--listen", "127.0.0.1:0", "--exit-with-parent", "--log", "warn"]),
        };
        Ok(runnable.logging_to(log_of(plan, name)))
    }

    fn service(&self, program: Program, role: &Role<'_>) -> anyhow::Result<Runnable> {
        const CARD_KEY: &str = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
        let database = match program {
            Program::Ordersvc => &self.urls.orders_db,
            Program::Paymentsvc | Program::Sandbox => &self.urls.payments_db,
        };
        let database = database.replace("postgres@", &format!("{}:{}@", role.name, role.password));
        let service = Runnable::built(program.name())?
            .as_service()
            .env("DATABASE_URL", database)
            .env("USERSVC_URL", "http://127.0.0.1:1")
            .env("PAYMENTSVC_URL", self.payments.entrance.url())
            .env("ORDERSVC_URL", self.orders.entrance.url())
            .env("SANDBOX_PSP_URL", self.provider.entrance.url())
            .env("CARD_FINGERPRINT_KEYS", CARD_KEY);
        Ok(self.authority.believed_by(service))
    }

    /// A client of nobody's over a connection of its own.
    pub(crate) fn client(&self, program: Program, methods: &'static [Method]) -> Client {
        let options = ClientOptions {
            methods: vec![methods],
            call_timeout: CALL_TIMEOUT,
            // Customers do not spare a server that was just killed.
            breaker: BreakerOptions {
                failures: u32::MAX,
                ..BreakerOptions::default()
            },
            ..ClientOptions::new("http://door")
        };
        Client::over(self.door(program).channel(), options)
    }

    /// Who a client calls as.
    pub(crate) fn identity(&self, who: Who) -> Identity {
        self.authority.identity(who.caller())
    }

    /// What the judge reads.
    pub(crate) fn sources(&self, plan: &Plan) -> Sources {
        Sources {
            orders_db: self.urls.orders_db.clone(),
            payments_db: self.urls.payments_db.clone(),
            provider: self.provider.entrance.url(),
            client_log: Some(log_of_clients(plan)),
        }
    }
}

const FIRST_CUSTOMER: u128 = 0xc0_0000;

/// Somebody who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The customer with this number.
    Customer(u128),
    Staff,
}

impl Who {
    /// Who is written so.
    pub(crate) fn named(text: &str) -> Self {
        let id = text.trim_start_matches("user:").parse().unwrap_or(Uuid::nil());
        if id == Self::Staff.id() {
            return Self::Staff;
        }
        Self::Customer(id.as_u128().wrapping_sub(FIRST_CUSTOMER))
    }

    pub(crate) const fn id(self) -> Uuid {
        match self {
            Self::Customer(number) => Uuid::from_u128(FIRST_CUSTOMER + number),
            Self::Staff => Uuid::from_u128(0x57_0000),
        }
    }

    fn caller(self) -> Caller {
        let roles = match self {
            Self::Customer(_) => vec![CallerRole::Customer],
            Self::Staff => vec![CallerRole::Customer, CallerRole::Staff],
        };
        Caller::user(UserId::new(self.id()), roles, Uuid::nil())
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user:{}", self.id())
    }
}

pub(crate) fn log_of_clients(plan: &Plan) -> PathBuf {
    plan.output.join("client.jsonl")
}

fn log_of(plan: &Plan, name: &str) -> PathBuf {
    directory_of_logs(&plan.output).join(format!("{name}.log"))
}

pub(crate) fn directory_of_logs(output: &Path) -> PathBuf {
    output.join("logs")
}
