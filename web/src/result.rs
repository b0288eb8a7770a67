//! A result as one HTML file: words, and the maps as bytes, for any browser without a network. The document is
//! `static/result.html`; its script, which draws the maps, is `web/viewer/src/result.js`.
//!
//! Whatever comes from outside, names of files above all, is escaped here, at the only place where it becomes HTML.

use crate::embed::escaped;
use crate::forms::filled_between;
use crate::language::*;
use crate::maps::Maps;
use crate::panels::{Content, PANELS, Scale, captions};
use crate::regions::{FIRST_ROWS, Row};
use crate::share::View;
use crate::verdict::Verdict;
use crate::wording::{groups, threshold};
use shared::bundle::{GroupName, Manifest};

/// Around the names of places in the document.
const PLACE: [char; 2] = ['«', '»'];
/// The byte of no change, and how far from it the ends of the difference's colours are.
const MIDDLE: f32 = 128.0;
const REACH: f32 = 127.0;

/// What a file holds, in words that are ready.
pub struct Saved<'a> {
    pub language: Language,
    /// Name of the image.
    pub name: &'a str,
    pub verdict: Verdict,
    /// P(old) of the image and of its translation, for the bars beside the words.
    pub probabilities_old: [f32; 2],
    /// Why the verdict may be wrong.
    pub caution: Option<String>,
    /// Below the maps: what changed, how it goes with the truth, what is habit, where it comes from.
    pub sentences: Vec<String>,
    pub regions_hint: String,
    /// Each with the place of its largest change, MNI mm. Empty where the atlas is not there.
    pub regions: Vec<(Row, Option<[f64; 3]>)>,
    pub maps: &'a Maps,
    pub content: Content,
    pub view: View,
    /// The crosshair, MNI mm.
    pub at_mni_mm: [f64; 3],
    /// Id of the bundle, and first letters of its manifest's hash.
    pub model: [&'a str; 2],
    pub manifest: &'a Manifest,
    /// Of AgeLens.
    pub agelens: &'a str,
}

/// Values as bytes; `limit`: where the difference's colours end.
pub fn bytes(scale: Scale, values: &[f32], limit: f32) -> Vec<u8> {
    let byte = |value: &f32| match scale {
        // No change stays exactly that.
        Scale::Difference => (MIDDLE + (value / limit).clamp(-1.0, 1.0) * REACH).round(),
        Scale::Grey | Scale::Activation => (value.clamp(0.0, 1.0) * 255.0).round(),
    };
    values.iter().map(|value| byte(value) as u8).collect()
}

