//! Arithmetic, primes and rooms: the smallest domain, and the one to copy.
