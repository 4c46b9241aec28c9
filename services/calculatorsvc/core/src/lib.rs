//! Arithmetic, primes and rooms: the smallest domain, and the one to copy.
//!
//! Adding and multiplying are exact IEEE 754 operations on doubles; infinities and NaN are refused on
//! the way in and reported on the way out. Primes come one at a time from a bounded sieve, so that a
//! slow reader costs nothing. A sum is kept with compensation, so that its error does not grow with the
//! number of terms. A room passes every message to everyone who is in it, the sender included, and
//! forgets it; a member who does not keep up misses messages rather than holding up the room.

pub mod arithmetic;
pub mod chat;
pub mod primes;
pub mod sum;
