//! What is carried out into files, and taken from them.

use std::path::PathBuf;

use tidings_node::api::{ExportBundle, ImportBundle};

use super::tell;
use crate::chat::backend::Backend;
use crate::chat::{Told, Way};
use crate::failure::Failure;

pub(super) async fn carry(to: &impl Backend, way: Way, path: PathBuf) -> Result<Told, Failure> {
    let told = |bundle| Told::Bundle(way, bundle);
    match way {
        Way::Export => {
            let export = ExportBundle {
                path,
                who: None,
                request: None,
            };
            tell(to, export, told).await
        }
        Way::Import => {
            let import = ImportBundle {
                path,
                request: None,
            };
            tell(to, import, told).await
        }
    }
}
