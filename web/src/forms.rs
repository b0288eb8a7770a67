//! Forms of sentences: texts with places for values (`{name}`), filled, and found again in a sentence.

/// A form with values in its places; a place without a value is left empty.
pub fn filled(form: &str, values: &[(&str, &str)]) -> String {
    filled_between(form, ['{', '}'], values)
}

/// The same with other signs around the names of places.
pub fn filled_between(form: &str, [open, close]: [char; 2], values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(form.len());
    let mut rest = form;
    while let Some((before, after)) = rest.split_once(open) {
        text += before;
        let Some((name, after)) = after.split_once(close) else { break };
        text += values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
        rest = after;
    }
    text + rest
}

/// The translation of a sentence by the first of the forms that it has; values that are sentences of a known form themselves
/// are translated too.
pub fn translated(sentence: &str, forms: &[&str], translations: &[impl AsRef<str>]) -> Option<String> {
    forms.iter().zip(translations).find_map(|(form, translation)| {
        let values = values_of(form, sentence)?;
        let part = |value: &str| translated(value, forms, translations).unwrap_or_else(|| value.to_owned());
        // A form of nothing but a place would match itself for ever; `values_of` refuses such.
        let values: Vec<(&str, String)> = values.into_iter().map(|(name, value)| (name, part(value))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Some(filled(translation.as_ref(), &values))
    })
}

/// The values in the places of a form, where a sentence has that form. Each value is as short as it can be but the
/// last, and none is empty.
fn values_of<'a>(form: &'a str, sentence: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut values = Vec::new();
    let (start, mut form) = form.split_once('{').unwrap_or((form, ""));
    let mut rest = sentence.strip_prefix(start)?;
    if form.is_empty() {
        return rest.is_empty().then_some(values);
    }
    loop {
        let (name, after) = form.split_once('}')?;
        let (fixed, next) = match after.split_once('{') {
            Some((fixed, next)) => (fixed, Some(next)),
            None => (after, None),
        };
        match next {
            Some(next) => {
                // Two places without anything between cannot be told apart.
                let length = rest.char_indices().skip(1).map(|(at, _)| at).find(|&at| rest[at..].starts_with(fixed))?;
                values.push((name, &rest[..length]));
                rest = &rest[length + fixed.len()..];
                form = next;
            }
            None => {
                let value = rest.strip_suffix(fixed)?;
                values.push((name, value));
                let is_told = values.iter().all(|(_, value)| !value.is_empty());
                // A form of one place only says nothing.
                return (is_told && value.len() < sentence.len()).then_some(values);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_give_their_values() {
        assert_eq!(values_of("{a}: is {b}.", "x.nii: is empty."), Some(vec![("a", "x.nii"), ("b", "empty")]));
        assert_eq!(values_of("{a}: is {b}.", "x.nii: was empty."), None);
        assert_eq!(values_of("plain", "plain"), Some(vec![]));
        assert_eq!(values_of("plain", "plainer"), None);
        assert_eq!(values_of("{a}", "anything"), None);
        assert_eq!(values_of("a {b}", "a "), None);
    }

    #[test]
    fn sentences_are_translated_with_their_parts() {
        let (forms, translations) = (["Mean of {count} {group} people", "young"], ["{group} x {count}", "jung"]);
        assert_eq!(translated("Mean of 80 young people", &forms, &translations).as_deref(), Some("jung x 80"));
        assert_eq!(translated("Mean of 80 dogs", &forms, &translations), None);
    }
}
