//! Single values of a configuration from the command line: `--set cyclegan.steps=500`.

use std::str::FromStr;
use toml::{Table, Value};

/// One value that overrides the configuration file's.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// Dotted name, such as `cyclegan.steps`; an element of a list by its number, such as `guides.0.epochs`.
    pub key: String,
    pub value: Value,
}

impl FromStr for Override {
    type Err = String;

    /// `KEY=VALUE`, the value as TOML writes it; text may come without its quotes.
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "write KEY=VALUE, such as cyclegan.steps=500";
        let (key, value) = text.split_once('=').ok_or_else(|| format!("{text:?} has no `=`; {wanted}"))?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || value.is_empty() || key.split('.').any(str::is_empty) {
            return Err(format!("{text:?} lacks a part; {wanted}"));
        }
        let as_toml = toml::from_str::<Table>(&format!("value = {value}")).ok();
        let read = as_toml.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
        Ok(Override { key: key.to_owned(), value: read.unwrap_or_else(|| Value::String(value.to_owned())) })
    }
}

impl Override {
    /// Puts the value in its place. Whether the setting exists, and whether the value is allowed, is checked by the
    /// configuration.
    ///
    /// # Errors
    /// A part of the name is not a table and not a list.
    pub fn apply(&self, document: &mut Table) -> Result<(), String> {
        let mut parts = self.key.split('.');
        let last = parts.next_back().unwrap_or_default();
        let mut place = PlaceIn::Table(document);
        for part in parts {
            let inner = place.get(part).ok_or_else(|| format!("there is no {part} in it"))?;
            place = match inner {
                Value::Table(table) => PlaceIn::Table(table),
                Value::Array(list) => PlaceIn::List(list),
                _ => return Err(format!("{part} is a single value, and holds nothing")),
            };
        }
        match place {
            PlaceIn::Table(table) => drop(table.insert(last.to_owned(), self.value.clone())),
            PlaceIn::List(_) => {
                *place.get(last).ok_or_else(|| format!("the list has no element {last}"))? = self.value.clone();
            }
        }
        Ok(())
    }
}

/// What a name is looked up in.
enum PlaceIn<'a> {
    Table(&'a mut Table),
    List(&'a mut Vec<Value>),
}

impl<'a> PlaceIn<'a> {
    fn get(self, name: &str) -> Option<&'a mut Value> {
        match self {
            PlaceIn::Table(table) => table.get_mut(name),
            PlaceIn::List(list) => list.get_mut(name.parse::<usize>().ok()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(document: &str, with: &str) -> Result<String, String> {
        let mut table: Table = toml::from_str(document).unwrap();
        with.parse::<Override>()?.apply(&mut table)?;
        Ok(table.to_string())
    }

    #[test]
    fn a_value_takes_the_place_of_the_files() {
        assert_eq!(changed("[a]\nb = 1", "a.b=2").unwrap(), "[a]\nb = 2\n");
        assert_eq!(changed("[a]\nb = 1", " a.c = [1, 2] ").unwrap(), "[a]\nb = 1\nc = [1, 2]\n");
        assert_eq!(changed("[[a]]\nb = 1\n[[a]]\nb = 2", "a.1.b=3").unwrap(), "[[a]]\nb = 1\n\n[[a]]\nb = 3\n");
        assert_eq!(changed("a = [1, 2]", "a.0=7").unwrap(), "a = [7, 2]\n");
        assert_eq!(changed("a = \"f32\"", "a=bf16").unwrap(), "a = \"bf16\"\n");
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for (with, words) in [
            ("a", "no `=`"),
            ("=1", "lacks a part"),
            ("a..b=1", "lacks a part"),
            ("x.b=1", "there is no x"),
            ("a.b.c=1", "b is a single value"),
        ] {
            let said = changed("[a]\nb = 1", with).unwrap_err();
            assert!(said.contains(words), "{with}: {said}");
        }
    }
}
