use std::fmt;

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use async_trait::async_trait;
use auth_core::{Password, PasswordHash, ports::PasswordHasher};
use aws_lc_rs::{constant_time, rand};
use kernel::PortError;
use platform::grpc::Refused;

use super::{
    CryptoError,
    queue::{NotDone, Queue},
};

const SALT: usize = 16;
const OUTPUT: usize = 32;
/// Nobody's hash: right in form, so that it costs what any other costs. 32 zero bytes come out of no password.
const NOBODYS_SALT: &str = "Y291bnRlcmZvaWwgc2FsdA";
const NOBODYS_OUTPUT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What one hash costs, and how many are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Hashes at once.
    pub at_once: usize,
    /// Hashes that may wait for their turn; more are refused.
    pub waiting: usize,
}

impl Default for HashingCost {
    /// On half of the processors. Of the costs that the Password Storage Cheat Sheet of OWASP takes for equal, from
    /// 46 MiB once to 7 MiB five times, the one that lets the service stay within 32 MiB while it hashes.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = (processors / 2).max(1);
        Self {
            memory_kib: 9_216,
            passes: 4,
            at_once,
            waiting: at_once * 32,
        }
    }
}

impl HashingCost {
    /// The same cost with so many hashes at once, and as many times more waiting.
    #[must_use]
    pub const fn at_once(self, at_once: usize) -> Self {
        Self {
            at_once,
            waiting: at_once * 32,
            ..self
        }
    }
}

/// Argon2id in a pool of its own: so many at once, so many waiting, the rest is refused. A flood of
/// logins takes the processors it is given and no more.
pub struct Argon2Hasher {
    params: Params,
    nobody: PasswordHash,
    /// Each thread keeps what its hashes fill: fresh pages cost a quarter of a hash.
    queue: Queue<Vec<Block>>,
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher").finish_non_exhaustive()
    }
}

impl Argon2Hasher {
    /// A pool of this cost.
    ///
    /// # Errors
    /// Argon2 does not take the parameters.
    pub fn try_new(cost: HashingCost) -> Result<Self, argon2::Error> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)?;
        let nobody = format!(
            "$argon2id$v=19$m={},t={},p=1${NOBODYS_SALT}${NOBODYS_OUTPUT}",
            cost.memory_kib, cost.passes
        );
        let at_once = cost.at_once.max(1);
        Ok(Self {
            params,
            nobody: PasswordHash::new(nobody),
            queue: Queue::new(at_once, cost.waiting),
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, PortError> {
        self.queue.run(work).await.map_err(|not_done| match not_done {
            NotDone::Full => {
                metrics::counter!("password_hashes_shed_total").increment(1);
                PortError::new(Refused::Overloaded)
            }
            NotDone::Panicked => CryptoError::Unfinished.into(),
        })
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PortError> {
        let (password, params) = (password.clone(), self.params.clone());
        let hashed = self.run(move |memory| hash(&password, params, memory));
        Ok(hashed.await??)
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PortError> {
        let (password, known) = (password.clone(), hash.is_some());
        let hash = hash.unwrap_or(&self.nobody).clone();
        let verified = self.run(move |memory| verify(&password, &hash, memory));
        Ok(verified.await?? && known)
    }
}

fn hash(password: &Password, params: Params, memory: &mut Vec<Block>) -> Result<PasswordHash, CryptoError> {
    let (mut salt, mut output) = ([0; SALT], [0; OUTPUT]);
    rand::fill(&mut salt).map_err(|_| CryptoError::NoRandomness)?;
    let parameters = ParamsString::try_from(&params).map_err(|_| CryptoError::Unreadable)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    fill(&argon2, password, &salt, &mut output, memory)?;
    let hash = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: parameters,
        salt: Some(Salt::new(&salt).map_err(|_| CryptoError::Unreadable)?),
        hash: Some(Output::new(&output).map_err(|_| CryptoError::Unreadable)?),
    };
    Ok(PasswordHash::new(hash.to_string()))
}

/// By the parameters that the hash was made with.
fn verify(password: &Password, hash: &PasswordHash, memory: &mut Vec<Block>) -> Result<bool, CryptoError> {
    let hash = phc::PasswordHash::new(hash.expose()).map_err(|_| CryptoError::Unreadable)?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(CryptoError::Unreadable);
    };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| CryptoError::Unreadable)?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from);
    let version = version.map_err(|_| CryptoError::Unreadable)?;
    let params = Params::try_from(&hash).map_err(|_| CryptoError::Unreadable)?;
    let mut output = vec![0; expected.len()];
    let argon2 = Argon2::new(algorithm, version, params);
    fill(&argon2, password, salt, &mut output, memory)?;
    Ok(constant_time::verify_slices_are_equal(expected.as_bytes(), &output).is_ok())
}

