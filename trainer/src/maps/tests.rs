//! What must hold for the maps, on networks of a few known weights.

use super::*;
use crate::device::values;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use shared::explain::{Target, inside_of};
use shared::model::{
    ClassifierConfig, Edge, GeneratorConfig, GeneratorOutput, GridContext, Norm, Pooling, SpatialKind,
    tensor_from_volume,
};
use shared::volume::{Affine, Grid};

const SHAPE: [usize; 3] = [16, 16, 4];
/// Voxels before this one, x fastest, lie outside the mask of [`models`].
const FIRST_INSIDE: usize = 300;
const SUBJECT: &str = "sub-1";

/// Sets weights to normal numbers of a standard deviation, and biases to one number.
struct Known {
    random: ChaCha8Rng,
    weight: f32,
    bias: f32,
}

impl Known {
    fn new(weight: f32, bias: f32) -> Self {
        Known { random: ChaCha8Rng::seed_from_u64(5), weight, bias }
    }
}

impl ModuleMapper for Known {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let shape = old.dims().to_vec();
            let mut number = || -> f32 {
                let normal: f32 = StandardNormal.sample(&mut self.random);
                if D == 1 { self.bias } else { self.weight * normal }
            };
            let count = shape.iter().product::<usize>();
            let numbers: Vec<f32> = (0..count).map(|_| number()).collect();
            Tensor::from_data(TensorData::new(numbers, shape), &old.device())
        })
    }
}

/// Two layers of four filters; half of what is pooled is dropped in training.
fn config(kind: SpatialKind) -> ClassifierConfig {
    ClassifierConfig::plain(kind, 4, 1, Norm::None, 0.5)
}

/// Pools over the 2 × 2 cells of 8 voxels of each slice.
fn over_cells() -> ClassifierConfig {
    ClassifierConfig { pooling: Pooling::Cells { voxels: 8, counts: [2, 2, SHAPE[2]] }, ..config(SpatialKind::Plane) }
}

/// Networks of known weights; the linear layer weighs with `linear`, again and again.
fn models(config: &ClassifierConfig, mut known: Known, linear: &[f32], inside_from: usize) -> Models {
    let device = Device::flex();
    config.check(SHAPE).unwrap();
    let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [-30.0, -30.0, 0.0]) };
    let data = (0..grid.voxel_count()).map(|voxel| f32::from(u8::from(voxel >= inside_from))).collect();
    let mask = Volume::new(SHAPE, data, grid.mni_from_voxel);
    let weights = linear.iter().copied().cycle().take(config.pooled_features()).collect();
    let generator = GeneratorConfig {
        kind: config.kind,
        filters: 4,
        downsamplings: 1,
        blocks: 1,
        outer_kernel: 3,
        edge: Edge::Zero,
        output: GeneratorOutput::Bounded,
        skips: false,
        dose: None,
        start: None,
    };
    let classifier = config.init(&device).map(&mut known).with_linear(weights, 0.2);
    let mut painted = || generator.init(&device).map(&mut known);
    Models {
        young_to_old: painted(),
        old_to_young: painted(),
        context: GridContext::new(&grid, &mask, &device),
        familiar: None,
        ageing: None,
        grey_values: None,
        inside: inside_of(&mask),
        value_step: None,
        classifier,
        grid,
        device,
    }
}

/// The plain network with a mask that leaves out some voxels.
fn masked_models() -> Models {
    models(&config(SpatialKind::Plane), Known::new(0.3, -0.1), &[0.3, -0.2], FIRST_INSIDE)
}

/// An image of numbers between 0 and 1 that repeat after a prime number of voxels.
fn image(models: &Models) -> Volume {
    let data = (0..models.grid.voxel_count()).map(|voxel| (voxel * 37 % 101) as f32 / 101.0).collect();
    Volume::new(SHAPE, data, models.grid.mni_from_voxel)
}

fn map_of(models: &Models, method: Method, direction: Direction, seed: u64, subject: &str) -> Vec<f32> {
    let group_change: Vec<f32> = (0..models.grid.voxel_count()).map(|voxel| voxel as f32 * -0.001).collect();
    let explainer = Explainer { models, group_change: &group_change, seed };
    explainer.map(method, &image(models), direction, subject).unwrap()
}

