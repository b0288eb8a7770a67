//! Tables in Markdown.

/// What stands where there is no number.
pub const UNDEFINED: &str = "–";

/// Lines of a table with a blank line after it.
pub fn table(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(header);
    text.push_str(&line(&vec!["---".to_owned(); header.len()]));
    rows.for_each(|cells| text.push_str(&line(&cells)));
    text.push('\n');
    text
}
