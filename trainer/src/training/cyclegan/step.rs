//! One step of the paper's algorithm (Zhu et al. 2017): generators against frozen critics, then critics on real and
//! remembered images.

use crate::random::random;
use crate::training::average::decay_at;
use crate::training::config::CycleGanTraining;
use crate::training::cyclegan::draw::{DRAW, Draw, Sample};
use crate::training::cyclegan::loss_scale::LossScale;
use crate::training::cyclegan::moment::{Moment, MomentLoss};
use crate::training::cyclegan::observer::Observers;
use crate::training::cyclegan::state::{Gradients, Moments, State};
use crate::training::losses::{cross_entropy, distance, least_squares};
use crate::training::pool::{ImagePool, Remembered};
use crate::training::trained::Trained;
use anyhow::Result;
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Distribution, Tensor};
use shared::model::{Classifier, Discriminator, Generator, GridContext};
use std::collections::BTreeMap;

/// Names of the losses, as in the metrics file: those of the generators as [`terms`] has them, and the critics'. A new one comes last.
pub const LOSSES: [&str; 12] = [
    "adversarial_young_to_old",
    "adversarial_old_to_young",
    "cycle",
    "identity",
    "classifier",
    "change",
    "critic_old",
    "critic_young",
    "moment",
    "greyness",
    "observer",
    "neighbours",
];

/// What does not change between steps.
pub struct Fixed<'a> {
    pub config: &'a CycleGanTraining,
    /// The classifiers that guide the generators, frozen.
    pub guides: Vec<Classifier>,
    pub context: GridContext,
    pub seed: u64,
}

/// The networks during the generators' update: the critics are frozen.
struct Networks<'a> {
    to_old: &'a Generator,
    to_young: &'a Generator,
    critic_old: Discriminator,
    critic_young: Discriminator,
}

/// One term of the generators' loss.
struct Term {
    /// One of [`LOSSES`].
    name: &'static str,
    weight: f64,
    loss: Tensor<1>,
    /// The value written to the metrics, if that is not the loss itself.
    shown: Option<Tensor<1>>,
}

impl State {
    /// One step on the batches drawn for it, whose gradients are averaged.
    ///
    /// Returns the losses in the order of [`LOSSES`].
    pub fn step(&mut self, fixed: &Fixed, draws: Vec<Draw>, step: u64) -> Result<Vec<Tensor<1>>> {
        let config = fixed.config;
        let scale = self.loss_scale.as_ref().map_or(1.0, LossScale::factor);
        let rate_share = rate_share(step, config);
        let moment_share = 1.0 - (1.0 - config.moment_end) * (1.0 - left(step, config.moment_decay_from, config.steps));
        let share = 1.0 / draws.len() as f64;

        // Generators.
        let networks = Networks {
            to_old: &self.young_to_old.network,
            to_young: &self.old_to_young.network,
            critic_old: self.critic_old.network.clone().freeze(),
            critic_young: self.critic_young.network.clone().freeze(),
        };
        let (mut for_old, mut for_young) = (GradientsAccumulator::new(), GradientsAccumulator::new());
        let mut sums = LossSums::default();
        let (mut on_old, mut on_young) = (Vec::new(), Vec::new());
        for draw in draws {
            let fakes = networks.translate(&draw, &fixed.context.slices(&draw.slices));
            let matched = (self.moments.as_mut_slice(), &mut self.observers);
            let terms = terms(fixed, &networks, matched, &draw, &fakes)?;
            let weighed = terms.iter().map(|term| {
                let share = if term.shown.is_some() { moment_share } else { 1.0 };
                term.loss.clone() * (term.weight * share)
            });
            // There are always terms.
            let Some(loss) = weighed.reduce(|sum, loss| sum + loss) else { continue };
            let mut gradients = (loss * (share * scale)).backward();
            for_old.accumulate(networks.to_old, GradientsParams::from_module(&mut gradients, networks.to_old));
            for_young.accumulate(networks.to_young, GradientsParams::from_module(&mut gradients, networks.to_young));
            for term in terms {
                sums.add(term.name, term.shown.unwrap_or(term.loss).detach() * share);
            }
            let Draw { young, old, slices, .. } = draw;
            on_old.push(CriticBatch { real: old.images, fake: fakes.old.detach(), slices: slices.clone() });
            on_young.push(CriticBatch { real: young.images, fake: fakes.young.detach(), slices });
        }

        // Critics.
        let mut random = random(fixed.seed, DRAW + 1, step);
        let mut criticise = |name, critic: &Trained<Discriminator>, pool: &mut ImagePool, batches: Vec<CriticBatch>| {
            let mut gradients = GradientsAccumulator::new();
            for CriticBatch { real, fake, slices } in batches {
                let context = fixed.context.slices(&slices);
                let shown = pool.exchange(Remembered { image: fake, slices }, &mut random);
                let on_real = least_squares(critic.network.forward(real, &context), 1.0);
                let context = fixed.context.slices(&shown.slices);
                let on_fake = least_squares(critic.network.forward(shown.image, &context), 0.0);
                let loss = (on_real + on_fake) * (0.5 * share);
                sums.add(name, loss.clone().detach());
                let found = (loss * scale).backward();
                gradients.accumulate(&critic.network, GradientsParams::from_grads(found, &critic.network));
            }
            gradients.grads()
        };
        let gradients = Gradients {
            critic_old: criticise("critic_old", &self.critic_old, &mut self.pool_old, on_old),
            critic_young: criticise("critic_young", &self.critic_young, &mut self.pool_young, on_young),
            young_to_old: for_old.grads(),
            old_to_young: for_young.grads(),
        };
        if let Some(gradients) = self.unscaled(gradients)? {
            let [generators, critics] =
                [config.learning_rate_generator, config.learning_rate_discriminator].map(|rate| rate * rate_share);
            self.young_to_old.update(generators, gradients.young_to_old);
            self.old_to_young.update(generators, gradients.old_to_young);
            self.critic_old.update(critics, gradients.critic_old);
            self.critic_young.update(critics, gradients.critic_young);
        }
        self.update_average(decay_at(step, config.ema));
        Ok(sums.in_order())
    }
}

