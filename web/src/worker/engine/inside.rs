//! The classifier opened up for one image.

use super::{Engine, tell};
use crate::mailbox::{Parcel, post};
use web::inside::bytes_of;
use web::protocol::{Event, Stage};
use web::told::engine::EngineError;

impl Engine {
    /// Opens the classifier for a grey-matter map and posts what is inside.
    pub async fn look_inside(&mut self, id: u32, name: &str, parcels: &[Parcel]) -> Result<(), EngineError> {
        let (bundle, gm) = self.map(name, parcels).await?;
        tell(&mut self.bar, Stage::Classify, None);
        let found = match bundle.models.look_inside(&gm).await {
            Err(error) if self.leave_webgpu(&error) => self.bundle().await?.models.look_inside(&gm).await,
            outcome => outcome,
        };
        let found = found.map_err(|reason| EngineError::OfImage { name: name.to_owned(), reason })?;
        post(&Event::Inside { id }, &found.to_numbers().map(|numbers| bytes_of(&numbers)));
        Ok(())
    }
}
