//! What each column of the tables says, as BIDS wants it beside them.

use crate::group::GroupLimits;
use serde_json::{Map, Value, json};
use shared::prepare::t1::Measure;

/// A column of both tables.
pub struct Column {
    pub name: &'static str,
    description: &'static str,
    units: Option<&'static str>,
    levels: &'static [(&'static str, &'static str)],
}

const YES_NO: &[(&str, &str)] = &[("yes", "yes"), ("no", "no")];

const fn column(name: &'static str, description: &'static str) -> Column {
    Column { name, description, units: None, levels: &[] }
}

/// In their order; measures of the quality control follow.
pub const COLUMNS: [Column; 17] = [
    column("participant_id", "The person"),
    Column { units: Some("year"), ..column("age", "Age in years, from the data set's participants.tsv") },
    Column { levels: &[("F", "female"), ("M", "male")], ..column("sex", "Sex, from the data set's participants.tsv") },
    column(
        "image",
        "The T1 image, by its path in the data set; of a person with several, the first that there is an answer of",
    ),
    column("session_id", "The session of the image"),
    Column {
        levels: &[
            ("young", "judged as below {young} years"),
            ("old", "judged as {old} years or more"),
            (
                "none",
                "no verdict: too different from the people that the model was trained on, or a probability too near one half",
            ),
        ],
        ..column("verdict", "Verdict of the model on the image. Not for diagnosis")
    },
    column("probability_old", "Probability of the class old, 0 to 1, that the model gives the image"),
    column("probability_old_translated", "The same after the image was translated to the other group"),
    Column {
        units: Some("year"),
        ..column("age_told", "Age estimated by the model, in years; n/a if it estimates no age")
    },
    Column {
        units: Some("year"),
        ..column("age_told_interval", "For nine in ten people, the true age is at most this many years from age_told")
    },
    column("distance", "Distance of the image from the training data; about 1 for people like those in it"),
    Column {
        levels: YES_NO,
        ..column("learned_from", "Whether the model was trained on this very map: then its result proves nothing")
    },
    column("caution", "Why the verdict may be wrong, if there is a known reason"),
    column("bundle", "The model that was used"),
    Column { levels: YES_NO, ..column("quality_passed", "Whether the preparation passed its quality control") },
    column("quality_score", "0 (unusable) to 1 (as good as an ordinary good scan): the worst measure's"),
    column("refused", "Why there are no maps of the image, or no result"),
];

/// The column of a measure: none of the names above begins so.
pub fn measure_column(name: &str) -> String {
    format!("qc_{name}")
}

/// The dictionary of a table with these measures, and verdicts on these groups.
pub fn of(measures: &[Measure], groups: GroupLimits) -> Value {
    let [young, old] = [groups.young_below_years, groups.old_from_years].map(|years| years.to_string());
    let filled = |meaning: &str| json!(meaning.replace("{young}", &young).replace("{old}", &old));
    let mut fields = Map::new();
    for column in COLUMNS {
        let mut about = Map::from_iter([("Description".to_owned(), json!(column.description))]);
        if let Some(units) = column.units {
            about.insert("Units".into(), json!(units));
        }
        if !column.levels.is_empty() {
            let levels = column.levels.iter().map(|(level, meaning)| ((*level).to_owned(), filled(meaning)));
            about.insert("Levels".into(), Value::Object(levels.collect()));
        }
        fields.insert(column.name.into(), Value::Object(about));
    }
    for measure in measures {
        fields.insert(measure_column(&measure.name), json!({ "Description": measure.meaning }));
    }
    Value::Object(fields)
}
