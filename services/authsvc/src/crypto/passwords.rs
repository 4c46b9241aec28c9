use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc},
};
use async_trait::async_trait;
use auth_core::{Password, PasswordHash, ports::PasswordHasher};
use aws_lc_rs::rand;
use kernel::PortError;
use platform::grpc::Refused;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::CryptoError;

const SALT: usize = 16;
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
    /// What OWASP asks for at least, on half of the processors.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = (processors / 2).max(1);
        Self {
            memory_kib: 19_456,
            passes: 2,
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
#[derive(Debug)]
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    nobody: PasswordHash,
    /// One permit for each hash that runs or waits.
    admitted: Arc<Semaphore>,
    /// One permit for each hash that runs.
    running: Arc<Semaphore>,
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
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            nobody: PasswordHash::new(nobody),
            admitted: Arc::new(Semaphore::new(at_once + cost.waiting)),
            running: Arc::new(Semaphore::new(at_once)),
        })
    }

    /// Runs on a thread where it may block. Both permits stay with the work: a caller who gives up frees a
    /// place in the queue, but not a processor that is still busy.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, PortError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| {
            metrics::counter!("password_hashes_shed_total").increment(1);
            PortError::new(Refused::Overloaded)
        })?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        let permits: (OwnedSemaphorePermit, OwnedSemaphorePermit) =
            (admitted, running.map_err(|_| CryptoError::PoolGone)?);
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = work(argon2);
            drop(permits);
            done
        });
        Ok(done.await.map_err(|_| CryptoError::PoolGone)?)
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PortError> {
        let password = password.clone();
        let hashed = self.run(move |argon2| {
            let mut salt = [0; SALT];
            rand::fill(&mut salt).map_err(|_| CryptoError::NoRandomness)?;
            let hash: phc::PasswordHash = argon2
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .map_err(|_| CryptoError::Unreadable)?;
            Ok::<_, CryptoError>(PasswordHash::new(hash.to_string()))
        });
        Ok(hashed.await??)
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PortError> {
        let (password, known) = (password.clone(), hash.is_some());
        let hash = hash.unwrap_or(&self.nobody).clone();
        let verified = self.run(move |argon2| {
            let parsed = phc::PasswordHash::new(hash.expose()).map_err(|_| CryptoError::Unreadable)?;
            Ok::<_, CryptoError>(argon2.verify_password(password.expose().as_bytes(), &parsed).is_ok())
        });
        Ok(verified.await?? && known)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

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
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
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
