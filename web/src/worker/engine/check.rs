//! Sanity checks of an explanation.

use super::{Engine, tell};
use crate::mailbox::{Parcel, now_ms, post};
use shared::bundle::Bundle;
use shared::explain::Target;
use shared::volume::write_nifti;
use web::aim::Aim;
use web::protocol::{Event, Stage};
use web::told::engine::EngineError;

/// Of the weights of a check: every visitor sees the same.
const SHUFFLE_SEED: u64 = 1;

impl Engine {
    /// Checks the explanation of a grey-matter map and posts what was found.
    pub async fn check(
        &mut self,
        id: u32,
        name: &str,
        parcels: &[Parcel],
        aim: Option<Aim>,
    ) -> Result<(), EngineError> {
        let (bundle, gm) = self.map(name, parcels).await?;
        let files = self.files().await?;
        let started_ms = now_ms();
        let bar = &mut self.bar;
        tell(bar, Stage::Check, None);
        let mut on_fraction = |within| {
            let fraction = bar.at(Stage::Check, within);
            post(&Event::Progress { stage: Stage::Check, fraction, bytes: None }, &[]);
        };
        let shuffled = |bundle: &Bundle| bundle.shuffled_models(&files.by_path, SHUFFLE_SEED);
        let models = shuffled(&bundle)?;
        let found = match bundle.models.sanity(&gm, aim.map(Target::from), &models, &mut on_fraction).await {
            Err(error) if self.leave_webgpu(&error) => {
                let bundle = self.bundle().await?;
                let models = shuffled(&bundle)?;
                bundle.models.sanity(&gm, aim.map(Target::from), &models, &mut |_| ()).await
            }
            outcome => outcome,
        };
        let found = found.map_err(|reason| EngineError::OfImage { name: name.to_owned(), reason })?;
        let maps = [
            (&found.identity_change, "identity change"),
            (&found.cycle_change, "cycle error"),
            (&found.shuffled_cam, "cam, shuffled weights"),
            (&found.shuffled_difference, "difference, shuffled weights"),
        ]
        .map(|(volume, name)| write_nifti(volume, &format!("AgeLens {name}")));
        let checked = Event::Checked {
            id,
            direction: found.direction,
            change: found.change as f32,
            cycle_error: found.cycle_error as f32,
            cycle_error_noise: found.cycle_error_noise as f32,
            steganography_index: found.steganography_index.map(|index| index as f32),
            identity_error: found.identity_error as f32,
            shuffled_cam_correlation: found.shuffled_cam_correlation.map(|correlation| correlation as f32),
            shuffled_difference_correlation: found
                .shuffled_difference_correlation
                .map(|correlation| correlation as f32),
            seconds: (now_ms() - started_ms) / 1000.0,
        };
        post(&checked, &maps);
        Ok(())
    }
}