/// Sums of the losses over the batches of a step, by name.
#[derive(Default)]
struct LossSums(BTreeMap<&'static str, Tensor<1>>);

impl LossSums {
    fn add(&mut self, name: &'static str, loss: Tensor<1>) {
        let sum = match self.0.remove(name) {
            Some(sum) => sum + loss,
            None => loss,
        };
        self.0.insert(name, sum);
    }

    /// As [`LOSSES`] has them; 0 for what is not matched.
    fn in_order(mut self) -> Vec<Tensor<1>> {
        let Some(none) = self.0.values().next().map(Tensor::zeros_like) else { return Vec::new() };
        LOSSES.iter().map(|name| self.0.remove(name).unwrap_or_else(|| none.clone())).collect()
    }
}

/// Real and translated images of one group for its critic.
struct CriticBatch {
    real: Tensor<5>,
    fake: Tensor<5>,
    slices: Vec<usize>,
}

/// Translations of one batch, by target group.
struct Fakes {
    old: Tensor<5>,
    young: Tensor<5>,
}

impl Networks<'_> {
    fn translate(&self, draw: &Draw, context: &GridContext) -> Fakes {
        Fakes {
            old: self.to_old.forward_by(draw.young.images.clone(), context, draw.amounts_young.clone()),
            young: self.to_young.forward_by(draw.old.images.clone(), context, draw.amounts_old.clone()),
        }
    }
}

