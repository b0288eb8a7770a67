//! The code by which another page, such as that of a course, shows this one in a frame.

/// HTML of the frame: it shows what lies at `address`, and `title` names it for those who listen.
pub fn frame(address: &str, title: &str) -> String {
    let [address, title] = [address, title].map(escaped);
    format!(
        "<iframe src=\"{address}\" title=\"{title}\" width=\"100%\" height=\"640\" style=\"border: 0\" loading=\"lazy\"></iframe>"
    )
}

/// A text as it stands in HTML, also within an attribute.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_an_attribute_too_early() {
        let code = frame("https://lab.example/x/?a=1#v=1&embed=1", "A \"brain\" <older>");
        let start =
            "<iframe src=\"https://lab.example/x/?a=1#v=1&amp;embed=1\" title=\"A &quot;brain&quot; &lt;older&gt;\" ";
        assert!(code.starts_with(start) && code.ends_with("></iframe>"), "{code}");
    }
}
