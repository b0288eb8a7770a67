//! Collects all measurements in the form of the report.

use crate::cohort::Cohort;
use crate::evaluation::checks::self_checks;
use crate::evaluation::report::{
    ClassifierResult, CrossValidation, CycleResult, DataSource, DifferenceResult, Fold, NOT_FOR_DIAGNOSIS,
    REPORT_VERSION, ReportData, Translation,
};
use crate::evaluation::source::Source;
use crate::evaluation::{limits, subjects};
use crate::measures::ages::AgesTold;
use crate::measures::agreement::{Agreement, Covariances, spearman_brown};
use crate::measures::measured::{Measured, SubjectResult};
use crate::measures::per_direction::PerDirection;
use crate::measures::regions::{lobe_summary, published_agreement, rank_agreement, region_table};
use crate::measures::rims::{GainsWithAge, gains_with_age};
use crate::measures::second_opinion::SecondOpinion;
use crate::measures::soundness::Soundness;
use crate::measures::table1::{THESIS_SOURCE, table1_of};
use crate::measures::thesis_findings::{FINDINGS_SOURCE, findings};
use crate::measures::truth::TruthMeasures;
use crate::statistics::calibration::Calibration;
use crate::statistics::{RESAMPLES, SEED, bootstrap_interval, mean_sd, roc_auc};
use crate::training::classifier::{Accuracy, Folds};
use shared::explain::{Direction, steganography_index};
use std::collections::BTreeSet;

/// Random divisions of the people into halves.
const SPLITS: usize = 200;

/// The report of the measured subjects; `truth` if the cohort is a phantom.
pub fn report_data(
    source: &Source,
    cohort: &Cohort,
    seen_ids: &BTreeSet<String>,
    measured: &Measured,
    truth: Option<TruthMeasures>,
) -> ReportData {
    let (confusion, auc) = measured.confusion(|subject| Some(subject.probability_old_before)).unwrap_or_default();
    let answers = measured.answers();
    let auc_interval = bootstrap_interval(&answers, RESAMPLES, SEED, |people| {
        let (scores, old): (Vec<f64>, Vec<bool>) = people.iter().copied().unzip();
        roc_auc(&scores, &old)
    });
    let translation = |answer: fn(&SubjectResult) -> Option<f32>| -> Option<PerDirection<Translation>> {
        let of = |direction| {
            measured.judged(direction, answer).map(|j| Translation::new(direction, j.judged_old, j.judged_young))
        };
        Some(PerDirection { young_to_old: of(Direction::YoungToOld)?, old_to_young: of(Direction::OldToYoung)? })
    };
    let nobody = || PerDirection::from_fn(|direction| Translation::new(direction, 0, 0));
    let gains = gains_with_age(measured);
    ReportData {
        report_version: REPORT_VERSION,
        not_for_diagnosis: NOT_FOR_DIAGNOSIS,
        command: std::env::args().collect::<Vec<_>>().join(" "),
        seed: source.seed,
        bundle_sha256: source.sha256.clone(),
        data: data_source(cohort, source, measured, gains.as_ref()),
        grid: source.loaded.models.grid.clone(),
        subjects: subjects::describe(cohort, seen_ids, measured),
        self_checks: self_checks(&measured.summary(), source.control.as_ref()),
        table1: table1_of(measured),
        table1_source: THESIS_SOURCE,
        thesis_findings: measured
            .regional
            .as_ref()
            .map_or_else(Vec::new, |found| findings(&found.labels, &found.per_subject)),
        thesis_findings_source: FINDINGS_SOURCE,
        classifier: ClassifierResult::new(confusion, auc, auc_interval),
        calibration: Some(Calibration::new(&answers, RESAMPLES, SEED)),
        voxel_ridge: measured
            .confusion(|subject| subject.voxel_ridge_before)
            .map(|(confusion, auc)| ClassifierResult::new(confusion, auc, None)),
        ensemble: measured
            .confusion(|subject| subject.ensemble_before)
            .map(|(confusion, auc)| ClassifierResult::new(confusion, auc, None)),
        ages: AgesTold::of(measured),
        cross_validation: source.folds.as_ref().map(|found| CrossValidation {
            voxel_ridge: found.voxel_ridge.as_ref().map(|folds| Box::new(cross_validation(folds))),
            ..cross_validation(&found.network)
        }),
        permuted_labels: source.control.clone(),
        translation: translation(|subject| Some(subject.probability_old_after)).unwrap_or_else(nobody),
        translation_independent_judge: translation(|subject| subject.judge_after),
        classifier_and_judge: SecondOpinion::of(measured),
        comparison: None,
        group_test: None,
        dial: None,
        difference: difference(measured, gains, truth),
        cycle: Some(cycle(measured)),
        soundness: Soundness::of(measured),
        warnings: Vec::new(),
        model_card: source.card.clone(),
    }
}