fn fill(
    argon2: &Argon2<'_>,
    password: &Password,
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<(), CryptoError> {
    memory.resize(argon2.params().block_count(), Block::default());
    argon2
        .hash_password_into_with_memory(password.expose().as_bytes(), salt, output, memory)
        .map_err(|_| CryptoError::Unreadable)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{Duration, Instant},
    };

    use kernel::{Classify, ErrorKind};

    use super::*;

    fn cheap(at_once: usize, waiting: usize) -> Argon2Hasher {
        let cost = HashingCost {
            memory_kib: 64,
            passes: 1,
            at_once,
            waiting,
        };
        Argon2Hasher::try_new(cost).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_verified_by_its_own_hash_only() {
        let hasher = cheap(1, 8);
        let right = Password::claimed("analytical engine");
        let hash = hasher.hash(&right).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_ne!(hasher.hash(&right).await.unwrap(), hash, "every hash has its own salt");
        assert!(hasher.verify(&right, Some(&hash)).await.unwrap());
        let wrong = Password::claimed("difference engine");
        assert!(!hasher.verify(&wrong, Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&right, None).await.unwrap());
    }

    #[tokio::test]
    async fn the_cost_of_production_is_what_the_hash_says() {
        let hasher = Argon2Hasher::try_new(HashingCost::default()).unwrap();
        let hash = hasher.hash(&Password::claimed("analytical engine")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=9216,t=4,p=1$"));
    }

    #[tokio::test]
    async fn nobodys_hash_costs_what_any_other_costs() {
        let cost = HashingCost {
            memory_kib: 4_096,
            passes: 1,
            at_once: 1,
            waiting: 1,
        };
        let hasher = Argon2Hasher::try_new(cost).unwrap();
        let password = Password::claimed("analytical engine");
        let hash = hasher.hash(&password).await.unwrap();
        // What a hash costs is written in it: algorithm, version, parameters, and how long salt and output are.
        let cost_of = |hash: &PasswordHash| {
            let parts: Vec<String> = hash.expose().split('$').map(str::to_owned).collect();
            let [_, algorithm, version, parameters, salt, output] = <[_; 6]>::try_from(parts).unwrap();
            (algorithm, version, parameters, salt.len(), output.len())
        };
        assert_eq!(cost_of(&hasher.nobody), cost_of(&hash));
        assert!(!hasher.verify(&password, None).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_flood_is_shed_and_slows_nothing_else() {
        let cost = HashingCost {
            memory_kib: 19_456,
            passes: 2,
            at_once: 1,
            waiting: 4,
        };
        let hasher = Arc::new(Argon2Hasher::try_new(cost).unwrap());
        let calls: Vec<_> = (0..200)
            .map(|_| {
                let hasher = Arc::clone(&hasher);
                tokio::spawn(async move { hasher.verify(&Password::claimed("analytical engine"), None).await })
            })
            .collect();
        let begun = Instant::now();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let elsewhere = begun.elapsed();
        let (mut served, mut shed) = (0, 0);
        for call in calls {
            match call.await.unwrap() {
                Ok(_) => served += 1,
                Err(error) => {
                    assert_eq!((error.kind(), error.reason()), (ErrorKind::Exhausted, "OVERLOADED"));
                    assert!(error.retry_after().is_some());
                    shed += 1;
                }
            }
        }
        assert!(served >= 5 && shed >= 150, "{served} served, {shed} shed");
        assert!(elsewhere < Duration::from_secs(2), "others waited {elsewhere:?}");
    }
}
