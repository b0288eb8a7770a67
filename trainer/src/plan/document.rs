//! A configuration as text whose comments give the reason of each value.

use anyhow::{Context, Result, anyhow};
use toml_edit::{DocumentMut, Item, TableLike, Value};

/// A configuration's text that is being changed.
pub struct Document(DocumentMut);

impl Document {
    /// # Errors
    /// The text is no TOML.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Document(text.parse().context("a recipe compiled into the program is broken")?))
    }

    /// Lines before the first setting; what stood there goes.
    pub fn say_first(&mut self, lines: &[String]) {
        let comment: String = lines.iter().map(|line| format!("# {line}\n")).collect();
        if let Some((mut key, _)) = self.0.iter_mut().next() {
            key.leaf_decor_mut().set_prefix(format!("{comment}\n"));
        }
    }

    /// What is said behind a table's name; what stood there goes.
    ///
    /// # Errors
    /// The recipe has no such table: a fault of the program.
    pub fn say_of(&mut self, table: &str, words: &str) -> Result<()> {
        let found = self.0.get_mut(table).and_then(Item::as_table_mut);
        let found = found.with_context(|| format!("the recipe has no [{table}]"))?;
        found.decor_mut().set_suffix(format!("  # {words}"));
        Ok(())
    }

    /// Sets a value (as TOML writes it), with its reason behind it. `key` is a dotted name; an element of a list of tables is
    /// named by its number.
    ///
    /// # Errors
    /// The recipe lacks a table on the way, or the value is no TOML: a fault of the program.
    pub fn set(&mut self, key: &str, value: &str, reason: &str) -> Result<()> {
        let mut value: Value = value.parse().map_err(|error| anyhow!("{key} = {value}: {error}"))?;
        value.decor_mut().set_prefix(" ");
        value.decor_mut().set_suffix(if reason.is_empty() { String::new() } else { format!("  # {reason}") });
        let (table, name) = self.table_of(key)?;
        match table.get_mut(name) {
            Some(item) => *item = Item::Value(value),
            None => drop(table.insert(name, Item::Value(value))),
        }
        Ok(())
    }

    /// Takes a value, a table or a list of tables out.
    ///
    /// # Errors
    /// As [`Document::set`].
    pub fn remove(&mut self, key: &str) -> Result<()> {
        let (table, name) = self.table_of(key)?;
        table.remove(name);
        Ok(())
    }

    fn table_of<'a>(&mut self, key: &'a str) -> Result<(&mut dyn TableLike, &'a str)> {
        let (way, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut item = self.0.as_item_mut();
        for part in way.split('.').filter(|part| !part.is_empty()) {
            let inner = match part.parse::<usize>() {
                Ok(number) => item.get_mut(number),
                Err(_) => item.get_mut(part),
            };
            item = inner.with_context(|| format!("the recipe has no {way}"))?;
        }
        let table = item.as_table_like_mut().with_context(|| format!("{way} is not a table in the recipe"))?;
        Ok((table, name))
    }

    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_change_and_reasons_stand_behind_them() {
        let mut document =
            Document::parse("# old\n\nseed = 1\n\n[a]\nb = 2  # as published\nc = 3  # kept\n\n[[g]]\nd = 4\n")
                .unwrap();
        document.say_first(&["new".to_owned()]);
        document.set("a.b", "[1, 2]", "twice").unwrap();
        document.say_of("a", "the first").unwrap();
        document.set("a.e", "\"x\"", "").unwrap();
        document.set("g.0.d", "5", "one more").unwrap();
        let text = document.text();
        assert_eq!(
            text,
            "# new\n\nseed = 1\n\n[a]  # the first\nb = [1, 2]  # twice\nc = 3  # kept\ne = \"x\"\n\n[[g]]\nd = 5  # one more\n"
        );
        document.remove("g").unwrap();
        assert!(!document.text().contains("[[g]]"));
        assert!(document.set("nowhere.b", "1", "").is_err() && document.set("a.b", "[", "").is_err());
    }
}
