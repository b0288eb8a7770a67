"""An exported bundle, as the benches read it."""

import hashlib
import json

import nibabel
import numpy


class Bundle:
    """A bundle's manifest and files; each file is checked by its SHA-256."""

    def __init__(self, folder, with_dial=False):
        """`with_dial`: whoever asks can turn an age dial, where the bundle has one."""
        self.folder = folder
        self.manifest_bytes = (folder / "manifest.json").read_bytes()
        self.manifest = json.loads(self.manifest_bytes)
        if "ageing" in self.manifest["files"] and not with_dial:
            raise ValueError("has an age dial, which the networks here do not have; name a bundle without one")

    def path(self, role):
        entry = self.manifest["files"][role]
        path = self.folder / entry["path"]
        if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            raise ValueError(f"{path}: damaged; export the bundle again")
        return path

    def volume(self, role):
        """Values indexed [x, y, z]."""
        return numpy.asarray(nibabel.load(self.path(role)).dataobj, dtype=numpy.float32)
