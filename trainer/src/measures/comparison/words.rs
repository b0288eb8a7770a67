//! The comparison as a table for the terminal.

use crate::measures::comparison::Comparison;
use crate::measures::one_liners::OneLiner;
use crate::measures::per_direction::PerDirection;
use crate::measures::realism::Realism;
use crate::statistics::Estimate;
use shared::explain::Direction;

impl Comparison {
    /// Names of the methods, in their order.
    pub fn titles(&self) -> Vec<&'static str> {
        self.ways.iter().map(|way| way.way.map_or("CycleGAN", OneLiner::title)).collect()
    }

    /// What each baseline does, one sentence each.
    pub fn abouts(&self) -> Vec<String> {
        let ways = self.ways.iter().filter_map(|way| way.way);
        ways.map(|way| format!("{}: {}.", way.title(), way.about())).collect()
    }

    /// A table for the terminal: one line per method, numbers young → old and old → young.
    pub fn in_words(&self) -> String {
        let number =
            |found: Option<Estimate>| found.map_or_else(|| "–".to_owned(), |found| format!("{:.2}", found.value));
        let both = |pair: &PerDirection<Option<Estimate>>| {
            format!("{} {}", number(pair.young_to_old), number(pair.old_to_young))
        };
        let told = |of: &PerDirection<Realism>, part: fn(&Realism) -> Option<Estimate>| {
            format!("{} {}", number(part(&of.young_to_old)), number(part(&of.old_to_young)))
        };
        let line = |name: &str, cells: [String; 10]| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<12}")).collect();
            format!("{name:<18}{}", cells.concat()).trim_end().to_owned()
        };
        let heads = [
            "mean map",
            "others",
            "judge flips",
            "alone",
            "histogram",
            "spectrum",
            "cnn",
            "with age",
            "truth",
            "individual",
        ];
        let mut lines = vec![line("", heads.map(str::to_owned))];
        for (way, title) in self.ways.iter().zip(self.titles()) {
            let cells = [
                both(&way.mean_map_ncc),
                both(&way.mean_map_ncc_with_others),
                both(&way.judge_flips),
                both(&way.leaves_alone),
                told(&way.realism, |realism| realism.histogram),
                told(&way.realism, |realism| realism.spectrum),
                told(&way.realism, |realism| realism.cnn),
                both(&way.amount_with_age),
                both(&way.truth_ncc),
                both(&way.individual_ncc),
            ];
            lines.push(line(title, cells));
        }
        let real = &self.real_against_real;
        let (histogram, spectrum) = (told(real, |real| real.histogram), told(real, |real| real.spectrum));
        let cnn = told(real, |real| real.cnn);
        let nothing = || String::new();
        lines.push(line(
            "Real maps",
            [nothing(), nothing(), nothing(), nothing(), histogram, spectrum, cnn, nothing(), nothing(), nothing()],
        ));
        lines.extend(self.leads_in_words());
        lines.join("\n")
    }

    /// The lead of the network, one sentence per direction, without its stop.
    pub fn leads_in_words(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        for (direction, name) in [(Direction::YoungToOld, "Young → old"), (Direction::OldToYoung, "Old → young")] {
            if let Some(lead) = self.lead.get(direction) {
                let Estimate { value, interval } = lead.difference;
                let way = lead.over.title().to_lowercase();
                let range = interval.map_or_else(String::new, |[low, high]| format!(" (95%: {low:+.3} to {high:+.3})"));
                let verdict = match interval {
                    Some([low, _]) if low > 0.0 => format!("the network is ahead of the best baseline ({way}) by"),
                    Some([_, high]) if high < 0.0 => format!("the network is behind the best baseline ({way}):"),
                    _ => format!("the network is not significantly ahead of the best baseline ({way}):"),
                };
                sentences.push(format!("{name}, {verdict} {value:+.3}{range}"));
            }
        }
        sentences
    }
}
