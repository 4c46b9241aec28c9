use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    net::TcpListener,
    os::unix::{
        fs::{OpenOptionsExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};

use crate::{Error, Installation, user};

const KNOWS_SCRAM_ITERATIONS: u32 = 16;
const SUPERUSER: &str = "postgres";
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN_SECONDS: &str = "30";
const POLL: Duration = Duration::from_millis(20);

/// What the data are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lifetime {
    /// To be kept: they survive the machine losing power, and only who has a password reads them.
    #[default]
    Kept,
    /// For tests: fast above all. The data survive the end of the server, not of the machine, and
    /// everybody on the machine is let in.
    Throwaway,
}

/// What server to start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The directory that belongs to the server: data, log, lock and password.
    pub directory: PathBuf,
    /// The port on 127.0.0.1; a free one when not given.
    pub port: Option<u16>,
    /// See [`Lifetime`].
    pub lifetime: Lifetime,
    /// How many connections the server takes.
    pub max_connections: u32,
}

impl Settings {
    /// A server whose data are kept in `directory`, on a free port.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            port: None,
            lifetime: Lifetime::Kept,
            max_connections: 200,
        }
    }
}

/// A running server that this process owns. [`EmbeddedPostgres::stop`] ends it; dropping it only asks
/// it to end.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    installation: Installation,
    data: PathBuf,
    log: PathBuf,
    port: u16,
    password: String,
    child: Option<Child>,
    // Released when the process ends, however it ends.
    _lock: File,
}

impl EmbeddedPostgres {
    /// Starts the server and waits until it answers. Data are made at the first start and kept.
    ///
    /// # Errors
    /// Another process owns the directory, the port is taken, or PostgreSQL does not start.
    pub async fn start(installation: Installation, settings: &Settings) -> Result<Self, Error> {
        let directory = &settings.directory;
        fs::create_dir_all(directory).map_err(Error::file("create", directory))?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755))
            .map_err(Error::file("change the permissions of", directory))?;
        let directory = &directory.canonicalize().map_err(Error::file("resolve", directory))?;
        let lock = lock(directory)?;
        let data = directory.join("data");
        let password = password(&directory.join("superuser.password"))?;

        reap(&installation, &data)?;
        initialize(&installation, directory, &data, &password, settings.lifetime)?;
        let (child, port) = launch(&installation, directory, &data, &password, settings).await?;
        Ok(Self {
            installation,
            data,
            log: log_of(directory),
            port,
            password,
            child: Some(child),
            _lock: lock,
        })
    }

    /// The URL of a database for the superuser.
    pub fn superuser_url(&self, database: &str) -> String {
        url(SUPERUSER, &self.password, self.port, database)
    }

    /// The URL of a database for a role that was made on this server.
    pub fn url(&self, role: &str, password: &str, database: &str) -> String {
        url(role, password, self.port, database)
    }

    /// The port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where the server logs.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The process id of the server, for tests that kill it.
    pub fn process_id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends all sessions, writes everything down and waits for the end (fast shutdown).
    ///
    /// # Errors
    /// The server did not end.
    pub async fn stop(mut self) -> Result<(), Error> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        let installation = self.installation.clone();
        let data = self.data.clone();
        let ended = tokio::task::spawn_blocking(move || {
            stop(&installation, &data)?;
            child.wait().map_err(Error::file("wait for the server of", &data))
        });
        match ended.await {
            Ok(status) => status.map(drop),
            Err(_) => Err(Error::Program {
                program: "pg_ctl",
                output: "interrupted".to_owned(),
            }),
        }
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        if self.child.take().is_some() {
            let asked = self
                .installation
                .program("pg_ctl")
                .args(["stop", "--mode=fast", "--no-wait", "--silent", "-D"])
                .arg(&self.data)
                .status();
            if let Err(error) = asked {
                tracing::warn!(%error, "could not ask the embedded postgres to stop");
            }
        }
    }
}

fn log_of(directory: &Path) -> PathBuf {
    directory.join("server.log")
}

fn url(role: &str, password: &str, port: u16, database: &str) -> String {
    format!("postgres://{role}:{password}@127.0.0.1:{port}/{database}")
}