/// The generators' loss, term by term. A term of weight 0 is not computed and is reported as 0.
fn terms(
    fixed: &Fixed,
    networks: &Networks,
    (moments, observers): (&mut [Moments], &mut Option<Observers>),
    draw: &Draw,
    Fakes { old: fake_old, young: fake_young }: &Fakes,
) -> Result<Vec<Term>> {
    let config = fixed.config;
    let context = &fixed.context.slices(&draw.slices);
    let (young, old) = (&draw.young.images, &draw.old.images);
    let Networks { to_old, to_young, critic_old, critic_young } = networks;
    let none = || Tensor::<1>::zeros([1], &young.device());
    let weighed = |weight: f64, loss: &dyn Fn() -> Tensor<1>| if weight > 0.0 { loss() } else { none() };

    let adversarial_old = least_squares(critic_old.forward(fake_old.clone(), context), 1.0);
    let adversarial_young = least_squares(critic_young.forward(fake_young.clone(), context), 1.0);
    let cycle = weighed(config.lambda_cycle, &|| {
        let noisy = |image: &Tensor<5>| with_noise(image.clone(), config.return_noise, context);
        // Back by as much as there.
        let [by_young, by_old] = [&draw.amounts_young, &draw.amounts_old].map(Clone::clone);
        distance(to_young.forward_by(noisy(fake_old), context, by_young), young.clone())
            + distance(to_old.forward_by(noisy(fake_young), context, by_old), old.clone())
    });
    let identity = weighed(config.lambda_identity, &|| {
        distance(to_old.forward(old.clone(), context), old.clone())
            + distance(to_young.forward(young.clone(), context), young.clone())
    });
    let classifier = weighed(config.lambda_classifier, &|| {
        let seen_by = |guide: &Classifier| {
            let seen_old = guide.logit_of_slices(fake_old.clone(), context, &draw.slices);
            let seen_young = guide.logit_of_slices(fake_young.clone(), context, &draw.slices);
            cross_entropy(seen_old.clone(), seen_old.ones_like())
                + cross_entropy(seen_young.clone(), seen_young.zeros_like())
        };
        fixed.guides.iter().map(seen_by).fold(none(), |sum, loss| sum + loss) / fixed.guides.len() as f64
    });
    let change = weighed(config.lambda_change, &|| {
        distance(fake_old.clone(), young.clone()) + distance(fake_young.clone(), old.clone())
    });
    let matched = |moments: &mut Moments| {
        let feature = moments.feature;
        let loss = |moment: &mut Moment, fake: &Tensor<5>, sample: &Sample| {
            let change = feature.of_images(fake.clone()) - feature.of_images(sample.images.clone());
            moment.loss(change, &sample.shifts, &draw.slices, &context.mask)
        };
        let there = loss(&mut moments.young_to_old, fake_old, &draw.young);
        let back = loss(&mut moments.old_to_young, fake_young, &draw.old);
        MomentLoss { loss: there.loss + back.loss, shown: there.shown + back.shown }
    };
    let observer = match observers {
        None => MomentLoss { loss: none(), shown: none() },
        Some(Observers { look, young_to_old, old_to_young }) => {
            let numbers = |image: &Tensor<5>| look.numbers(image, &context.mask);
            let there = young_to_old.loss(numbers(young), numbers(fake_old))?;
            let back = old_to_young.loss(numbers(old), numbers(fake_young))?;
            MomentLoss { loss: there.loss + back.loss, shown: there.shown + back.shown }
        }
    };
    let term = |name, weight, loss| Term { name, weight, loss, shown: None };
    let matched_term =
        |name, weight, found: MomentLoss| Term { name, weight, loss: found.loss, shown: Some(found.shown) };
    let mut terms = vec![
        term("adversarial_young_to_old", config.lambda_adversarial, adversarial_old),
        term("adversarial_old_to_young", config.lambda_adversarial, adversarial_young),
        term("cycle", config.lambda_cycle, cycle),
        term("identity", config.lambda_identity, identity),
        term("classifier", config.lambda_classifier, classifier),
        term("change", config.lambda_change, change),
    ];
    terms.extend(moments.iter_mut().map(|moments| matched_term(moments.name, moments.weight, matched(moments))));
    terms.push(matched_term("observer", config.lambda_observer, observer));
    Ok(terms)
}

/// The image with noise inside the mask: it destroys information hidden for translating back (steganography, Chu et al.
/// 2017).
fn with_noise(image: Tensor<5>, sigma: f64, context: &GridContext) -> Tensor<5> {
    if sigma == 0.0 {
        return image;
    }
    let noise = image.random_like(Distribution::Normal(0.0, sigma));
    image + noise * context.mask.clone()
}

/// Learning rates: constant, then linear to zero from `decay_from` on.
fn rate_share(step: u64, config: &CycleGanTraining) -> f64 {
    left(step, config.decay_from, config.steps)
}

/// 1 until the share `from` of the steps, then linear to 0 at the last.
fn left(step: u64, from: f64, steps: u64) -> f64 {
    let (from, steps) = (from * steps as f64, steps as f64);
    if steps <= from { 1.0 } else { 1.0 - ((step as f64 - from).max(0.0) / (steps - from)).min(1.0) }
}
