use std::{
    convert::Infallible,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, response::Response};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use kernel::{IdSource, UuidV7Source};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tower::ServiceExt;

use crate::{
    bookkeeper::Bookkeeper,
    books::Books,
    faults::{Control, Faults},
    http::{NoAnswer, router},
    journal::{self, JournalError},
};

/// How long requests may take to end when the provider does.
const DRAIN: Duration = Duration::from_secs(1);
const PAUSE_WITHOUT_SOCKETS: Duration = Duration::from_millis(50);

/// How a provider is started.
#[derive(Clone)]
pub struct Options {
    /// The directory that belongs to it.
    pub data: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where its ids come from.
    pub ids: Arc<dyn IdSource>,
}

impl Options {
    /// A provider on a free port of the loopback.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ids: Arc::new(UuidV7Source),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("data", &self.data)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// Why a provider does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory cannot be used.
    #[error("could not use the directory {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has the directory.
    #[error("another sandbox-psp is running on {0}")]
    InUse(PathBuf),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Nobody can listen there.
    #[error("could not listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no thread for the books.
    #[error("could not start the thread that writes the journal")]
    Thread(#[source] io::Error),
}

/// A running provider. Dropping it ends it at once, as killing it would; [`Sandbox::stop`] lets requests end.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    faults: Arc<Faults>,
    books: Bookkeeper,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

impl Sandbox {
    /// Reads its journal and starts to listen.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { data, listen, ids } = options;
        let lock = lock(&data)?;
        let mut books = Books::default();
        let journal = journal::open(&data, |entry| books.apply(&entry).is_some())?;
        let listening = |source| StartError::Listen {
            address: listen,
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let faults = Arc::new(Faults::default());
        let (books, ended) =
            Bookkeeper::start(books, journal, lock, ids, Arc::clone(&faults)).map_err(StartError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, router(books.clone(), Arc::clone(&faults)), stopped));
        Ok(Self {
            address,
            faults,
            books,
            stop: Some(stop),
            serving,
            ended,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as `http://…`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tells it what to do badly, as `PUT /control` does.
    pub fn control(&self, control: Control) {
        self.faults.set(control);
    }

    /// Takes nothing more, lets what runs end for a second, and gives the directory free.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // It stops by itself when nobody is left to tell.
            let _ = stop.send(());
        }
        if timeout(DRAIN * 2, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
        self.books.end().await;
        // An error says that it has ended already.
        drop((&mut self.ended).await);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One process for a directory, judged by the operating system, so that a killed one leaves no lock. The file tells
/// who it is.
fn lock(directory: &Path) -> Result<File, StartError> {
    let failed = |source| StartError::Directory {
        path: directory.to_owned(),
        source,
    };
    fs::create_dir_all(directory).map_err(failed)?;
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(directory.join("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StartError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(failed)?;
    Ok(file)
}

async fn serve(listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<()>) {
    let (open, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = &mut stopped => break,
        };
        match accepted {
            Ok((stream, _)) => drop(connections.spawn(connection(stream, router.clone(), &open))),
            // The caller is gone, or there are no more sockets: both pass.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE_WITHOUT_SOCKETS).await;
            }
        }
    }
    drop(listener);
    // What takes longer is cut, which its callers take for an unknown outcome, as they must.
    drop(timeout(DRAIN, open.shutdown()).await);
}

/// Closing a connection is how an answer gets lost.
fn connection(stream: TcpStream, router: Router, open: &GracefulShutdown) -> impl Future<Output = ()> + use<> {
    // Without it answers wait for acknowledgements.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| answer(router.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let connection = open.watch(connection);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended");
        }
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, AnswerLost> {
    let began = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let trace = request.headers().get("traceparent").cloned();
    let response: Result<Response, Infallible> = router.oneshot(request.map(Body::new)).await;
    let Ok(response) = response;
    let is_lost = response.extensions().get::<NoAnswer>().is_some();
    let status = if is_lost { 0 } else { response.status().as_u16() };
    let trace = trace.as_ref().and_then(|value| value.to_str().ok());
    tracing::info!(%method, path, status, elapsed_ms = began.elapsed().as_millis() as u64, traceparent = trace, "answered");
    if is_lost { Err(AnswerLost) } else { Ok(response) }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer was to get lost")]
struct AnswerLost;
