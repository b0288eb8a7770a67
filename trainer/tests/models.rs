//! The networks in both kinds, plane and volume: shapes, the beginning at "no change", slices on their own, and learning.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use shared::model::{
    ClassifierConfig, DiscriminatorConfig, Edge, GeneratorConfig, GeneratorOutput, GridContext, Norm, SpatialKind,
    read_weights, write_weights_f16, write_weights_f32,
};
use shared::volume::{Affine, Grid, Volume};

const SHAPE: [usize; 3] = [16, 24, 8];

fn generator(kind: SpatialKind, output: GeneratorOutput, edge: Edge) -> GeneratorConfig {
    GeneratorConfig { kind, filters: 4, downsamplings: 2, blocks: 1, outer_kernel: 7, edge, output }
}

fn context(device: &Device) -> GridContext {
    let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([8.0; 3], [-60.0, -90.0, -30.0]) };
    let mask = Volume { shape: SHAPE, data: vec![1.0; grid.voxel_count()], world_from_voxel: grid.mni_from_voxel };
    GridContext::new(&grid, &mask, device)
}

fn image(device: &Device) -> Tensor<5> {
    let [nx, ny, nz] = SHAPE;
    Tensor::random([2, 1, nz, ny, nx], Distribution::Uniform(0.0, 1.0), device)
}

fn values(tensor: Tensor<5>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().unwrap()
}

fn largest_difference(a: Tensor<5>, b: Tensor<5>) -> f32 {
    values(a).iter().zip(values(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn every_kind_of_generator_keeps_the_shape_and_the_range() {
    let device = Device::flex();
    for kind in [SpatialKind::Plane, SpatialKind::Volume] {
        for edge in [Edge::Zero, Edge::Reflect] {
            for output in [GeneratorOutput::Direct, GeneratorOutput::Residual] {
                let image = image(&device);
                let translated = generator(kind, output, edge).init(&device).forward(image.clone(), &context(&device));
                assert_eq!(translated.dims(), image.dims(), "{kind:?} {output:?}");
                assert!(values(translated.clone()).iter().all(|value| (0.0..=1.0).contains(value)));
                if output == GeneratorOutput::Residual {
                    assert_eq!(largest_difference(translated, image), 0.0, "{kind:?} does not begin at no change");
                }
            }
        }
    }
}

#[test]
fn plane_networks_see_each_slice_on_its_own() {
    let device = Device::flex();
    let network = generator(SpatialKind::Plane, GeneratorOutput::Direct, Edge::Zero).init(&device);
    let (image, context) = (image(&device), context(&device));
    let all = network.forward(image.clone(), &context);
    for slice in [0, 3, 7] {
        let alone = network.forward(image.clone().narrow(2, slice, 1), &context.slices(&[slice]));
        assert!(largest_difference(all.clone().narrow(2, slice, 1), alone) < 1e-5);
    }
}

#[test]
fn classifier_and_critic_work_in_both_kinds() {
    let device = Device::flex();
    for kind in [SpatialKind::Plane, SpatialKind::Volume] {
        let config = ClassifierConfig { kind, filters: 8, layers: 2, norm: Norm::Group, dropout: 0.1 };
        let classifier = config.init(&device);
        let answer = classifier.forward(image(&device), &context(&device));
        assert_eq!(answer.logit_old.dims(), [2, 1]);
        // The map of the last convolution, averaged, is the answer but for a factor and the bias: that makes it exact.
        let map = classifier.activation_map_old(answer.features);
        let depth = if kind == SpatialKind::Plane { SHAPE[2] } else { SHAPE[2] / 4 };
        assert_eq!(map.dims(), [2, 1, depth, SHAPE[1] / 4, SHAPE[0] / 4]);
        let means: Vec<f32> = map.reshape([2, -1]).mean_dim(1).into_data().try_to_vec().unwrap();
        let logits: Vec<f32> = answer.logit_old.into_data().try_to_vec().unwrap();
        assert!(((means[0] - means[1]) * 10.0 - (logits[0] - logits[1])).abs() < 1e-3);

        let critic = DiscriminatorConfig { kind, filters: 4, layers: 1, norm: Norm::Instance }.init(&device);
        assert!(values(critic.forward(image(&device), &context(&device))).iter().all(|score| score.is_finite()));
    }
}

#[test]
fn weights_survive_the_file_and_a_wrong_file_is_refused() {
    let device = Device::flex();
    let config = generator(SpatialKind::Volume, GeneratorOutput::Direct, Edge::Zero);
    let (network, image, context) = (config.init(&device), image(&device), context(&device));
    let expected = network.forward(image.clone(), &context);
    let exact = read_weights(config.init(&device), "w", &write_weights_f32(&network).unwrap()).unwrap();
    assert_eq!(largest_difference(exact.forward(image.clone(), &context), expected.clone()), 0.0);
    let half = read_weights(config.init(&device), "w", &write_weights_f16(&network).unwrap()).unwrap();
    assert!(largest_difference(half.forward(image, &context), expected) < 0.02);

    let wider = GeneratorConfig { filters: 8, ..config.clone() }.init(&device);
    let message =
        read_weights(wider, "small.safetensors", &write_weights_f32(&network).unwrap()).unwrap_err().to_string();
    assert!(message.contains("small.safetensors") && message.contains("shape"), "{message}");
    assert!(read_weights(config.init(&device), "text", b"not weights at all").is_err());
    assert!(network.num_params() > 0);
}
