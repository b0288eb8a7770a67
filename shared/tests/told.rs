//! Every sentence of the crate has a code of its own, and its values are written as its English has them.

use shared::bundle::{BundleError, Caution, Damaged, ManifestError, ManifestFault, PeopleFault};
use shared::explain::{AtlasError, AtlasFault, DeviceFault, ExplainError};
use shared::prepare::t1::{Aspect, Meaning, Measure, Quality, T1Error, TemplateFault, Unsuitable};
use shared::prepare::{NotTissueMap, OtherTissue, PrepareError};
use shared::told::{Coded, Codes, Told, Value};
use shared::volume::{DimensionsFault, GzipFault, LengthUnit, NotNifti, NrrdFault, VolumeError, Warning};
use std::collections::BTreeMap;

fn name() -> String {
    "sub-01_T1w.nii.gz".into()
}

fn of_volumes() -> Vec<VolumeError> {
    let not_nifti = |reason| VolumeError::NotNifti { name: name(), reason };
    let gzip = |reason| VolumeError::BadGzip { name: name(), reason };
    let dims = |reason| VolumeError::BadDimensions { name: name(), dims: vec![0, -4, 5], reason };
    let nrrd = [
        NrrdFault::Detached,
        NrrdFault::Version { version: 6 },
        NrrdFault::NoEnd { bytes: 65536 },
        NrrdFault::Missing { field: "sizes" },
        NrrdFault::Twice { field: "space origin" },
        NrrdFault::Encoding { encoding: "bzip2".into() },
        NrrdFault::Skip { field: "line skip" },
        NrrdFault::PackedTwice,
        NrrdFault::NoNumber,
    ];
    let nrrd = nrrd.into_iter().map(|reason| VolumeError::Nrrd { name: name(), reason });
    let others = vec![
        VolumeError::Empty { name: name() },
        VolumeError::Dicom { name: name() },
        VolumeError::Text { name: name() },
        VolumeError::Analyze { name: name() },
        not_nifti(NotNifti::Start),
        not_nifti(NotNifti::Mark),
        not_nifti(NotNifti::TextMode),
        not_nifti(NotNifti::Header { detail: "odd".into() }),
        gzip(GzipFault::Early),
        gzip(GzipFault::Damaged { detail: "corrupt".into() }),
        VolumeError::Truncated { name: name(), expected_bytes: 352, found_bytes: 348 },
        VolumeError::BadHeader { name: name(), field: "vox_offset", value: "-1".into() },
        dims(DimensionsFault::Count),
        dims(DimensionsFault::Length),
        VolumeError::UnknownDataType { name: name(), code: 9999 },
        VolumeError::UnsupportedDataType { name: name(), dtype: "RGB" },
        VolumeError::TooLarge { name: name(), needed_bytes: 1 << 40, limit_bytes: 1 << 29 },
        VolumeError::MissingImage { name: name() },
        VolumeError::NotThreeDimensional { name: name(), dims: vec![4, 2, 2, 2] },
        VolumeError::VoxelSize { name: name(), voxel_mm: [0.0031, 0.5, 1e9] },
        VolumeError::NotFinite { name: name(), count: 3 },
    ];
    others.into_iter().chain(nrrd).collect()
}

fn warnings() -> Vec<Warning> {
    let units = |unit| Warning::Units { unit, form: "sform" };
    vec![
        Warning::Offset { offset: 0, start: 352 },
        Warning::Intercept { value: f64::NAN },
        Warning::AfterGzip { bytes: 11 },
        Warning::NoForm,
        Warning::NoRas,
        Warning::NoSpace,
        Warning::BadForm { form: "qform" },
        units(LengthUnit::Metres),
        units(LengthUnit::Millimetres),
        units(LengthUnit::Micrometres),
        Warning::FormsDisagree { distance_mm: 12.34 },
        Warning::Modulated,
    ]
}

fn of_maps() -> Vec<PrepareError> {
    let scaled = |reason| PrepareError::LikeScan { name: name(), reason };
    let other = |tissue| PrepareError::OtherTissue { name: name(), tissue, there: 0.876, grey: 0.123 };
    vec![
        PrepareError::BadGrid { name: name() },
        PrepareError::Damaged { name: name() },
        PrepareError::NotFinite { name: name(), count: 3 },
        PrepareError::Constant { name: name(), value: 0.25 },
        PrepareError::LabelMap { name: name(), count: 4 },
        PrepareError::TooHigh { name: name(), max: 812.5, reason: NotTissueMap::Above },
        scaled(NotTissueMap::Shape),
        scaled(NotTissueMap::Below),
        scaled(NotTissueMap::Large),
        scaled(NotTissueMap::Solid),
        PrepareError::Negative { name: name(), min: -0.25 },
        PrepareError::NotCovered { name: name(), percent: 42.42 },
        PrepareError::MissingSlice { name: name(), z_mm: 17.6 },
        PrepareError::ImplausibleMean { name: name(), mean: 0.0123, low: 0.08, high: 0.45 },
        PrepareError::WholeBrain { name: name(), percent: 71.71, threshold: 0.2, limit_percent: 60.4 },
        PrepareError::Misplaced { name: name(), percent: 5.55 },
        PrepareError::OffMidline { name: name(), offset_mm: 7.7 },
        other(OtherTissue::WhiteMatter),
        other(OtherTissue::Fluid),
        PrepareError::NotAtItsPlaces { name: name(), grey: 0.345, white: 0.234, fluid: 0.567 },
        PrepareError::OtherPreparation { name: name(), found: "gm-map-0".into(), expected: "gm-map-1".into() },
    ]
}

