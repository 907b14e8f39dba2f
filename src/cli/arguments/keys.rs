//! Where the secrets come from with which TLS is read.

use std::path::PathBuf;

use clap::Args;

/// Arguments of every subcommand that reads captures: secrets for what TLS hides.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "TLS")]
pub struct KeyArgs {
    /// A key log with secrets of TLS connections, as SSLKEYLOGFILE makes them
    #[arg(long, value_name = "FILE")]
    pub keylog: Vec<PathBuf>,
    /// The RSA key of a server (PEM), for connections whose key exchange is RSA
    #[arg(long, value_name = "FILE")]
    pub private_key: Vec<PathBuf>,
    /// Do not use the secrets that a pcapng file holds
    #[arg(long)]
    pub no_secrets: bool,
}
