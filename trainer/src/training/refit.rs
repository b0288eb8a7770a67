//! The classifier's last layer in closed form: ridge regression of age on the features of the convolutions.
//!
//! With a hundred subjects and thousands of features, gradient descent finds a worse layer than the closed form.
//! Leave-one-out predictions come with it for free, and the log-odds are calibrated on them (Platt scaling, Platt
//! 1999), so that probabilities are valid for people outside the training data.

use crate::device;
use crate::statistics::ridge::{Row, each_once, ridge_regression};
use crate::statistics::{Z_95, roc_auc};
use crate::training::config::ClassifierTraining;
use crate::training::scanner::MadeScanner;
use crate::training::setting::Setting;
use crate::training::targets::Targets;
use anyhow::Result;
use shared::model::Classifier;

/// Subjects whose features are computed together.
const AT_ONCE: usize = 8;

/// Slope and intercept if nothing could be learned: everybody gets a probability of one half.
const SAME_FOR_ALL: [f64; 2] = [0.0, 0.0];

/// The same in the permuted-label control, with a slope just large enough to keep the ranking of the fit, see
/// [`crate::training::control`]. The intercept outweighs it for any prediction in decades: all fall on the side of
/// "old", as one half does.
const RANKING_ONLY: [f64; 2] = [0.001, 0.05];

/// The classifier with its linear layer fitted to the subjects' ages. A subject that is listed several times, side by
/// side, counts as often in the fit, and is left out as one person in the leave-one-out predictions.
pub fn refit(
    classifier: Classifier,
    config: &ClassifierTraining,
    setting: &Setting,
    targets: &Targets,
    subjects: &[usize],
) -> Result<Classifier> {
    let (subjects, counts) = each_once(subjects);
    let mut seen = vec![features(&classifier, setting, &subjects, None)?];
    for scanner in &config.scanners {
        seen.push(features(&classifier, setting, &subjects, Some(scanner))?);
    }
    let fit = LogOdds::fit(by_person(seen), &subjects, &counts, targets, config.ridge)?;
    Ok(classifier.with_linear(fit.weights, fit.bias))
}

/// Log-odds of "old" as a sum over features.
pub struct LogOdds {
    pub weights: Vec<f32>,
    pub bias: f32,
}

impl LogOdds {
    /// Ridge regression of the decades beyond the boundary, and the slope that turns leave-one-out predictions into
    /// log-odds. `features`: those of each subject's images; the first is the subject's own map.
    pub fn fit(
        features: Vec<Vec<Vec<f32>>>,
        subjects: &[usize],
        counts: &[f64],
        targets: &Targets,
        penalty: f64,
    ) -> Result<Self> {
        let images = features.first().map_or(1, Vec::len);
        let row = |(person, features)| Row {
            person,
            count: counts[person] / images as f64,
            aim: targets.decades(subjects[person]),
            features,
        };
        let images_of = features.into_iter().enumerate();
        let rows: Vec<Row> =
            images_of.flat_map(|(person, images)| images.into_iter().map(move |one| (person, one))).map(row).collect();
        let ridge = ridge_regression(&rows, penalty)?;
        let left_out: Vec<f64> = ridge.left_out.iter().step_by(images).copied().collect();
        let is_old: Vec<bool> = subjects.iter().map(|&index| targets.is_old(index)).collect();
        let [slope, intercept] = match logistic(&left_out, &is_old, counts) {
            // Where nothing can be learned, leave-one-out answers run against the groups.
            [slope, _] if targets.are_permuted() && slope <= 0.0 => RANKING_ONLY,
            fitted if targets.are_permuted() || tells_groups_apart(&left_out, &is_old) => fitted,
            _ => SAME_FOR_ALL,
        };
        let weights = ridge.weights.iter().map(|weight| (weight * slope) as f32).collect();
        Ok(LogOdds { weights, bias: (ridge.bias * slope + intercept) as f32 })
    }
}

/// From the features of all subjects by image to those of all images by subject.
fn by_person(mut seen: Vec<Vec<Vec<f32>>>) -> Vec<Vec<Vec<f32>>> {
    let people = seen.first().map_or(0, Vec::len);
    (0..people).map(|person| seen.iter_mut().map(|image| std::mem::take(&mut image[person])).collect()).collect()
}