/// A quality whose every measure failed, in each way that it can.
fn failed() -> Box<Quality> {
    let measure = |aspect: Aspect, value, low, high| Measure {
        name: aspect.name().into(),
        value,
        low,
        high,
        good: 1.0,
        meaning: Meaning(aspect).to_string(),
    };
    let mut measures: Vec<Measure> =
        Aspect::ALL.iter().map(|aspect| measure(*aspect, 0.21234, Some(0.5), None)).collect();
    measures.push(measure(Aspect::BrainVolumeLitres, 3.2, Some(0.6), Some(3.0)));
    measures.push(measure(Aspect::Shear, f64::NAN, None, Some(0.15)));
    let reasons = shared::prepare::t1::failures(&measures).iter().map(ToString::to_string).collect();
    Box::new(Quality { passed: false, score: 0.0, measures, reasons })
}

fn of_scans() -> Vec<T1Error> {
    let (extent_mm, low_mm, high_mm) = (51.4, 95.0, 700.0);
    let unsuitable = [
        Unsuitable::Damaged,
        Unsuitable::NotFinite { count: 3 },
        Unsuitable::Constant { value: 0.25 },
        Unsuitable::Coarse { length_mm: 6.06, limit_mm: 5.0 },
        Unsuitable::Fine { length_mm: 0.01234, limit_mm: 0.2 },
        Unsuitable::Extent { extent_mm, low_mm, high_mm },
        Unsuitable::MisplacedSlab { extent_mm, low_mm, high_mm },
        Unsuitable::Flat,
        Unsuitable::Noise { correlation: 0.123, limit: 0.5 },
        Unsuitable::NoBrain,
    ];
    let template = [
        TemplateFault::Volume(VolumeError::Empty { name: name() }),
        TemplateFault::Files,
        TemplateFault::Grids,
        TemplateFault::Heads,
        TemplateFault::Affine,
    ];
    let unsuitable = unsuitable.into_iter().map(|reason| T1Error::Unsuitable { name: name(), reason });
    let template = template.into_iter().map(|reason| T1Error::Template { reason });
    unsuitable
        .chain(template)
        .chain([T1Error::Quality { name: name(), quality: failed() }, T1Error::Cancelled])
        .collect()
}

fn of_bundles() -> Vec<BundleError> {
    use shared::{ModelsFault, NetworkFault, WeightsError};
    let manifest = [
        ManifestFault::Unreadable { detail: "expected value".into() },
        ManifestFault::Version { found: 3, wanted: 1 },
        ManifestFault::Grid,
        ManifestFault::Step,
        ManifestFault::Groups,
        ManifestFault::Dial,
        ManifestFault::Bytes { bytes: 1 << 40, limit: 1 << 30 },
        ManifestFault::Path { path: "../a".into() },
        ManifestFault::Reference,
    ];
    let networks = [
        NetworkFault::Range { name: "blocks", least: 0, most: 64 },
        NetworkFault::Kernel { name: "outer_kernel", most: 15 },
        NetworkFault::Widths { name: "layers", layers: 8, channels: 4096 },
        NetworkFault::Weights { weights: 1 << 30, most: 1 << 26 },
        NetworkFault::Groups { groups: 8 },
        NetworkFault::Dropout,
        NetworkFault::Lines { filters: 8, kernel: 5 },
        NetworkFault::Cells,
        NetworkFault::CellCounts { voxels: 7, stride: 2, counts: [10, 12, 10] },
        NetworkFault::CellsOfGrid { voxels: 6 },
        NetworkFault::Halved { times: 3, divisor: 8 },
        NetworkFault::Reflect { least: 16 },
        NetworkFault::StartOfOutput,
        NetworkFault::StartOfDirect,
        NetworkFault::StartOfGrid { shape: [80, 96, 10] },
        NetworkFault::DoseOfDirect,
        NetworkFault::DoseOfGrid { voxels: 4, counts: [1, 2, 3], shape: [80, 96, 10] },
    ];
    let people = [PeopleFault::Parts, PeopleFault::Unreadable { detail: "odd".into() }];
    let weights = [
        WeightsError::Format { name: name(), reason: "short".into() },
        WeightsError::Missing { name: name(), tensor: "a.b".into() },
        WeightsError::Shape { name: name(), tensor: "a.b".into(), found: vec![1, 2], expected: vec![3] },
        WeightsError::Type { name: name(), tensor: "a.b".into(), found: "F64".into() },
        WeightsError::Unused { name: name(), count: 2, first: "c.d".into() },
        WeightsError::Device { tensor: "a.b".into(), reason: "lost".into() },
    ];
    let explain = [
        ExplainError::Shape { found: [1, 2, 3], expected: [4, 5, 6] },
        ExplainError::Device { reason: DeviceFault::NoAnswer },
        ExplainError::Device { reason: DeviceFault::Other { detail: "lost".into() } },
        ExplainError::NotFinite,
        ExplainError::NoDial,
    ];
    let mut all = vec![
        BundleError::MissingRole { role: "judge".into() },
        BundleError::MissingFile { path: "judge.safetensors".into() },
        BundleError::Damaged(Damaged { path: "a".into(), found: "12".into(), expected: "34".into() }),
        BundleError::Shape { path: "a".into(), found: [1, 2, 3], expected: [4, 5, 6] },
        BundleError::Place { path: "a".into(), away_mm: 3.33 },
    ];
    all.extend(manifest.map(|reason| ManifestError::from(reason).into()));
    let networks = networks.map(|reason| ModelsFault { network: "generator", reason });
    all.extend(networks.map(|fault| ManifestError::from(ManifestFault::from(fault)).into()));
    all.extend(people.clone().map(|reason| BundleError::Familiar { path: "a".into(), reason }));
    all.extend(people.map(|reason| BundleError::Ageing { path: "a".into(), reason }));
    all.push(BundleError::GreyValues { path: "g".into(), reason: PeopleFault::Parts });
    all.extend(weights.map(BundleError::from));
    all.extend(explain.map(BundleError::from));
    all
}

