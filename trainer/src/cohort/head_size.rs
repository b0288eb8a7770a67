//! How large are the heads? Total intracranial volume, from the table of subjects or from how each head was registered.
//!
//! Buckner RL, Head D, Parker J, et al. A unified approach for morphometric and functional data analysis in young, old, and
//! demented adults using automated atlas-based head size normalization. NeuroImage 2004;23:724-738: the affine's change of volume
//! follows the intracranial volume that people draw by hand.

use super::{PARTICIPANTS_FILE, prepared, table};
use anyhow::Result;
use shared::volume::Affine;
use std::collections::BTreeMap;
use std::path::Path;

/// Volume inside the skull of the standard head: where grey matter, white matter and fluid together have more than one half in
/// `static/template/heads20_4mm_tissues.nii.gz`.
const STANDARD_ML: f64 = 2062.0;

/// What adults may have, and a wide margin.
const PLAUSIBLE_ML: std::ops::RangeInclusive<f64> = 700.0..=2600.0;

/// Total intracranial volume in ml by id, of those whose is known.
///
/// # Errors
/// The cohort's table cannot be read.
pub fn intracranial_ml(cohort: &Path) -> Result<Option<BTreeMap<String, f64>>> {
    let table = table::read(&cohort.join(PARTICIPANTS_FILE))?;
    let ids = |of: &dyn Fn(&table::Row, &str) -> Option<f64>| -> BTreeMap<String, f64> {
        let known = |row: &table::Row| {
            let id = row.id.as_ref().ok()?;
            Some((id.clone(), of(row, id)?))
        };
        table.rows.iter().filter_map(known).collect()
    };
    let in_table = ids(&|row, _| read_ml(row.intracranial.as_deref()?));
    if !in_table.is_empty() {
        return Ok(Some(in_table));
    }
    let registered = ids(&|_, id| {
        let [x, y, z, _] = prepared::record(cohort, id)?.mni_from_world?;
        Some(STANDARD_ML / Affine([x, y, z]).determinant().abs()).filter(|ml| PLAUSIBLE_ML.contains(ml))
    });
    Ok((!registered.is_empty()).then_some(registered))
}

/// A cell in litres, ml or mm³: no two of them can be the same head.
fn read_ml(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    [1000.0, 1.0, 0.001].into_iter().map(|ml| value * ml).find(|ml| PLAUSIBLE_ML.contains(ml))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn litres_ml_and_cubic_millimetres_are_told_apart() {
        for text in ["1.45", "1450", "1450000"] {
            assert_eq!(read_ml(text).map(f64::round), Some(1450.0), "{text}");
        }
        for text in ["0.2", "14", "many", "NaN"] {
            assert_eq!(read_ml(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_goes_before_the_registration() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(folder.path().join(PARTICIPANTS_FILE), text).unwrap();
        write("participant_id\tage\tsub-note\nsub-A\t30\tx\n");
        assert_eq!(intracranial_ml(folder.path()).unwrap(), None);
        write("participant_id\tage\teTIV\nsub-A\t30\t1500\nsub-B\t70\tn/a\n");
        let expected = BTreeMap::from([("sub-A".to_owned(), 1500.0)]);
        assert_eq!(intracranial_ml(folder.path()).unwrap(), Some(expected));
    }
}
