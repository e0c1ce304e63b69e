//! Requests about what holds for the whole profile.

mod key;

use tidings_protocol::engine::Command;
use tidings_store::Reader;

use self::key::Key;
use super::Service;
use crate::api::{ApiError, ChangeSetting, GetSettings, Setting};

impl Service {
    pub(super) async fn settings(&self, request: &GetSettings) -> Result<Vec<Setting>, ApiError> {
        let key = request.key.as_deref().map(Key::read).transpose()?;
        let record = self.shared.storage.read(Reader::settings).await?;
        let wanted = Key::ALL
            .iter()
            .filter(|one| key.is_none_or(|key| key == **one));
        Ok(wanted.map(|key| key.shown(&record)).collect())
    }

    pub(super) async fn configure(&self, request: ChangeSetting) -> Result<Setting, ApiError> {
        let key = Key::read(&request.key)?;
        let setting = key.choice(&request.value)?;
        self.command(request.request, Command::Set(setting)).await?;
        let record = self.shared.storage.read(Reader::settings).await?;
        Ok(key.shown(&record))
    }
}