fn of_atlases() -> Vec<AtlasError> {
    let name = "aal.tsv";
    let faults = [
        AtlasFault::Volume(VolumeError::Empty { name: name.into() }),
        AtlasFault::Affine { name },
        AtlasFault::Label { name, value: 2.5 },
        AtlasFault::Columns { name },
        AtlasFault::Line { name, line: "a b".into() },
        AtlasFault::Twice { name, label: 7 },
    ];
    faults.map(|reason| AtlasError { reason }).into()
}

/// Examples of all that can be told by a type, against the codes that it promises.
fn check<T: Coded>(examples: &[T]) {
    let mut promised = BTreeMap::new();
    list(&T::CODES, &mut promised);
    let mut seen = BTreeMap::new();
    for example in examples {
        let told = example.told();
        assert_eq!(told.english, example.to_string());
        look(&told, &mut seen);
    }
    assert_eq!(seen, promised, "codes and places of the examples, and those that are promised");
}

fn list(codes: &Codes, found: &mut BTreeMap<String, Vec<String>>) {
    for code in codes.own {
        let places: Vec<String> = code.places.iter().map(|place| (*place).to_owned()).collect();
        let before = found.insert(code.name.to_owned(), places.clone());
        assert!(before.is_none_or(|before| before == places), "{} is of two sentences", code.name);
    }
    codes.inner.iter().copied().flatten().for_each(|inner| list(inner, found));
}

/// Notes a sentence and its parts; what stands in its places must stand in its English, not as a part of another number.
fn look(told: &Told, seen: &mut BTreeMap<String, Vec<String>>) {
    for (place, value) in &told.values {
        let parts = match value {
            Value::Text(text) => vec![text],
            Value::Told(inner) => {
                look(inner, seen);
                vec![&inner.english]
            }
            Value::List(inner) => {
                inner.iter().for_each(|inner| look(inner, seen));
                inner.iter().map(|inner| &inner.english).collect()
            }
        };
        for part in parts {
            assert!(
                stands_in(&told.english, part),
                "{}: {place} is `{part}`, but it says: {}",
                told.code,
                told.english
            );
        }
    }
    seen.insert(told.code.clone(), told.values.iter().map(|(place, _)| place.clone()).collect());
}

fn stands_in(sentence: &str, part: &str) -> bool {
    sentence.match_indices(part).any(|(at, _)| {
        let (before, after) = (&sentence[..at], &sentence[at + part.len()..]);
        let goes_on = after.starts_with(|letter: char| letter.is_ascii_digit())
            || after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
        !goes_on && !before.ends_with(|letter: char| letter.is_ascii_digit() || letter == '.')
    })
}

#[test]
fn every_sentence_has_its_code_and_its_values() {
    check(&of_volumes());
    check(&warnings());
    check(&of_maps());
    let volumes = of_volumes().into_iter().map(|error| T1Error::Template { reason: error.into() });
    check(&of_scans().into_iter().chain(volumes).collect::<Vec<_>>());
    let volumes = of_volumes().into_iter().map(BundleError::from);
    check(&of_bundles().into_iter().chain(volumes).collect::<Vec<_>>());
    check(&[Caution::Phantom, Caution::OtherMaps]);
    check(Aspect::ALL);
    check(&Aspect::ALL.iter().map(|aspect| Meaning(*aspect)).collect::<Vec<_>>());
    let volumes = of_volumes().into_iter().map(|error| AtlasError { reason: error.into() });
    check(&of_atlases().into_iter().chain(volumes).collect::<Vec<_>>());
}
