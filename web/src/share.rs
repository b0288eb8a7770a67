//! The link that reproduces what its sender saw: a versioned fragment of the address.
//!
//! `#v=1&bundle=phantom&hash=1a2b3c4d&sample=phantom-old&mode=compare&at=-12,34,10&…`. What is as it is at first stands
//! not in it. A scan or a model of the visitor's own is never in it, only that there was one. Whatever cannot be read is as if it
//! were not there, so that a damaged link still opens the page.

use crate::address::is_name;
use crate::aim::Aim;
use crate::language::Listed;
use shared::explain::Direction;

/// Version of the fragment's own form; a later one may hold what this program does not know.
pub const LINK_VERSION: u32 = 1;

/// How the maps are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Side,
    Compare,
    Volume,
}

/// What is told below the maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Regions,
    Cohort,
    Checks,
    Inside,
    Card,
}

/// One choice of a few, with the word that stands for it in links and in the document.
pub trait Choice: Copy + PartialEq + 'static {
    const ALL: &'static [(Self, &'static str)];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(choice, _)| *choice == self).map_or("", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own)| *own == word).map(|(choice, _)| *choice)
    }
}

impl Choice for Mode {
    const ALL: &'static [(Self, &'static str)] =
        &[(Mode::Side, "side"), (Mode::Compare, "compare"), (Mode::Volume, "volume")];
}

impl Choice for Tab {
    const ALL: &'static [(Self, &'static str)] = &[
        (Tab::Regions, "regions"),
        (Tab::Cohort, "cohort"),
        (Tab::Checks, "checks"),
        (Tab::Inside, "inside"),
        (Tab::Card, "card"),
    ];
}

impl Choice for Direction {
    const ALL: &'static [(Self, &'static str)] =
        &[(Direction::YoungToOld, "young_to_old"), (Direction::OldToYoung, "old_to_young")];
}

/// How the visitor looks at the maps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    pub mode: Mode,
    /// Share of the translation in the blend, 0..1.
    pub blend: f64,
    /// Share of the picture, from the left, that shows the original, 0..1; None while blending.
    pub wipe: Option<f64>,
    /// The crosshair, MNI mm; None: where the most changes.
    pub at_mni_mm: Option<[f64; 3]>,
    /// Changes smaller than this are hidden, grey-matter units.
    pub threshold: f64,
    /// Of the overlays, 0..1.
    pub opacity: f64,
    /// Density that is shown white, 0..1.
    pub white: f64,
    pub anatomy: bool,
    pub radiological: bool,
    /// Also the maps that are not needed to see what changed: Grad-CAM and the truth.
    pub all_maps: bool,
    pub tab: Tab,
}

impl Default for View {
    fn default() -> Self {
        View {
            mode: Mode::Side,
            blend: 0.5,
            wipe: None,
            at_mni_mm: None,
            threshold: 0.02,
            opacity: 1.0,
            white: 1.0,
            anatomy: true,
            radiological: false,
            all_maps: false,
            tab: Tab::Regions,
        }
    }
}

/// All that a link holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    pub bundle: Option<String>,
    /// First letters of the SHA-256 of the bundle's manifest.
    pub hash: Option<String>,
    pub sample: Option<String>,
    /// The sender looked at a scan of their own.
    pub own_scan: bool,
    /// The model came from a folder on the sender's disk.
    pub own_bundle: bool,
    /// For a frame within another page: little but the maps, the sentence, the dial or the direction, and the lesson.
    pub embed: bool,
    /// None: away from the class that the classifier sees, or a sample's own.
    pub direction: Option<Direction>,
    /// Of the result that the sender's page had computed of the sample, where it is not the one that comes with it.
    pub computed: Option<Aim>,
    pub view: View,
    pub language: Option<Listed>,
    pub lesson: Option<String>,
    /// It was made by a later version and may hold more than was read.
    pub is_newer: bool,
}

impl Link {
    /// The same view for a frame within another page. That there was a scan of the visitor's own is no part of it.
    pub fn embedded(self) -> Link {
        Link { embed: true, own_scan: false, ..self }
    }

    /// The same view in a page of its own.
    pub fn alone(self) -> Link {
        Link { embed: false, ..self }
    }