fn to_old(models: &Models, method: Method) -> Vec<f32> {
    map_of(models, method, Direction::YoungToOld, 1, SUBJECT)
}

fn logit_old(models: &Models, image: &Volume) -> f32 {
    let answer = models.classifier.forward(tensor_from_volume(image, &models.device), &models.context);
    values(answer.logit_old).unwrap()[0]
}

/// What the image adds to the log-odds, beside an image of zeros.
fn added(models: &Models) -> f32 {
    let image = image(models);
    let zeros = image.with_data(vec![0.0; image.data.len()]);
    logit_old(models, &image) - logit_old(models, &zeros)
}

fn largest(map: &[f32]) -> f32 {
    map.iter().map(|value| value.abs()).fold(0.0, f32::max)
}

#[test]
fn integrated_gradients_add_up_to_the_answer() {
    // Negative biases: many a rectifier opens on the way, so that one gradient alone says something else.
    for config in [config(SpatialKind::Plane), config(SpatialKind::Volume), over_cells()] {
        let models = models(&config, Known::new(0.3, -0.1), &[0.3], 0);
        let (sum, added) = (to_old(&models, Method::IntegratedGradients).iter().sum::<f32>(), added(&models));
        assert!(added > 0.01, "the image adds nothing");
        assert!((sum - added).abs() < 0.05 * added, "{config:?}: they add up to {sum}, the answer is {added}");
    }
}

#[test]
fn smooth_gradients_of_a_linear_network_are_its_gradient() {
    // Large biases keep all rectifiers open: noise changes nothing, and gradient times image is what the image adds.
    let config = ClassifierConfig { refine: false, ..config(SpatialKind::Plane) };
    let models = models(&config, Known::new(0.05, 3.0), &[0.3, 0.1, -0.1, 0.4], 0);
    let gradient = to_old(&models, Method::SmoothGrad);
    let sum: f32 = gradient.iter().zip(&image(&models).data).map(|(slope, value)| slope * value).sum();
    let added = added(&models);
    assert!(added.abs() > 1e-3, "the image adds nothing");
    assert!((sum - added).abs() < 0.02 * added.abs(), "the gradients say {sum}, the answer {added}");
}

#[test]
fn over_the_whole_grid_grad_cam_is_the_class_activation_map_up_to_a_factor() {
    for kind in [SpatialKind::Plane, SpatialKind::Volume] {
        let models = models(&config(kind), Known::new(0.3, -0.1), &[0.3, -0.2, 0.5, 0.1], 0);
        let (cam, grad_cam) = (to_old(&models, Method::ClassActivation), to_old(&models, Method::GradCam));
        let factor = largest(&grad_cam) / largest(&cam);
        assert!(largest(&cam) > 1e-3 && factor > 0.0, "an empty map");
        let apart: Vec<f32> = cam.iter().zip(&grad_cam).map(|(cam, grad)| factor * cam - grad).collect();
        assert!(largest(&apart) < 1e-3 * largest(&grad_cam), "{kind:?}");
    }
}

#[test]
fn over_cells_grad_cam_forgets_weights_that_cancel_out() {
    // Cells left and right, one after the other along x, weigh alike with opposite signs: their mean is nothing.
    let models = models(&over_cells(), Known::new(0.3, -0.1), &[0.3, -0.3], 0);
    let (cam, grad_cam) = (to_old(&models, Method::ClassActivation), to_old(&models, Method::GradCam));
    assert!(largest(&cam) > 1e-3, "an empty map");
    assert!(largest(&grad_cam) < 1e-4 * largest(&cam));
    // Cells are centred on the voxels 3 and 11: the first four of a row have the left cell's value.
    assert!(cam[0] > 0.0 && cam[0] == cam[3] && cam[15] < 0.0 && cam[15] == cam[11], "{:?}", &cam[..16]);
    assert!(cam[4] < cam[3] && cam[10] > cam[11], "{:?}", &cam[..16]);
}

