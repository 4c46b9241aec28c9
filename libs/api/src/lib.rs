//! Generated messages, clients, servers and validators of every contract.
