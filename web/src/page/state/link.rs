//! What a link to the view holds.

use super::State;
use web::aim::Aim;
use web::share::Link;

impl State {
    /// What is looked at now.
    pub fn link(&self) -> Link {
        // What lies on the visitor's disk cannot be named to anybody.
        let own_bundle = self.is_bundle_own();
        let bundle = self.bundle.as_ref().filter(|_| !own_bundle);
        Link {
            bundle: bundle.map(|bundle| bundle.id.clone()),
            hash: bundle.map(|bundle| bundle.version.clone()),
            sample: self.subject.as_ref().filter(|_| !own_bundle).and_then(|subject| subject.sample.clone()),
            own_bundle,
            own_scan: self.is_scan_own(),
            embed: self.is_embedded,
            direction: self.direction,
            computed: self.computed().filter(|_| !own_bundle),
            view: self.view,
            language: Some(self.language.listed()),
            lesson: self.lesson.as_ref().map(|lesson| lesson.id.clone()),
            is_newer: false,
        }
    }

    /// What a result of a sample was led to, where it is not what the first one that comes with the sample was.
    fn computed(&self) -> Option<Aim> {
        let shown = self.still_shown()?;
        let of_sample = shown.case.subject.direction.filter(|_| !shown.case.subject.is_own())?;
        Some(shown.led_to()).filter(|aim| *aim != Aim::Group(of_sample))
    }
}