#[test]
fn the_difference_map_is_the_translation_that_the_page_shows() {
    let models = masked_models();
    for direction in [Direction::YoungToOld, Direction::OldToYoung] {
        let shown =
            pollster::block_on(models.explain(&image(&models), Some(Target::Group(direction)), &mut |_| {})).unwrap();
        let map = map_of(&models, Method::Difference, direction, 1, SUBJECT);
        assert_eq!(map, shown.difference.data);
        assert!(largest(&map) > 1e-3, "nothing is translated");
    }
}

#[test]
fn maps_turn_with_the_direction_and_stay_in_the_mask() {
    let models = masked_models();
    for method in Method::ALL {
        let there = to_old(&models, method);
        let back = map_of(&models, method, Direction::OldToYoung, 1, SUBJECT);
        assert_eq!(there.len(), models.grid.voxel_count());
        assert!(largest(&there) > 0.0 && largest(&back) > 0.0, "{method:?} is empty");
        assert_eq!(largest(&there[..FIRST_INSIDE]), 0.0, "{method:?} lies outside");
        let turned: Vec<f32> = back.iter().map(|value| -value).collect();
        match method {
            Method::Random => assert_eq!(there, back),
            Method::Difference => assert_ne!(there, back),
            _ => assert_eq!(there, turned, "{method:?}"),
        }
    }
    assert!(to_old(&models, Method::GroupMean)[FIRST_INSIDE] < 0.0, "old − young is lost on the way to old");
    assert!(to_old(&models, Method::Edges).iter().all(|&value| value <= 0.0), "edges grow");
}

#[test]
fn noise_belongs_to_seed_and_subject() {
    let models = masked_models();
    for method in Method::ALL {
        let map = |seed, subject| map_of(&models, method, Direction::YoungToOld, seed, subject);
        let first = map(1, SUBJECT);
        assert_eq!(first, map(1, SUBJECT), "{method:?} comes out otherwise the second time");
        let noisy = matches!(method, Method::Random | Method::SmoothGrad);
        assert_eq!(first != map(1, "sub-2"), noisy, "{method:?} of another subject with the same image");
        assert_eq!(first != map(2, SUBJECT), noisy, "{method:?} of another seed");
    }
}

#[test]
fn edges_are_where_the_image_changes() {
    let data = vec![0.0, 0.0, 0.6, 0.6, 0.6, 0.0, 0.8, 1.4, 1.4, 1.4];
    let edges = plain::edges(&Volume::new([5, 2, 1], data, Affine::IDENTITY));
    // Half of 0.6 along x and of 0.8 along y at the second voxel: 0.5.
    for (found, expected) in edges[..5].iter().zip([0.0, 0.5, 0.5, 0.4, 0.4]) {
        assert!((found - expected).abs() < 1e-6, "{edges:?}");
    }
}

#[test]
fn what_does_not_lie_on_the_grid_is_refused() {
    let models = masked_models();
    let other = Volume::new([2, 1, 1], vec![0.0; 2], Affine::IDENTITY);
    let explainer = Explainer { models: &models, group_change: &[0.0], seed: 1 };
    let told = |image: &Volume| {
        let error = explainer.map(Method::GroupMean, image, Direction::YoungToOld, SUBJECT).unwrap_err();
        format!("{error:#}")
    };
    assert!(told(&other).contains("[2, 1, 1]") && told(&other).contains(SUBJECT), "{}", told(&other));
    assert!(told(&image(&models)).contains("group change"), "{}", told(&image(&models)));
}

#[test]
fn methods_are_named_alike_everywhere() {
    let names: Vec<String> = Method::ALL.iter().map(|method| serde_json::to_string(method).unwrap()).collect();
    assert_eq!(names[5], "\"integrated_gradients\"");
    for (index, method) in Method::ALL.into_iter().enumerate() {
        assert!(Method::ALL[..index].iter().all(|other| other.title() != method.title() && *other < method));
        assert!(!method.paper().is_empty());
    }
    assert_eq!(Method::ALL.into_iter().filter(|method| method.is_saliency()).count(), 4);
}
