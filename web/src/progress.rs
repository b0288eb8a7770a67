//! How far an explanation or a check is, as one fraction of the bar that never runs backwards.

use crate::protocol::Stage;

/// Lengths of the stages on the bar, about as their times on a processor are to each other, in the order in which they
/// come. Loading is left out where the models are there already, preparation where the image needs none; an explanation has
/// other stages than a check.
const LENGTHS: [(Part, f32); 12] = [
    (Part::Loading, 5.0),  // device
    (Part::Always, 2.0),   // read
    (Part::Loading, 35.0), // download
    (Part::Loading, 5.0),  // build
    (Part::Loading, 25.0), // self-test
    (Part::Preparing, 5.0),
    (Part::Preparing, 225.0),
    (Part::Explaining, 6.0),  // classify
    (Part::Explaining, 14.0), // translate
    (Part::Explaining, 5.0),  // classify again
    (Part::Explaining, 3.0),  // activation
    (Part::Checking, 95.0),   // all of a check
];

/// When a stage takes place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Always,
    Loading,
    Preparing,
    Explaining,
    Checking,
}

fn position(stage: Stage) -> usize {
    match stage {
        Stage::Device => 0,
        Stage::Read => 1,
        Stage::Download => 2,
        Stage::Build => 3,
        Stage::SelfTest => 4,
        Stage::Template => 5,
        Stage::Prepare(_) => 6,
        Stage::Classify => 7,
        Stage::Translate => 8,
        Stage::Reclassify => 9,
        Stage::Activation => 10,
        Stage::Check => 11,
    }
}

/// The bar of one explanation, or of one check.
pub struct Bar {
    loads: bool,
    prepares: bool,
    checks: bool,
    furthest: f32,
}

impl Bar {
    /// `loads`: the models are not there yet. Until [`Bar::set_prepares`] says otherwise the image may need the longest
    /// way, so that the bar can only jump forwards when it does not.
    pub fn new(loads: bool) -> Self {
        Bar { loads, prepares: true, checks: false, furthest: 0.0 }
    }

    /// The bar of a check: nothing is prepared for it.
    pub fn of_check(loads: bool) -> Self {
        Bar { loads, prepares: false, checks: true, furthest: 0.0 }
    }

    /// The bar of a look inside the classifier: nothing is prepared, and nothing translated.
    pub fn of_classifier(loads: bool) -> Self {
        Bar { loads, prepares: false, checks: false, furthest: 0.0 }
    }

    /// Whether the image has to be prepared.
    pub fn set_prepares(&mut self, prepares: bool) {
        self.prepares = prepares;
    }

    /// Place on the bar, 0..1, where `within` (0..1) of a stage is done; all steps of a preparation are one stage here.
    /// A stage that comes a second time, on another device, leaves the bar where it was.
    pub fn at(&mut self, stage: Stage, within: f32) -> f32 {
        let length = |(part, length): (Part, f32)| match part {
            Part::Loading if !self.loads => 0.0,
            Part::Preparing if !self.prepares => 0.0,
            Part::Explaining if self.checks => 0.0,
            Part::Checking if !self.checks => 0.0,
            _ => length,
        };
        let (before, from_here) = LENGTHS.split_at(position(stage));
        let sum = |stages: &[(Part, f32)]| stages.iter().copied().map(length).sum::<f32>();
        let own = from_here.first().copied().map_or(0.0, length);
        let done = sum(before) + own * within.clamp(0.0, 1.0);
        self.furthest = self.furthest.max(done / sum(&LENGTHS));
        self.furthest
    }
}

impl Default for Bar {
    fn default() -> Self {
        Bar::new(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::prepare::t1::Step;

    const LOADING: [Stage; 3] = [Stage::Download, Stage::Build, Stage::SelfTest];
    const EXPLAINING: [Stage; 4] = [Stage::Classify, Stage::Translate, Stage::Reclassify, Stage::Activation];

    #[test]
    fn the_bar_never_runs_backwards() {
        for (loads, prepares) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut bar = Bar::new(loads);
            let mut seen = vec![bar.at(Stage::Device, 0.0), bar.at(Stage::Read, 0.0)];
            bar.set_prepares(prepares);
            if loads {
                seen.extend(LOADING.map(|stage| bar.at(stage, 0.5)));
                // WebGPU did not pass: once more on the CPU.
                seen.extend(LOADING[1..].iter().map(|&stage| bar.at(stage, 0.0)));
            }
            if prepares {
                seen.push(bar.at(Stage::Template, 0.5));
                seen.extend(Step::ALL.map(|step| bar.at(Stage::Prepare(step), step.start_fraction())));
            }
            seen.extend(EXPLAINING.map(|stage| bar.at(stage, 0.0)));
            assert!(seen.is_sorted(), "{loads} {prepares}: {seen:?}");
            assert!(seen[0] >= 0.0 && seen.last().unwrap() < &1.0);
        }
    }

    #[test]
    fn a_check_fills_the_bar_by_itself() {
        let mut bar = Bar::of_check(false);
        let seen = [bar.at(Stage::Read, 0.0), bar.at(Stage::Check, 0.0), bar.at(Stage::Check, 0.5)];
        assert!(seen.is_sorted() && seen[1] < 0.1 && seen[2] < 0.6, "{seen:?}");
        assert_eq!(bar.at(Stage::Check, 1.0), 1.0);
    }

    #[test]
    fn a_preparation_takes_most_of_the_bar() {
        for loads in [true, false] {
            let mut bar = Bar::new(loads);
            let start = bar.at(Stage::Prepare(Step::Resample), 0.0);
            let end = bar.at(Stage::Prepare(Step::Sample), 1.0);
            assert!(end - start > 0.6, "{start}..{end}");
        }
    }
}