fn difference(measured: &Measured, gains: Option<GainsWithAge>, truth: Option<TruthMeasures>) -> DifferenceResult {
    let covariances = Covariances::new(measured);
    let split_half = covariances.as_ref().and_then(|found| found.split_half(SPLITS, SEED));
    let regional = measured.regional.as_ref();
    let regions = regional.map_or_else(Vec::new, |found| region_table(&found.labels, &found.per_subject));
    let lobes = regional.map_or_else(Vec::new, |found| lobe_summary(&found.labels, &found.per_subject));
    DifferenceResult {
        mean_map_ncc: PerDirection::from_fn(|direction| measured.map_ncc(direction)),
        mean_map_ncc_interval: PerDirection::from_fn(|direction| {
            covariances.as_ref()?.map_ncc_interval(Agreement::Plain, direction, RESAMPLES, SEED)
        }),
        mean_absolute: PerDirection::from_fn(|direction| measured.mean_in(direction, |s| s.mean_absolute_change)),
        group_mean_absolute: measured.group_mean_absolute(),
        group_ncc_split_half: split_half,
        group_ncc_ceiling: split_half.filter(|&half| half > 0.0).map(spearman_brown),
        gains_with_age: gains,
        input_output_correlation: Some(PerDirection::from_fn(|direction| {
            measured.mean_in(direction, |s| s.similarity)
        })),
        truth_ncc: truth.as_ref().map(|truth| truth.ncc),
        truth_size_ratio: truth.as_ref().map(|truth| truth.size_ratio),
        region_rank_agreement: (!regions.is_empty()).then(|| rank_agreement(&regions)),
        published_agreement: (!lobes.is_empty()).then(|| published_agreement(&lobes)),
        regions,
        lobes,
    }
}

fn cycle(measured: &Measured) -> CycleResult {
    let mean_of =
        |value: fn(&SubjectResult) -> f64| PerDirection::from_fn(|direction| measured.mean_in(direction, value));
    let (clean, noisy) = (mean_of(|s| s.cycle_error), mean_of(|s| s.cycle_error_noise));
    CycleResult {
        mean_absolute_error: clean,
        after_8_bit_rounding: Some(mean_of(|s| s.cycle_error_8_bit)),
        after_noise: Some(noisy),
        after_blur: Some(mean_of(|s| s.cycle_error_blur)),
        steganography_index: Some(PerDirection::from_fn(|direction| {
            steganography_index((*clean.get(direction))?, (*noisy.get(direction))?)
        })),
        // People of the target group: those who are translated the other way.
        identity_error: Some(PerDirection::from_fn(|direction| {
            measured.mean_in(direction.opposite(), |s| s.identity_error)
        })),
    }
}

fn data_source(cohort: &Cohort, source: &Source, measured: &Measured, gains: Option<&GainsWithAge>) -> DataSource {
    let Source { loaded, seen, .. } = source;
    let description = &cohort.description;
    let acknowledgement: Vec<String> =
        [description.acknowledgement.clone(), description.citation.clone()].into_iter().flatten().collect();
    let mut limits = limits::in_words(description.phantom, &loaded.models.grid, gains);
    if seen.images.is_none() {
        limits.push(
            "Training subjects are recognised by their identifiers only: these models carry no hashes of their images, so a training \
             subject under another name is not recognised."
                .into(),
        );
    }
    if measured.people.is_empty() {
        limits.push(
            "The maps of all subjects together exceed 1 GiB, so those of individuals were not kept: the intervals of the \
             agreement and the agreement of halves were not computed."
                .into(),
        );
    }
    DataSource {
        name: description.name.clone(),
        phantom: description.phantom,
        held_out: seen.images.is_some() || !seen.ids.is_empty(),
        acknowledgement: (!acknowledgement.is_empty()).then(|| acknowledgement.join(" ")),
        limits,
    }
}

fn cross_validation(found: &Folds) -> CrossValidation {
    let over_folds = |value: fn(&Accuracy) -> Option<f64>| {
        let values: Vec<f64> = found.folds.iter().filter_map(value).collect();
        mean_sd(&values)
    };
    let each = found.folds.iter().map(|fold| Fold {
        subjects: fold.subjects,
        balanced_accuracy: fold.balanced_accuracy,
        auc: fold.auc,
    });
    CrossValidation {
        folds: found.folds.len(),
        balanced_accuracy: over_folds(|fold| fold.balanced_accuracy),
        auc: over_folds(|fold| fold.auc),
        each: each.collect(),
        voxel_ridge: None,
    }
}
