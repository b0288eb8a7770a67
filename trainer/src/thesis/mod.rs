//! `trainer thesis`: from the IXI download to Table 1, the figures, a bundle and a page, in one command.
//!
//! Each phase leaves its result in a folder of its own; a phase whose result is whole is not done again, so that the same
//! command goes on wherever it was stopped, or killed. The phases are those that one would run by hand; what each writes is what its own
//! command writes.

mod order;
mod site;
mod sources;

pub use order::Order;

use crate::cohort::{self, ixi::IxiConfig};
use crate::evaluation::trained::train_and_measure;
use crate::evaluation::{Evaluation, ModelsOf, evaluate};
use crate::failure::is_unusable;
use crate::training::config::TrainingConfig;
use crate::training::run_folder::RunFolder;
use crate::{export, files, output_folder, plan, progress, training};
use anyhow::{Result, bail};
use order::Folders;
use site::Page;
use sources::Sources;

/// Phases, as they are told.
const PHASES: usize = 6;

/// Does what is left of the whole way.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the data set, the page or the folder cannot be used, or a self-check of the bundle failed. Other
/// errors: stopped, a file cannot be written, the device failed. The same command goes on.
pub fn run(order: &Order) -> Result<()> {
    output_folder::THESIS.may_fill(&order.out)?;
    let sources = Sources::find(&order.ixi)?;
    // What is needed last is looked for first: hours lie between.
    let page = order.page.as_deref().filter(|_| order.shard.is_none()).map(Page::open).transpose()?;
    let folders = Folders::new(&order.out);
    match &order.config {
        Some(config) => drop(TrainingConfig::read_with(config, &order.overrides)?),
        None => plan::check_overrides(&order.overrides)?,
    }
    order.record(&folders)?;
    progress::stop_on_ctrl_c()?;
    let phases: [&dyn Fn() -> Result<()>; PHASES] = [
        &|| prepare(order, &sources, &folders),
        &|| write_plan(order, &folders),
        &|| train(order, &folders),
        &|| report(order, &folders),
        &|| bundle(order, &folders),
        &|| publish(page.as_ref(), order, &folders),
    ];
    for (number, phase) in phases.into_iter().enumerate() {
        phase().map_err(|error| match (is_unusable(&error), progress::stop_requested()) {
            (true, false) => error,
            _ => error.context(format!("{}: not finished; the same command continues", order.out.display())),
        })?;
        if order.shard.is_some() {
            println!("this part is prepared; when all are, the same command without --shard does the rest");
            return Ok(());
        }
        if progress::stop_requested() && number + 1 < PHASES {
            bail!(
                "{}: stopped after phase {} of {PHASES}; the same command continues",
                order.out.display(),
                number + 1
            );
        }
    }
    println!("report: {}", folders.report().join("report.html").display());
    println!("bundle: {}", folders.bundle(&order.name).display());
    match &page {
        Some(_) => println!("page:   {}: any web server shows it (docs/publishing.md)", folders.site().display()),
        None => println!("page:   none, as asked for (--no-page)"),
    }
    Ok(())
}

fn begin(phase: usize, what: &str, is_done: bool) -> bool {
    eprintln!("[{phase}/{PHASES}] {what}{}", if is_done { ": there already" } else { "" });
    !is_done
}

fn prepare(order: &Order, sources: &Sources, folders: &Folders) -> Result<()> {
    if !begin(1, "cohort: the T1 images are prepared", cohort::is_whole(&folders.cohort())) {
        return Ok(());
    }
    let summary = cohort::ixi::make(&IxiConfig {
        t1: sources.images.clone(),
        demographics: sources.spreadsheet.clone(),
        out: folders.cohort(),
        shard: order.shard,
        seed: order.seed,
        train_per_group: order.train_per_group,
        test_per_group: order.test_per_group,
        groups: order.groups,
    })?;
    let [young, old, _] = summary.included;
    eprintln!("{young} young, {old} old; look at {}", folders.cohort().join("report.html").display());
    summary.notes.iter().for_each(|note| eprintln!("note: {note}"));
    let broken = summary.excluded.iter().filter(|excluded| excluded.file.is_some());
    broken.for_each(|excluded| eprintln!("left out {}: {}", excluded.id, excluded.reason));
    Ok(())
}

fn write_plan(order: &Order, folders: &Folders) -> Result<()> {
    let what = match &order.config {
        Some(config) => format!("plan: {}", config.display()),
        None => "plan: a configuration for this cohort and machine".to_owned(),
    };
    if !begin(2, &what, folders.config().exists()) {
        return Ok(());
    }
    if let Some(config) = &order.config {
        return files::write(&folders.config(), &files::read(config)?);
    }
    let planned = plan::plan(&plan::Order {
        cohort: folders.cohort(),
        device: order.device,
        spacing_mm: order.spacing_mm,
        seed: Some(order.seed),
        hours: order.hours,
        timed: true,
    })?;
    planned.in_words.iter().for_each(|line| eprintln!("{line}"));
    files::write(&folders.config(), planned.text.as_bytes())
}

fn train(order: &Order, folders: &Folders) -> Result<()> {
    let run = RunFolder::new(&folders.run());
    // A run is finished once it was measured.
    if !begin(3, "training: classifier, judge and CycleGAN", run.test().exists()) {
        return Ok(());
    }
    train_and_measure(&training::Order {
        cohort: folders.cohort(),
        config: folders.config(),
        overrides: order.overrides.clone(),
        resume: run.exists(),
        out: folders.run(),
        device: order.device,
    })
}

fn report(order: &Order, folders: &Folders) -> Result<()> {
    if !begin(4, "report: Table 1, figures, regions", output_folder::REPORT.is_whole(&folders.report())) {
        return Ok(());
    }
    let (run, cohort, out) = (folders.run(), folders.cohort(), folders.report());
    let in_words = evaluate(&Evaluation {
        of: ModelsOf::Run(&run),
        cohort: &cohort,
        out: &out,
        single_maps: false,
        device: order.device,
    })?;
    println!("{in_words}");
    Ok(())
}

fn bundle(order: &Order, folders: &Folders) -> Result<()> {
    let out = folders.bundle(&order.name);
    if !begin(5, "bundle: weights, model card, samples", output_folder::BUNDLE.is_whole(&out)) {
        return Ok(());
    }
    export::export(&export::Order {
        run: folders.run(),
        out,
        title: order.title.clone(),
        strangers: None,
        force: order.force,
        onnx: false,
        device: order.device,
    })
}

fn publish(page: Option<&Page>, order: &Order, folders: &Folders) -> Result<()> {
    let Some(page) = page else {
        begin(6, "page: none was asked for", false);
        return Ok(());
    };
    if !begin(6, "page: the built page with this bundle", site::is_whole(&folders.site())) {
        return Ok(());
    }
    page.publish(&folders.site(), &folders.bundle(&order.name))
}
