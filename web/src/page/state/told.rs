//! What is told of a result in sentences and rows: on the page, and in files that hold it.

use super::Shown;
use shared::bundle::RegionCard;
use shared::explain::Atlas;
use web::language::*;
use web::regions::{Row, hint, rows};
use web::{prepared, wording};

impl Shown {
    /// The maps in words.
    pub fn change(&self, language: Language, atlas: Option<&Atlas>) -> String {
        let labels = self.labels(atlas);
        let region = |place| {
            let part = labels?.part_at(self.maps.index_at(place)?)?;
            Some(language.region(&part.region.name, &part.region.readable))
        };
        match self.answer.is_there {
            true => language.text(CHANGE_NOTHING).to_owned(),
            false => wording::change_sentence(language, &self.summary, region),
        }
    }

    /// How the difference goes with the truth, where it is known.
    pub fn agreement_told(&self, language: Language) -> Option<String> {
        let found = self.agreement?;
        let [correlation, size] = [found.correlation, found.size_ratio].map(|value| wording::number(value, 2));
        Some(language.fill(AGREEMENT, &[("correlation", &correlation), ("size", &size)]))
    }

    /// The sentences about where it comes from.
    pub fn provenance(&self, language: Language) -> String {
        let Some(computed) = &self.computed else { return language.text(PROVENANCE_NATIVE).to_owned() };
        let mut sentences = Vec::new();
        // What the visitor's image was taken for, before what was made of it.
        match computed.prepared {
            Some((found, _)) => sentences.push(prepared::found(language, found)),
            None if self.case.subject.is_own() => sentences.push(language.text(PROVENANCE_MAP).to_owned()),
            None => {}
        }
        sentences.push(wording::provenance(language, computed.backend, computed.seconds));
        sentences.extend(computed.prepared.map(|(_, score)| prepared::provenance(language, score)));
        sentences
            .extend(computed.self_test.map(|(passed, difference)| wording::self_test(language, passed, difference)));
        sentences.extend(computed.notes.iter().map(|note| note.told(language)));
        language.join(&sentences)
    }

    /// What the table of regions is, and its rows.
    pub fn region_rows(&self, language: Language, atlas: Option<&Atlas>) -> (String, Vec<Row>) {
        let held_back = self.case.bundle.manifest.held_back.as_ref();
        // The group was led the whole way.
        let is_turned = self.answer.target_years.is_some();
        let group: &[RegionCard] = held_back.filter(|_| !is_turned).map_or(&[], |held_back| &held_back.regions);
        let told = match atlas {
            Some(_) if is_turned => language.text(REGIONS_HINT_DIAL).to_owned(),
            Some(_) => hint(language, group, self.answer.direction),
            None => language.text(REGION_LOADING).to_owned(),
        };
        (told, rows(language, &self.regions, group, self.answer.direction))
    }
}
