//! Preparation of raw T1 images: the standard brain, fetched when it is first needed, and the work with its progress.

use crate::download::fetch;
use crate::mailbox::{now_ms, post};
use crate::turn::Turn;
use shared::bundle::Manifest;
use shared::prepare::t1::{
    Options, Prepared, Progress, Step, T1Error, TEMPLATE_VERSION, Template, failures, prepare_t1, qc_picture,
};
use shared::prepare::{PREPARATION_VERSION, description};
use shared::volume::{Volume, write_nifti};
use std::ops::ControlFlow;
use web::prepared::sendable;
use web::progress::Bar;
use web::protocol::{Event, Stage};
use web::told::engine::{EngineError, FileWarning};

/// Where the files of the template lie, relative to the page.
const FOLDER: &str = "template/";
/// Largest file of it that is fetched: several times what any has.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// How long the preparation computes before others have their turn: short beside the half second in which a
/// cancellation must be answered, long beside a turn.
const PATIENCE_MS: f64 = 30.0;

/// Refuses a model that learned from maps of another preparation than ours.
pub fn check_model(name: &str, manifest: &Manifest) -> Result<(), EngineError> {
    if manifest.takes_preparation(PREPARATION_VERSION) {
        return Ok(());
    }
    Err(EngineError::OtherModel {
        name: name.to_owned(),
        own: PREPARATION_VERSION.to_owned(),
        model: manifest.name.clone(),
        other: manifest.preparation_version.clone(),
    })
}

/// Fetches and reads the template of the site.
pub async fn fetch_template(site: &str, bar: &mut Bar) -> Result<Template, EngineError> {
    let mut files = Vec::with_capacity(Template::FILES.len());
    for name in Template::FILES {
        let fraction = bar.at(Stage::Template, files.len() as f32 / Template::FILES.len() as f32);
        post(&Event::Progress { stage: Stage::Template, fraction, bytes: None }, &[]);
        // A browser keeps files; those of another version must not be taken for these.
        let url = format!("{site}{FOLDER}{name}?version={TEMPLATE_VERSION}");
        files.push(fetch(&format!("{FOLDER}{name}"), &url, MAX_FILE_BYTES, |_| {}).await?);
    }
    let files: [Vec<u8>; Template::FILES.len()] = files.try_into().map_err(|_| EngineError::TemplateIncomplete)?;
    Template::from_files(files.each_ref().map(Vec::as_slice)).map_err(|error| match error {
        T1Error::Template { reason } => EngineError::TemplateDamaged { reason },
        other => other.into(),
    })
}

/// Prepares a raw T1 image, and posts picture, quality and maps. Only a preparation that passed comes back.
pub async fn prepare(
    id: u32,
    name: &str,
    volume: Volume,
    warnings: Vec<FileWarning>,
    template: &Template,
    bar: &mut Bar,
) -> Result<Volume, EngineError> {
    let started_ms = now_ms();
    let mut progress = Told { bar, turn: Turn::new(), step: None, last_ms: started_ms };
    // Forced, so that there is a picture to see why it failed; whether it passed is asked below.
    let options = Options { modulated: false, force: true };
    let prepared = prepare_t1(name, &volume, template, options, &mut progress).await?;
    drop(volume);
    let picture = qc_picture(&prepared, template);
    let Prepared { gm, wm, csf, mask, t1, mni_from_world, quality, found } = prepared;
    let mut files = vec![picture.rgba];
    if quality.passed {
        files.extend([&gm, &wm, &csf, &mask, &t1].map(|map| write_nifti(map, &description(""))));
    }
    let event = Event::Prepared {
        id,
        quality: sendable(quality.clone()),
        reasons: failures(&quality.measures).into_iter().map(Into::into).collect(),
        found,
        mni_from_world,
        seconds: (now_ms() - started_ms) / 1000.0,
        warnings: warnings.into_iter().map(Into::into).collect(),
        width: u32::try_from(picture.width).unwrap_or(0),
        height: u32::try_from(picture.height).unwrap_or(0),
    };
    post(&event, &files);
    match quality.passed {
        true => Ok(gm),
        false => Err(T1Error::Quality { name: name.to_owned(), quality: Box::new(quality) }.into()),
    }
}

/// Tells the page how far the preparation is, and lets it interrupt.
struct Told<'a> {
    bar: &'a mut Bar,
    turn: Turn,
    /// What was told last, and when.
    step: Option<Step>,
    last_ms: f64,
}

impl Progress for Told<'_> {
    /// Never breaks: a preparation that is no longer wanted is dropped while others have their turn.
    async fn report(&mut self, step: Step, fraction: f32) -> ControlFlow<()> {
        if self.step != Some(step) || now_ms() - self.last_ms >= PATIENCE_MS {
            self.step = Some(step);
            let stage = Stage::Prepare(step);
            let fraction = self.bar.at(stage, fraction);
            post(&Event::Progress { stage, fraction, bytes: None }, &[]);
            self.turn.give().await;
            self.last_ms = now_ms();
        }
        ControlFlow::Continue(())
    }
}
