//! Bundles that the visitor opened from folders on their disk: in the list of models as long as the page lives, and in no link.

use super::State;
use std::rc::Rc;
use web::origin::{Folder, Origin};

/// A bundle in a folder of the visitor's.
pub struct OwnBundle {
    /// Of no bundle of the site: those have no `/` in theirs.
    pub id: String,
    /// As its manifest names it.
    pub title: String,
    folder: Rc<Folder>,
}

impl State {
    /// Adds a folder to the list, in place of an earlier one of the same name; gives back its id.
    pub fn add_folder(&mut self, name: &str, title: String, folder: Rc<Folder>) -> String {
        let id = format!("folder/{name}");
        let own = OwnBundle { id: id.clone(), title, folder };
        match self.own_bundles.iter_mut().find(|known| known.id == id) {
            Some(known) => *known = own,
            None => self.own_bundles.push(own),
        }
        id
    }

    /// Where the bundle of this id lies; `site`: where the page does.
    pub fn origin_of(&self, id: &str, site: &str) -> Origin {
        match self.own_bundles.iter().find(|own| own.id == id) {
            Some(own) => Origin::Disk(own.folder.clone()),
            None => Origin::Site(format!("{site}models/{id}/")),
        }
    }

    /// Whether the model that is open lies on the visitor's disk, where no link leads.
    pub fn is_bundle_own(&self) -> bool {
        self.bundle.as_ref().is_some_and(|bundle| bundle.origin.is_disk())
    }
}