    /// The fragment without its `#`.
    pub fn to_fragment(&self) -> String {
        let mut parts = vec![format!("v={LINK_VERSION}")];
        let mut put = |key: &str, value: &str| parts.push(format!("{key}={value}"));
        if self.embed {
            put("embed", "1");
        }
        for (key, name) in
            [("bundle", &self.bundle), ("hash", &self.hash), ("sample", &self.sample), ("lesson", &self.lesson)]
        {
            if let Some(name) = name.as_deref().filter(|name| is_name(name)) {
                put(key, name);
            }
        }
        if self.own_scan {
            put("scan", "own");
        }
        if self.own_bundle {
            put("model", "own");
        }
        if let Some(direction) = self.direction {
            put("translate", direction.word());
        }
        if let Some(aim) = self.computed {
            put("computed", &aim.word());
        }
        let (view, first) = (self.view, View::default());
        if view.mode != first.mode {
            put("mode", view.mode.word());
        }
        for (key, value, usual) in [
            ("blend", Some(view.blend), first.blend),
            ("wipe", view.wipe, f64::NAN),
            ("hide", Some(view.threshold), first.threshold),
            ("opacity", Some(view.opacity), first.opacity),
            ("white", Some(view.white), first.white),
        ] {
            if let Some(value) = value.filter(|&value| value != usual) {
                put(key, &decimal(value, 3));
            }
        }
        if let Some(place) = view.at_mni_mm {
            put("at", &place.map(|mm| decimal(mm, 1)).join(","));
        }
        if !view.anatomy {
            put("anatomy", "0");
        }
        if view.radiological {
            put("radiological", "1");
        }
        if view.all_maps {
            put("maps", "all");
        }
        if view.tab != first.tab {
            put("tab", view.tab.word());
        }
        if let Some(language) = self.language {
            put("lang", language.code);
        }
        parts.join("&")
    }

    /// Reads a fragment, with or without its `#`; None where it is no link of this page.
    pub fn from_fragment(fragment: &str) -> Option<Link> {
        let mut link = Link::default();
        let pairs = || fragment.trim_start_matches('#').split('&').filter_map(|pair| pair.split_once('='));
        let version: u32 = pairs().find(|(key, _)| *key == "v")?.1.parse().ok()?;
        link.is_newer = version > LINK_VERSION;
        let name = |value: &str| is_name(value).then(|| value.to_owned());
        for (key, value) in pairs() {
            let view = &mut link.view;
            match key {
                "bundle" => link.bundle = name(value),
                "hash" => link.hash = name(value),
                "sample" => link.sample = name(value),
                "lesson" => link.lesson = name(value),
                "embed" => link.embed = value == "1",
                "scan" => link.own_scan = value == "own",
                "model" => link.own_bundle = value == "own",
                "translate" => link.direction = Direction::from_word(value),
                "computed" => link.computed = Aim::from_word(value),
                "mode" => view.mode = Mode::from_word(value).unwrap_or_default(),
                "blend" => view.blend = share(value).unwrap_or(view.blend),
                "wipe" => view.wipe = share(value),
                "hide" => view.threshold = share(value).unwrap_or(view.threshold),
                "opacity" => view.opacity = share(value).unwrap_or(view.opacity),
                "white" => view.white = share(value).unwrap_or(view.white),
                "at" => view.at_mni_mm = place(value),
                "anatomy" => view.anatomy = value != "0",
                "radiological" => view.radiological = value == "1",
                "maps" => view.all_maps = value == "all",
                "tab" => view.tab = Tab::from_word(value).unwrap_or_default(),
                "lang" => link.language = Listed::from_tag(value),
                _ => {}
            }
        }
        Some(link)
    }
}

/// As short as it can be: `0.5`, `-12`, never `-0`.
fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn share(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value| (0.0..=1.0).contains(value))
}

