use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// Stands between a client and a server, and fails on demand. Of what clients send, it counts the round
/// trips of the Postgres protocol (without TLS): each `Query` and each `Sync`.
#[derive(Debug)]
pub struct ChaosProxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    round_trips: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open,
    Full,
    Paused,
    Cut,
}

impl ChaosProxy {
    /// Listens on a free port and passes everything on to `target`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (mode, modes) = watch::channel(Mode::Open);
        let round_trips = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&round_trips);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *modes.borrow() != Mode::Cut {
                    tokio::spawn(serve(client, target, modes.clone(), Arc::clone(&counter)));
                }
            }
        });
        Ok(Self {
            address,
            mode,
            round_trips,
            accepting,
        })
    }

    /// Where clients connect.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets new connections wait from now on; those that are open go on.
    pub fn fill(&self) {
        self.mode.send_replace(Mode::Full);
    }

    /// Holds every byte back from now on, as a network does that loses packets.
    pub fn pause(&self) {
        self.mode.send_replace(Mode::Paused);
    }

    /// Closes every connection and each new one.
    pub fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }

    /// Passes everything on again.
    pub fn restore(&self) {
        self.mode.send_replace(Mode::Open);
    }

    /// How many round trips to Postgres there were so far.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.mode.send_replace(Mode::Cut);
    }
}

async fn serve(client: TcpStream, target: SocketAddr, mut modes: watch::Receiver<Mode>, counter: Arc<AtomicU64>) {
    if modes.wait_for(|mode| *mode != Mode::Full).await.is_err() {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let messages = Messages::new(counter);
    tokio::select! {
        () = pass(from_client, to_server, modes.clone(), Some(messages)) => {}
        () = pass(from_server, to_client, modes.clone(), None) => {}
        _ = modes.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut modes: watch::Receiver<Mode>,
    mut messages: Option<Messages>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        let bytes = &buffer[..length];
        if let Some(messages) = &mut messages {
            messages.feed(bytes);
        }
        let open = modes.wait_for(|mode| *mode != Mode::Paused).await.is_ok();
        if !open || to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

/// Reads the messages of a Postgres client as they pass.
struct Messages {
    header: Vec<u8>,
    started: bool,
    body_left: usize,
    counter: Arc<AtomicU64>,
}

impl Messages {
    fn new(counter: Arc<AtomicU64>) -> Self {
        Self {
            header: Vec::new(),
            started: false,
            body_left: 0,
            counter,
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        const VERSION_3: [u8; 2] = [0, 3];
        while !bytes.is_empty() {
            if self.body_left > 0 {
                let skipped = self.body_left.min(bytes.len());
                self.body_left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            // A typed message has its length after the type; the first ones have no type, but a code.
            let header = if self.started { 5 } else { 8 };
            let missing = (header - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.header.len() < header {
                return;
            }
            let at = usize::from(self.started);
            let mut length = [0; 4];
            length.copy_from_slice(&self.header[at..at + 4]);
            let length = u32::from_be_bytes(length) as usize;
            if self.started {
                let is_answered = matches!(self.header[0], b'Q' | b'S');
                self.counter.fetch_add(u64::from(is_answered), Ordering::Relaxed);
                self.body_left = length.saturating_sub(4);
            } else {
                self.started = self.header[4..6] == VERSION_3;
                self.body_left = length.saturating_sub(8);
            }
            self.header.clear();
        }
    }
}
