use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tonic::transport::{Channel, Endpoint};

/// Where callers find a program: the door stays when another process answers behind it. With several
/// replicas behind it, connections take turns. Clones are the same door.
#[derive(Debug, Clone, Default)]
pub struct Door {
    behind: Arc<watch::Sender<Vec<SocketAddr>>>,
    turn: Arc<AtomicUsize>,
}

impl Door {
    /// A door with nobody behind it.
    pub fn shut() -> Self {
        Self::default()
    }

    /// A door to this address.
    pub fn to(address: SocketAddr) -> Self {
        let door = Self::shut();
        door.leads_to(address);
        door
    }

    /// From now on this address alone is behind it.
    pub fn leads_to(&self, address: SocketAddr) {
        self.behind.send_replace(vec![address]);
    }

    /// From now on these addresses are behind it; none refuses every connection.
    pub fn leads_to_all(&self, addresses: Vec<SocketAddr>) {
        self.behind.send_replace(addresses);
    }

    /// A channel through this door for callers in this process.
    pub fn channel(&self) -> Channel {
        self.channel_with_window(None)
    }

    /// A channel whose streams take so many bytes that nobody has read.
    pub fn channel_with_window(&self, window: Option<u32>) -> Channel {
        let door = self.clone();
        let connector = tower::service_fn(move |_: tonic::codegen::http::Uri| {
            let door = door.clone();
            async move { Ok::<_, io::Error>(TokioIo::new(door.connect().await?)) }
        });
        Endpoint::from_static("http://door")
            .initial_stream_window_size(window)
            .initial_connection_window_size(window)
            .connect_with_connector_lazy(connector)
    }

    /// An address of this door's own, for callers in other processes. A connection that finds nobody behind the
    /// door is closed.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn entrance(&self) -> io::Result<Entrance> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let door = self.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let door = door.clone();
                tokio::spawn(async move {
                    // However a connection ends, both sides see it end.
                    drop(door.pass(caller).await);
                });
            }
        });
        Ok(Entrance { address, accepting })
    }

    async fn pass(&self, mut caller: TcpStream) -> io::Result<()> {
        let mut process = self.connect().await?;
        caller.set_nodelay(true)?;
        tokio::io::copy_bidirectional(&mut caller, &mut process).await?;
        Ok(())
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(self.next()?).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn next(&self) -> io::Result<SocketAddr> {
        let behind = self.behind.borrow();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let nobody = || io::Error::new(io::ErrorKind::ConnectionRefused, "nobody is behind the door");
        let place = turn.checked_rem(behind.len()).ok_or_else(nobody)?;
        Ok(behind[place])
    }
}

/// The address of a [`Door`]; gone when dropped.
#[derive(Debug)]
pub struct Entrance {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Entrance {
    /// As a URL, in the clear.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