impl Saved<'_> {
    /// The file. `document`: the text of `result.html`; `base64` encodes bytes.
    pub fn file<E>(&self, document: &str, base64: impl Fn(&[u8]) -> Result<String, E>) -> Result<String, E> {
        let values = self.values(self.data(base64)?);
        let values: Vec<(&str, &str)> = values.iter().map(|(place, value)| (*place, &**value)).collect();
        Ok(filled_between(document, PLACE, &values))
    }

    /// HTML for each place of the document.
    fn values(&self, data: String) -> Vec<(&'static str, String)> {
        let language = self.language;
        let text = |key: Key| escaped(language.text(key));
        let title = &self.verdict.title;
        // The heading of a mean names it.
        let page = if self.verdict.odds.is_some() { format!("{}: {title}", self.name) } else { title.clone() };
        let side = if self.view.radiological { VIEW_RADIOLOGICAL } else { VIEW_NEUROLOGICAL };
        let phantom = [text(PHANTOM_TITLE), text(PHANTOM_TEXT)];
        let is_phantom = self.manifest.phantom;
        vec![
            ("lang", escaped(language.listed().tag)),
            ("generator", escaped(&format!("AgeLens {}", self.agelens))),
            ("title", escaped(&format!("{page} – AgeLens"))),
            ("diagnosis", text(CARD_DIAGNOSIS)),
            (
                "phantom",
                given(is_phantom, || {
                    format!("<p class=\"phantom\"><strong>{}</strong> {}</p>", phantom[0], phantom[1])
                }),
            ),
            ("verdict", escaped(title)),
            ("groups", escaped(&groups(language, self.manifest))),
            (
                "caution",
                self.caution.iter().map(|caution| format!("<p class=\"caution\">{}</p>", escaped(caution))).collect(),
            ),
            ("noscript", text(RESULT_NOSCRIPT)),
            ("maps", text(MAPS)),
            ("hint", text(RESULT_HINT)),
            ("convention", text(side)),
            (
                "hidden",
                given(self.view.threshold > 0.0, || {
                    let words = language.fill(RESULT_HIDDEN, &[("size", &threshold(self.view.threshold))]);
                    format!(" · {}", escaped(&words))
                }),
            ),
            ("panels", self.panels()),
            ("x", text(AXIS_X)),
            ("y", text(AXIS_Y)),
            ("z", text(AXIS_Z)),
            ("findings", text(FINDINGS)),
            ("words", self.words()),
            ("regions", given(!self.regions.is_empty(), || self.regions())),
            ("foot", self.foot()),
            // Numbers and base64 only: nothing in it can end the script that holds it.
            ("data", data),
        ]
    }

    fn panels(&self) -> String {
        let language = self.language;
        let captions = captions(language, self.view.white, Some(&self.content));
        let there = PANELS.iter().zip(captions).enumerate().filter(|(index, _)| self.maps.values(*index).is_some());
        let figure = |(_, (panel, caption)): (usize, (&crate::panels::Panel, crate::panels::Caption))| {
            let [low, high, unit] = caption.ends.map(|text| escaped(&text));
            format!(
                "<figure class=\"panel\" data-map=\"{id}\"><figcaption><h2>{title}</h2><output></output>\
                 <button type=\"button\" class=\"enlarge\" aria-pressed=\"false\" aria-label=\"{enlarge}\"></button></figcaption>\
                 <canvas role=\"application\" tabindex=\"0\" aria-label=\"{label}\"></canvas>\
                 <div class=\"scale\"><span>{low}</span><i class=\"ramp\" data-scale=\"{scale}\"></i><span>{high}</span>\
                 <small>{unit}</small></div></figure>",
                id = panel.id,
                title = escaped(&caption.title),
                enlarge = escaped(language.text(panel.enlarge)),
                label = escaped(language.text(panel.label)),
                scale = panel.scale.word(),
            )
        };
        there.map(figure).collect()
    }

    fn words(&self) -> String {
        let paragraph = |text: &String| format!("<p>{}</p>", escaped(text));
        paragraph(&self.verdict.detail) + &self.odds() + &self.sentences.iter().map(paragraph).collect::<String>()
    }

    /// Nothing for a mean, which has none.
    fn odds(&self) -> String {
        let text = |key: Key| escaped(self.language.text(key));
        let Some(odds) = &self.verdict.odds else { return String::new() };
        let rows = [VERDICT_BEFORE, VERDICT_AFTER].into_iter().zip(self.probabilities_old).zip(odds);
        let rows: String = rows
            .map(|((name, share), odds)| {
                let percent = (share * 1000.0).round() / 10.0;
                let class = GroupName::judged(share).as_str();
                let bar =
                    format!("<span class=\"odds-bar\" aria-hidden=\"true\"><i data-class=\"{class}\" data-share=\"{percent}\"></i></span>");
                format!("<span>{}</span>{bar}<span>{}</span>", text(name), escaped(odds))
            })
            .collect();
        let [young, old] = [text(CLASS_YOUNG), text(CLASS_OLD)];
        format!(
            "<div class=\"odds\">{rows}<small class=\"odds-axis\" aria-hidden=\"true\"><span>{young}</span><span>{old}</span></small></div>"
        )
    }

    fn regions(&self) -> String {
        let language = self.language;
        let columns = [REGIONS_REGION, REGIONS_IMAGE, REGIONS_PERCENT, REGIONS_GROUP, REGIONS_VOLUME];
        let head: String =
            columns.iter().map(|key| format!("<th scope=\"col\">{}</th>", escaped(language.text(*key)))).collect();
        let table = |rows: &[(Row, Option<[f64; 3]>)]| {
            let rows: String = rows.iter().map(|(row, at)| region(row, *at)).collect();
            let name = escaped(language.text(TAB_REGIONS));
            format!(
                "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\"><table><thead><tr>{head}</tr></thead>\
                 <tbody>{rows}</tbody></table></div>"
            )
        };
        let (first, rest) = self.regions.split_at(FIRST_ROWS.min(self.regions.len()));
        let count = self.regions.len().to_string();
        let more = given(!rest.is_empty(), || {
            let words = language.fill(REGIONS_ALL, &[("count", &count)]);
            format!("<details><summary>{}</summary>{}</details>", escaped(&words), table(rest))
        });
        format!(
            "<section aria-labelledby=\"regions-title\"><h2 id=\"regions-title\">{}</h2><p class=\"hint\">{}</p>{}{more}</section>",
            escaped(language.text(TAB_REGIONS)),
            escaped(&self.regions_hint),
            table(first)
        )
    }

    fn foot(&self) -> String {
        let language = self.language;
        let [name, hash] = self.model;
        let lines = [
            language.text(CARD_DIAGNOSIS).to_owned(),
            language.text(ANIMATION_NOTE).to_owned(),
            language.fill(PICTURE_MODEL, &[("name", name), ("hash", hash)]),
            language.say(&self.manifest.title).into_owned(),
            language.fill(RESULT_SAVED, &[("version", self.agelens)]),
            language.text(RESULT_STEPS).to_owned(),
        ];
        lines.iter().map(|line| format!("<p>{}</p>", escaped(line))).collect()
    }

    /// What the script draws, as JSON.
    fn data<E>(&self, base64: impl Fn(&[u8]) -> Result<String, E>) -> Result<String, E> {
        let View { threshold, white, opacity, anatomy, radiological, .. } = self.view;
        let (limit, _) = self.content.limit;
        let (shape, at, extent) = (self.maps.shape(), self.at_mni_mm, self.maps.extent_mm());
        let [first, step] = [extent.map(|(first, _, _)| first), extent.map(|(_, _, step)| step)];
        let mut maps = Vec::new();
        for (index, panel) in PANELS.iter().enumerate() {
            if let Some(values) = self.maps.values(index) {
                maps.push(format!("\"{}\":\"{}\"", panel.id, base64(&bytes(panel.scale, values, limit))?));
            }
        }
        // Numbers are written alike in Rust and in JSON.
        Ok(format!(
            "{{\"shape\":{shape:?},\"first_mm\":{first:?},\"step_mm\":{step:?},\"at_mm\":{at:?},\"limit\":{limit},\
             \"threshold\":{threshold},\"white\":{white},\"opacity\":{opacity},\"anatomy\":{anatomy},\
             \"radiological\":{radiological},\"maps\":{{{}}}}}",
            maps.join(",")
        ))
    }
}

fn region(row: &Row, at: Option<[f64; 3]>) -> String {
    let name = escaped(&row.name);
    let name = match at {
        Some([x, y, z]) => format!("<button type=\"button\" data-at=\"{x} {y} {z}\">{name}</button>"),
        None => name,
    };
    let class = if row.is_small { " class=\"small\"" } else { "" };
    let cells = [&row.amount, &row.percent, &row.group, &row.volume].map(|cell| format!("<td>{}</td>", escaped(cell)));
    format!("<tr{class}><th scope=\"row\">{name}</th>{}</tr>", cells.concat())
}

fn given(is_there: bool, text: impl FnOnce() -> String) -> String {
    if is_there { text() } else { String::new() }
}

#[cfg(test)]
mod tests;