/// One owner per directory, judged by the operating system, so that a killed owner leaves no lock.
fn lock(directory: &Path) -> Result<File, Error> {
    let path = directory.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(Error::File {
            what: "lock",
            path,
            source,
        }),
    }
}

/// The superuser's password: made once, readable by the owner of the process only.
fn password(path: &Path) -> Result<String, Error> {
    if let Ok(kept) = fs::read_to_string(path)
        && !kept.is_empty()
    {
        return Ok(kept);
    }
    let mut random = [0_u8; 24];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::Program {
        program: "the random source",
        output: "no randomness".to_owned(),
    })?;
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    write_private(path, &text)?;
    Ok(text)
}

fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::file("create", path))?;
    file.write_all(text.as_bytes()).map_err(Error::file("write", path))
}

/// Stops a server that a killed owner left behind. We hold the lock, so it is nobody's.
fn reap(installation: &Installation, data: &Path) -> Result<(), Error> {
    let pid_file = data.join("postmaster.pid");
    let Ok(content) = fs::read_to_string(&pid_file) else {
        return Ok(());
    };
    let Some(pid) = content.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
        return Ok(());
    };
    match serves(pid, data) {
        Serves::This => {
            tracing::info!(pid, "stopping a server that its owner left behind");
            stop(installation, data)
        }
        // The number now names another process; PostgreSQL would take that for its predecessor.
        Serves::Other => fs::remove_file(&pid_file).map_err(Error::file("remove", &pid_file)),
        // PostgreSQL itself recovers from this, and checks that no backend is left.
        Serves::Nobody => Ok(()),
    }
}

enum Serves {
    This,
    Other,
    Nobody,
}

fn serves(pid: u32, data: &Path) -> Serves {
    let output = Command::new("ps")
        .args(["-ww", "-o", "args=", "-p", &pid.to_string()])
        .output();
    let arguments = match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).replace('\0', " "),
        Err(_) => output
            .map(|o| String::from_utf8_lossy(&o.stdout).into_owned())
            .unwrap_or_default(),
    };
    if arguments.trim().is_empty() {
        Serves::Nobody
    } else if arguments.contains("postgres") && arguments.contains(&*data.to_string_lossy()) {
        Serves::This
    } else {
        Serves::Other
    }
}

fn stop(installation: &Installation, data: &Path) -> Result<(), Error> {
    let stopped = run(
        "pg_ctl",
        installation
            .program("pg_ctl")
            .args([
                "stop",
                "--mode=fast",
                "--wait",
                "--silent",
                "--timeout",
                STOPPED_WITHIN_SECONDS,
                "-D",
            ])
            .arg(data),
    );
    match stopped {
        // It may have ended by itself in between.
        Err(_) if !data.join("postmaster.pid").exists() => Ok(()),
        other => other,
    }
}

fn initialize(
    installation: &Installation,
    directory: &Path,
    data: &Path,
    password: &str,
    lifetime: Lifetime,
) -> Result<(), Error> {
    let version_file = data.join("PG_VERSION");
    if let Ok(found) = fs::read_to_string(&version_file) {
        let found = found.trim().to_owned();
        return if found == installation.major().to_string() {
            Ok(())
        } else {
            Err(Error::OtherVersion {
                data: data.to_owned(),
                found,
                programs: installation.major(),
            })
        };
    }
    // A killed initdb leaves a directory without its version; there is nothing of value in it.
    if data.exists() {
        fs::remove_dir_all(data).map_err(Error::file("remove", data))?;
    }
    let fresh = directory.join("data.new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(Error::file("remove", &fresh))?;
    }
    fs::create_dir(&fresh).map_err(Error::file("create", &fresh))?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o700))
        .map_err(Error::file("change the permissions of", &fresh))?;
    user::give(&fresh)?;
    let password_file = directory.join("initdb.password");
    write_private(&password_file, password)?;
    user::give(&password_file)?;
    let mut initdb = installation.program("initdb");
    initdb
        .args([
            "--username",
            SUPERUSER,
            match lifetime {
                Lifetime::Kept => "--auth=scram-sha-256",
                Lifetime::Throwaway => "--auth=trust",
            },
            "--encoding=UTF8",
            "--locale=C",
        ])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("-D")
        .arg(&fresh);
    if lifetime == Lifetime::Throwaway {
        initdb.arg("--no-sync");
    }
    // The passwords here are random: stretching them protects nothing and makes every connection slow.
    if installation.major() >= KNOWS_SCRAM_ITERATIONS {
        initdb.args(["--set", "scram_iterations=1"]);
    }
    let made = run("initdb", &mut initdb);
    fs::remove_file(&password_file).map_err(Error::file("remove", &password_file))?;
    made?;
    fs::rename(&fresh, data).map_err(Error::file("rename", &fresh))
}