/// Three numbers that lie in or about a head.
fn place(text: &str) -> Option<[f64; 3]> {
    let numbers: Vec<f64> = text.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    let place: [f64; 3] = numbers.try_into().ok()?;
    place.iter().all(|mm: &f64| mm.abs() <= 1000.0).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;

    fn thousandths() -> impl Strategy<Value = f64> {
        (0u32..=1000).prop_map(|value| f64::from(value) / 1000.0)
    }

    fn millimetres() -> impl Strategy<Value = f64> {
        (-2000i32..=2000).prop_map(|value| f64::from(value) / 10.0)
    }

    fn view() -> impl Strategy<Value = View> {
        (
            prop::sample::select(Mode::ALL.iter().map(|(mode, _)| *mode).collect::<Vec<_>>()),
            prop::sample::select(Tab::ALL.iter().map(|(tab, _)| *tab).collect::<Vec<_>>()),
            (thousandths(), option::of(thousandths()), thousandths(), thousandths(), thousandths()),
            option::of([millimetres(), millimetres(), millimetres()]),
            any::<(bool, bool, bool)>(),
        )
            .prop_map(
                |(
                    mode,
                    tab,
                    (blend, wipe, threshold, opacity, white),
                    at_mni_mm,
                    (anatomy, radiological, all_maps),
                )| View {
                    mode,
                    blend,
                    wipe,
                    at_mni_mm,
                    threshold,
                    opacity,
                    white,
                    anatomy,
                    radiological,
                    all_maps,
                    tab,
                },
            )
    }

    fn link() -> impl Strategy<Value = Link> {
        let aims = [Aim::Group(Direction::YoungToOld), Aim::Group(Direction::OldToYoung), Aim::Age(20), Aim::Age(90)];
        let aim = option::of(prop::sample::select(aims.to_vec()));
        let direction = option::of(prop::sample::select(vec![Direction::YoungToOld, Direction::OldToYoung]));
        let name = || option::of("[a-z0-9][a-z0-9._-]{0,20}");
        (
            [name(), name(), name(), name()],
            any::<[bool; 3]>(),
            (direction, aim),
            view(),
            option::of(prop::sample::select(Listed::all().to_vec())),
        )
            .prop_map(
                |(
                    [bundle, hash, sample, lesson],
                    [own_scan, own_bundle, embed],
                    (direction, computed),
                    view,
                    language,
                )| Link {
                    bundle,
                    hash,
                    sample,
                    own_scan,
                    own_bundle,
                    embed,
                    direction,
                    computed,
                    view,
                    language,
                    lesson,
                    is_newer: false,
                },
            )
    }

    proptest! {
        #[test]
        fn every_link_comes_back_as_it_was(link in link()) {
            let fragment = link.to_fragment();
            prop_assert_eq!(Link::from_fragment(&fragment), Some(link.clone()));
            prop_assert_eq!(Link::from_fragment(&format!("#{fragment}")), Some(link));
            // Nothing that an address would have to escape.
            prop_assert!(fragment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=&,._-".contains(&byte)));
        }

        #[test]
        fn no_fragment_is_too_odd(fragment in ".{0,80}") {
            let _ = Link::from_fragment(&fragment);
            if let Some(link) = Link::from_fragment(&format!("v=1&{fragment}")) {
                let again = link.to_fragment();
                prop_assert_eq!(Link::from_fragment(&again).map(|link| link.to_fragment()), Some(again));
            }
        }
    }

    #[test]
    fn a_first_view_is_a_short_link() {
        assert_eq!(Link::default().to_fragment(), "v=1");
        let link = Link { bundle: Some("phantom".into()), ..Link::default() };
        assert_eq!(link.to_fragment(), "v=1&bundle=phantom");
    }

    #[test]
    fn a_frame_shows_the_same_view_but_no_scan() {
        let link = Link { bundle: Some("phantom".into()), own_scan: true, ..Link::default() };
        let embedded = link.clone().embedded();
        assert_eq!(embedded.to_fragment(), "v=1&embed=1&bundle=phantom");
        assert_eq!(Link::from_fragment("#v=1&embed=1&bundle=phantom"), Some(embedded.clone()));
        assert_eq!(embedded.alone(), Link { own_scan: false, ..link });
        for other in ["v=1&embed=0", "v=1&embed=", "v=1&embed", "v=1"] {
            assert_eq!(Link::from_fragment(other), Some(Link::default()), "{other}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_as_if_it_were_not_there() {
        let link = Link::from_fragment("#v=1&bundle=../x&mode=odd&blend=7&at=1,2&hide=NaN&lang=xx").unwrap();
        assert_eq!(link, Link::default());
        assert_eq!(Link::from_fragment("#maps"), None);
        assert!(Link::from_fragment("v=2&bundle=a").unwrap().is_newer);
    }
}
