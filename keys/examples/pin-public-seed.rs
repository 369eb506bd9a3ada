//! Remakes the public-seed keys and writes what this repository pins of them: `keys/manifest.json` and
//! `keys/public-seed/*.vk`. Run it after every change of a circuit:
//!
//! ```sh
//! cargo run -p aiq-keys --example pin-public-seed
//! ```

use std::error::Error;
use std::fs;
use std::path::Path;

use aiq_circuits::statement::StatementId;
use aiq_keys::manifest::{MANIFEST_FILE, Manifest};
use aiq_keys::setup::MadeKey;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut entries = Vec::new();
    for statement in StatementId::ALL {
        let key = MadeKey::public_seed(statement, &mut |_| {})?;
        println!("{statement}: {}, proving key {} bytes", key.entry.key_id, key.entry.proving.size);
        fs::write(root.join("public-seed").join(format!("{statement}.vk")), &key.verifying)?;
        entries.push(key.entry);
    }
    let manifest = Manifest::new(entries)?;
    fs::write(root.join(MANIFEST_FILE), manifest.to_json())?;
    println!("manifest: {}", manifest.digest_hex());
    Ok(())
}