/// Whether leave-one-out predictions rank the old above the young significantly (Mann–Whitney test, one-sided, 2.5 %;
/// Mann and Whitney 1947). A classifier that does not is worse than none: it would guide the translation by
/// overfitting.
fn tells_groups_apart(answers: &[f64], is_old: &[bool]) -> bool {
    let old = is_old.iter().filter(|&&old| old).count() as f64;
    let young = is_old.len() as f64 - old;
    let spread = ((old + young + 1.0) / (12.0 * old * young)).sqrt();
    roc_auc(answers, is_old).is_some_and(|auc| auc > 0.5 + Z_95 * spread)
}

/// Pooled features of each subject as a simulated scanner shows it; the mean of an image's and its mirror image's where
/// training mirrors images.
fn features(
    classifier: &Classifier,
    setting: &Setting,
    subjects: &[usize],
    scanner: Option<&MadeScanner>,
) -> Result<Vec<Vec<f32>>> {
    let mut all = Vec::with_capacity(subjects.len());
    for batch in subjects.chunks(AT_ONCE) {
        let images = setting.data.shown_by(batch, scanner).on(setting.device);
        let seen = |images| classifier.pooled(classifier.forward(images, setting.context).features);
        let mut pooled = seen(images.clone());
        if setting.augmentation.flip {
            pooled = (pooled + seen(images.flip([4]))) / 2.0;
        }
        let count = pooled.dims()[1];
        all.extend(device::values(pooled)?.chunks_exact(count).map(<[f32]>::to_vec));
    }
    Ok(all)
}

/// Slope and intercept of the log-odds of "old" as a function of a prediction, with equal weight for both groups and
/// each subject weighted as `counts` says within its group: Newton's method with Platt's (1999) softened labels, which
/// keep the slope finite if the predictions separate the groups. How soft they are depends on the number of people,
/// however often they count.
fn logistic(answers: &[f64], is_old: &[bool], counts: &[f64]) -> [f64; 2] {
    const ROUNDS: usize = 50;
    let old = is_old.iter().filter(|&&old| old).count() as f64;
    let young = is_old.len() as f64 - old;
    let counted =
        |group: bool| counts.iter().zip(is_old).filter(|(_, old)| **old == group).map(|(count, _)| count).sum::<f64>();
    let (counted_old, counted_young) = (counted(true), counted(false));
    let (mut slope, mut intercept) = (1.0f64, 0.0f64);
    for _ in 0..ROUNDS {
        // Gradient and curvature.
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for ((&answer, &is_old), &count) in answers.iter().zip(is_old).zip(counts) {
            let (label, weight) = if is_old {
                ((old + 1.0) / (old + 2.0), count / counted_old)
            } else {
                (1.0 / (young + 2.0), count / counted_young)
            };
            let probability = 1.0 / (1.0 + (-(slope * answer + intercept)).exp());
            let (error, curvature) = (weight * (probability - label), weight * probability * (1.0 - probability));
            g0 += error;
            g1 += error * answer;
            h00 += curvature;
            h01 += curvature * answer;
            h11 += curvature * answer * answer;
        }
        let determinant = h00 * h11 - h01 * h01;
        // Steps of 2 at most: far from the solution the curvature says little.
        intercept -= ((h11 * g0 - h01 * g1) / determinant).clamp(-2.0, 2.0);
        slope -= ((h00 * g1 - h01 * g0) / determinant).clamp(-2.0, 2.0);
    }
    [slope, intercept]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_follow_the_answers() {
        let answers: Vec<f64> = (0..40).map(|index| f64::from(index) / 10.0 - 1.0).collect();
        let is_old: Vec<bool> = answers.iter().map(|&answer| answer > 1.0).collect();
        let [slope, intercept] = logistic(&answers, &is_old, &[1.0; 40]);
        assert!(slope > 1.0 && slope.is_finite(), "{slope}");
        assert!((-intercept / slope - 1.0).abs() < 0.2, "{intercept} {slope}");
        let against: Vec<bool> = is_old.iter().map(|old| !old).collect();
        assert!(logistic(&answers, &against, &[1.0; 40])[0] < 0.0);
    }

    /// Predictions of the control that only rank stay distinct in single precision, and count like one half.
    #[test]
    fn a_ranking_shows_and_decides_nothing() {
        let [slope, intercept] = RANKING_ONLY.map(|value| value as f32);
        let probability = |decades: f32| 1.0 / (1.0 + (-(slope * decades + intercept)).exp());
        assert!(probability(-20.0) > 0.5 && probability(20.0) < 0.52);
        assert!(probability(0.001) > probability(0.0));
    }
}
