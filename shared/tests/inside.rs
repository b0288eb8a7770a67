//! A classifier that is opened up: what its parts add up to is what it says itself.

#[path = "../src/at_once.rs"]
mod at_once;

use at_once::done;
use burn::tensor::{Device, Tensor};
use shared::bundle::{Bundle, parse_manifest};
use shared::explain::{Inside, Models};
use shared::model::{ClassifierConfig, Norm, SpatialKind, tensor_from_volume};
use shared::volume::Volume;
use std::collections::BTreeMap;
use std::path::Path;

/// Log-odds by which the sum may differ from the classifier's own answer.
const ROUNDING: f64 = 1e-3;

fn shipped(name: &str) -> Bundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models").join(name);
    let manifest_json = std::fs::read(folder.join("manifest.json")).unwrap();
    let paths = Bundle::required_paths(&parse_manifest(&manifest_json).unwrap());
    let files: BTreeMap<String, Vec<u8>> =
        paths.into_iter().map(|path| (path.clone(), std::fs::read(folder.join(&path)).unwrap())).collect();
    Bundle::from_files(&manifest_json, &files, &Device::flex()).unwrap()
}

/// What the classifier says of an image, and of one without grey matter.
fn answers(models: &Models, gm: &Volume) -> [f64; 2] {
    let image = tensor_from_volume(gm, &models.device);
    let of = |image: Tensor<5>| {
        f64::from(models.classifier.forward(image, &models.context).logit_old.into_data().iter::<f32>().next().unwrap())
    };
    [of(image.clone()), of(image.zeros_like())]
}

fn assert_adds_up(models: &Models, gm: &Volume) -> Inside {
    let inside = done(models.look_inside(gm)).unwrap();
    let [whole, empty] = answers(models, gm);
    let found = inside.log_odds(&[]);
    assert!((found - whole).abs() < ROUNDING, "the sum is {found}, the classifier says {whole}");
    let nothing = inside.log_odds(&vec![true; inside.shares.len()]);
    assert!((nothing - empty).abs() < ROUNDING, "{nothing} with all covered, {empty} of an empty image");
    inside
}

#[test]
fn shares_of_cells_add_up_to_what_a_shipped_classifier_says() {
    for name in ["phantom-small", "oasis1-t1-slab"] {
        let bundle = shipped(name);
        let inside = assert_adds_up(&bundle.models, &bundle.reference_input);
        let [whole, empty] = answers(&bundle.models, &bundle.reference_input);
        assert!((whole - empty).abs() > 10.0 * ROUNDING, "an empty image is answered alike: {whole}, {empty}");
        let [nx, ny, nz] = bundle.manifest.grid.shape;
        assert_eq!((inside.layout.maps, inside.layout.cells), ([nx / 2, ny / 2, nz], [nx / 8, ny / 8, nz]));
        assert!(!inside.layout.is_deep && inside.layout.filters == inside.layout.channels);
        assert_eq!((inside.layout.filters, inside.layout.kernel), (8, 5));

        // The first filter's map is the image convolved with its kernel: in the middle, its height counts next to nothing.
        let [x, y, z] = [nx / 4, ny / 4, nz / 2];
        let place = |dx: usize, dy: usize| (2 * x + dx - 2) + nx * ((2 * y + dy - 2) + ny * z);
        let sum_at = |filter: usize| -> f32 {
            let kernel = &inside.kernels[25 * filter..25 * (filter + 1)];
            (0..25).map(|at| kernel[at] * bundle.reference_input.data[place(at % 5, at / 5)]).sum()
        };
        for filter in 0..8 {
            let found = inside.maps[x + nx / 2 * (y + ny / 2 * (z + nz * filter))];
            assert!((found - sum_at(filter).max(0.0)).abs() < 0.06, "{name} {filter}: {found}, {}", sum_at(filter));
        }
    }
}

#[test]
fn classifiers_of_several_layers_are_opened_from_their_last_averages() {
    let bundle = shipped("phantom-small");
    for (kind, stride) in [(SpatialKind::Plane, [4, 4, 1]), (SpatialKind::Volume, [4, 4, 4])] {
        let classifier = ClassifierConfig::plain(kind, 8, 2, Norm::None, 0.0).init(&bundle.models.device);
        let models = Models { classifier, ..bundle.models.clone() };
        let inside = assert_adds_up(&models, &bundle.reference_input);
        let cells: Vec<usize> = inside.layout.cells.iter().zip(stride).map(|(cells, stride)| cells * stride).collect();
        assert!(inside.layout.is_deep && inside.layout.channels == 16 && inside.layout.filters == 8);
        let shape = bundle.manifest.grid.shape;
        assert!(std::iter::zip(cells, shape).all(|(covered, side)| covered >= side && covered < side + 4));
    }
}

#[test]
fn an_image_off_the_grid_is_refused() {
    let models = shipped("phantom-small").models;
    let small = Volume::new([2, 2, 2], vec![0.5; 8], models.grid.mni_from_voxel);
    assert!(done(models.look_inside(&small)).is_err());
}