async fn launch(
    installation: &Installation,
    directory: &Path,
    data: &Path,
    password: &str,
    settings: &Settings,
) -> Result<(Child, u16), Error> {
    let log = log_of(directory);
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let port = match settings.port {
            Some(port) => TcpListener::bind(("127.0.0.1", port))
                .map(|_| port)
                .map_err(|_| Error::PortTaken(port))?,
            None => free_port()?,
        };
        let mut child = spawn(installation, directory, data, port, settings, &log)?;
        match ready(&mut child, port, password, &log, deadline).await? {
            Started::Ready => return Ok((child, port)),
            Started::Ended(status) => {
                let told = end_of(&log);
                // Backends of a killed server go on for a moment; a free port can be taken in between.
                let passing = told.contains("shared memory") || told.contains("could not bind");
                if !passing || settings.port.is_some() && !told.contains("shared memory") || Instant::now() > deadline {
                    return Err(Error::Program {
                        program: "postgres",
                        output: format!("{status}: {told}"),
                    });
                }
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

enum Started {
    Ready,
    Ended(ExitStatus),
}

async fn ready(child: &mut Child, port: u16, password: &str, log: &Path, by: Instant) -> Result<Started, Error> {
    let url = url(SUPERUSER, password, port, "postgres");
    loop {
        if let Ok(connection) = PgConnection::connect(&url).await {
            // Nothing is lost when saying goodbye fails.
            drop(connection.close().await);
            return Ok(Started::Ready);
        }
        if let Some(status) = child.try_wait().map_err(Error::file("wait for the server of", log))? {
            return Ok(Started::Ended(status));
        }
        if Instant::now() > by {
            return Err(Error::NotReady(log.to_owned()));
        }
        tokio::time::sleep(POLL).await;
    }
}

fn spawn(
    installation: &Installation,
    directory: &Path,
    data: &Path,
    port: u16,
    settings: &Settings,
    log: &Path,
) -> Result<Child, Error> {
    let log_file = File::create(log).map_err(Error::file("create", log))?;
    let durable = match settings.lifetime {
        Lifetime::Kept => "on",
        Lifetime::Throwaway => "off",
    };
    let mut command = installation.program("postgres");
    command.arg("-D").arg(data);
    for (name, value) in [
        ("listen_addresses", "127.0.0.1"),
        ("port", &port.to_string()),
        ("unix_socket_directories", &socket_directory(directory, data)),
        ("max_connections", &settings.max_connections.to_string()),
        ("fsync", durable),
        ("full_page_writes", durable),
        ("synchronous_commit", durable),
        ("jit", "off"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
    ] {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log_file)
        // Ctrl-C at the terminal is for the owner, which drains first and stops the server then.
        .process_group(0)
        .spawn()
        .map_err(Error::file("start the server of", data))
}

/// Paths of sockets are short on every system; without one, TCP serves.
fn socket_directory(directory: &Path, data: &Path) -> String {
    const LONGEST: usize = 80;
    if directory.as_os_str().len() <= LONGEST {
        data.to_string_lossy().into_owned()
    } else {
        String::new()
    }
}

fn free_port() -> Result<u16, Error> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Error::file("find a free port on", "127.0.0.1"))
}

fn run(program: &'static str, command: &mut Command) -> Result<(), Error> {
    let output = command.stdin(Stdio::null()).output().map_err(|source| Error::Program {
        program,
        output: source.to_string(),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let told = if output.stderr.is_empty() {
        output.stdout
    } else {
        output.stderr
    };
    Err(Error::Program {
        program,
        output: tail(&String::from_utf8_lossy(&told)),
    })
}

fn end_of(log: &Path) -> String {
    tail(&fs::read_to_string(log).unwrap_or_default())
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .rev()
        .filter(|line| !line.trim().is_empty())
        .take(5)
        .collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("; ")
}
