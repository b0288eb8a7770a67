"""Writes small DICOM folders of a made-up head, and the NIfTI files that dcm2niix makes of them on this machine.

    python fixtures.py FOLDER                 all cases: FOLDER/CASE/*, FOLDER/native/CASE/*.nii
    python fixtures.py FOLDER --large         one case: 176 slices of 256 x 256

Every case is one head, cut into slices as its name says. Nothing in it comes from a person.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import dcm2niix
import gdcm
import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    ComprehensiveSRStorage,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
    RLELossless,
    generate_uid,
)

# Slices lie sagittal, as most 3-D T1 scans do, a little oblique, and no axis is as long as another.
SHAPE = (20, 28, 24)  # slices, rows, columns
SPACING_MM = (1.25, 1.0, 1.1)  # between slices, rows, columns
TILT = np.deg2rad(7)
COLUMN_DIRECTION = np.array([0.0, np.cos(TILT), np.sin(TILT)])  # along a row, in mm to left, back and head
ROW_DIRECTION = np.array([0.0, np.sin(TILT), -np.cos(TILT)])  # down a column
FIRST_VOXEL_MM = np.array([-12.0, -14.0, 15.0])
UID_ROOT = "1.2.826.0.1.3680043.8.498."


def uid(*words):
    """The same words, the same UID: fixtures don't change from run to run."""
    return generate_uid(prefix=UID_ROOT, entropy_srcs=[str(word) for word in words])


def head(shape):
    """An egg with a skull, a darker brain, and one bright corner that tells left from right."""
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    radius = np.sqrt((z / 0.8) ** 2 + (y / 0.95) ** 2 + (x / 0.85) ** 2)
    noise = np.random.default_rng(7).integers(0, 40, shape)
    values = np.where(radius < 1, 900, 20) + np.where(radius < 0.85, -300 + 120 * x, 0) + noise
    values[-4:, :4, :4] = 1500
    return values.astype(np.uint16)


def common(case, description, sop_class):
    data = Dataset()
    data.SOPClassUID = sop_class
    data.PatientName = "Nobody^Made Up"
    data.PatientID = "phantom"
    data.StudyDate = data.SeriesDate = data.AcquisitionDate = data.ContentDate = "20200102"
    data.StudyTime = data.SeriesTime = data.AcquisitionTime = data.ContentTime = "101112"
    data.StudyInstanceUID = uid("study", case)
    data.SeriesInstanceUID = uid("series", case, description)
    data.FrameOfReferenceUID = uid("frame", case)
    data.Modality = "MR"
    data.Manufacturer = "Made Up"
    data.SeriesDescription = description
    data.ProtocolName = description
    data.SeriesNumber = 3
    data.AcquisitionNumber = 1
    data.MRAcquisitionType = "3D"
    data.ScanningSequence = "GR"
    data.SequenceVariant = "SP"
    data.MagneticFieldStrength = 3
    data.EchoTime = 2.98
    data.RepetitionTime = 2300
    data.InversionTime = 900
    data.FlipAngle = 9
    data.PatientPosition = "HFS"
    data.ImageType = ["ORIGINAL", "PRIMARY", "M", "NORM"]
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit = 15
    data.PixelRepresentation = 0
    return data


def save(path, data, syntax=ExplicitVRLittleEndian, preamble=True):
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = data.SOPClassUID
    meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    if preamble:
        encoding = {"is_implicit_VR": syntax.is_implicit_VR, "is_little_endian": syntax.is_little_endian}
        FileDataset(path, data, file_meta=meta, preamble=bytes(128), **encoding).save_as(path, enforce_file_format=True)
    else:
        data.save_as(path, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)


def slices(case, description="T1 MPRAGE sag", volume=None, syntax=ExplicitVRLittleEndian, spacing_mm=SPACING_MM):
    """One dataset a slice, in the order of the positions."""
    volume = head(SHAPE) if volume is None else volume
    normal = np.cross(COLUMN_DIRECTION, ROW_DIRECTION)
    made = []
    for index, pixels in enumerate(volume):
        data = common(case, description, MRImageStorage)
        data.SOPInstanceUID = uid("image", case, description, index)
        data.InstanceNumber = index + 1
        data.Rows, data.Columns = pixels.shape
        data.PixelSpacing = [spacing_mm[1], spacing_mm[2]]
        data.SliceThickness = spacing_mm[0]
        data.ImageOrientationPatient = [f"{value:.8f}" for value in (*COLUMN_DIRECTION, *ROW_DIRECTION)]
        position = FIRST_VOXEL_MM + index * spacing_mm[0] * normal
        data.ImagePositionPatient = [f"{value:.6f}" for value in position]
        data.add_new("PixelData", "OW", pixels.astype(">u2" if syntax == ExplicitVRBigEndian else "<u2").tobytes())
        made.append(data)
    return made


def save_all(folder, made, syntax=ExplicitVRLittleEndian, preamble=True, prefix="IM"):
    for index, data in enumerate(made):
        # Names tell nothing of the order, as on most discs.
        save(folder / f"{prefix}{(index * 101) % len(made):04d}", data, syntax, preamble)


def recompress(folder, source, syntax):
    """The files of another case, as GDCM compresses them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        reader = gdcm.ImageReader()
        reader.SetFileName(str(path))
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
        writer = gdcm.ImageWriter()
        if not reader.Read():
            sys.exit(f"{path}: GDCM cannot read it")
        change.SetInput(reader.GetImage())
        if not change.Change():
            sys.exit(f"{path}: GDCM cannot compress it")
        writer.SetFileName(str(folder / path.name))
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        if not writer.Write():
            sys.exit(f"{folder / path.name}: GDCM cannot write it")


def enhanced(case, volume=None):
    """All slices in one file."""
    volume = head(SHAPE) if volume is None else volume
    data = common(case, "T1 MPRAGE enhanced", EnhancedMRImageStorage)
    data.SOPInstanceUID = uid("image", case)
    data.InstanceNumber = 1
    data.NumberOfFrames = len(volume)
    data.Rows, data.Columns = volume.shape[1:]
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [SPACING_MM[1], SPACING_MM[2]]
    measures.SliceThickness = measures.SpacingBetweenSlices = SPACING_MM[0]
    orientation.ImageOrientationPatient = [f"{value:.8f}" for value in (*COLUMN_DIRECTION, *ROW_DIRECTION)]
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.PlaneOrientationSequence = Sequence([orientation])
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    normal = np.cross(COLUMN_DIRECTION, ROW_DIRECTION)
    for index in range(len(volume)):
        frame, content, position = Dataset(), Dataset(), Dataset()
        content.DimensionIndexValues = [1, index + 1]
        content.StackID = "1"
        content.InStackPositionNumber = index + 1
        position.ImagePositionPatient = [f"{v:.6f}" for v in FIRST_VOXEL_MM + index * SPACING_MM[0] * normal]
        frame.FrameContentSequence = Sequence([content])
        frame.PlanePositionSequence = Sequence([position])
        frames.append(frame)
    data.PerFrameFunctionalGroupsSequence = Sequence(frames)
    data.add_new("PixelData", "OW", volume.astype("<u2").tobytes())
    return data


def echoes(case):
    """Two echoes of every slice, as multi-echo scans have: nothing is wrong with them."""
    made = slices(case)
    for data in slices(case):
        data.SOPInstanceUID = uid("second", data.SOPInstanceUID)
        data.InstanceNumber += SHAPE[0]
        data.EchoTime, data.EchoNumbers = 7.5, 2
        made.append(data)
    return made


def axial(case, description, shape, index=0, made_of=None):
    """A short stack of slices that lie axial."""
    made = []
    for number, pixels in enumerate(head(shape)):
        data = made_of(number) if made_of else common(case, description, MRImageStorage)
        data.SOPInstanceUID = uid("axial", case, description, index + number)
        data.InstanceNumber = index + number + 1
        data.MRAcquisitionType = "2D"
        data.Rows, data.Columns = pixels.shape
        data.PixelSpacing = [0.9, 0.9]
        data.SliceThickness = 5
        data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        data.ImagePositionPatient = [-10, -10, -20 + 6 * number]
        data.add_new("PixelData", "OW", pixels.astype("<u2").tobytes())
        made.append(data)
    return made


def report(case):
    """A document without a picture."""
    data = common(case, "report", ComprehensiveSRStorage)
    for name in ("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(data, name)
    data.SeriesInstanceUID = uid("series", case, "report")
    data.SOPInstanceUID = uid("report", case)
    data.Modality = "SR"
    return data


def write_cases(folder):
    for case, syntax in {
        "implicit": ImplicitVRLittleEndian,
        "explicit": ExplicitVRLittleEndian,
        "big_endian": ExplicitVRBigEndian,
    }.items():
        save_all(folder / case, slices(case, syntax=syntax), syntax)
    save_all(folder / "no_preamble", slices("no_preamble"), ImplicitVRLittleEndian, preamble=False)
    for case, syntax in {
        "jpeg_lossless": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
        "rle": gdcm.TransferSyntax.RLELossless,
        "jpeg_2000": gdcm.TransferSyntax.JPEG2000Lossless,
        "jpeg_ls": gdcm.TransferSyntax.JPEGLSLossless,
    }.items():
        recompress(folder / case, folder / "explicit", syntax)

    save(folder / "enhanced/IM0001", enhanced("enhanced"))
    short = enhanced("enhanced_missing")
    del short.PerFrameFunctionalGroupsSequence[8]
    short.NumberOfFrames = SHAPE[0] - 1
    short.PixelData = np.delete(head(SHAPE), 8, axis=0).astype("<u2").tobytes()
    save(folder / "enhanced_missing/IM0001", short)

    save_all(folder / "two_series", slices("two_series"), prefix="A")
    flair = axial("two_series", "T2 FLAIR tra", (6, 22, 22))
    for data in flair:
        data.SeriesNumber, data.EchoTime = 1, 94
    save_all(folder / "two_series", flair, prefix="B")

    made = slices("missing")
    del made[8]
    save_all(folder / "missing", made)
    made = slices("missing_two")
    del made[8], made[14]
    save_all(folder / "missing_two", made)
    # Signed values, of which dcm2niix writes a second volume with the gap filled.
    made = slices("missing_signed")
    for data in made:
        data.PixelRepresentation = 1
    del made[8]
    save_all(folder / "missing_signed", made)
    # One of two echoes lacks a slice.
    made = echoes("missing_echo")
    del made[8]
    save_all(folder / "missing_echo", made)
    # Slices moved by half their distance.
    made = slices("uneven")
    for data in made[10:]:
        normal = np.cross(COLUMN_DIRECTION, ROW_DIRECTION)
        data.ImagePositionPatient = [f"{v:.6f}" for v in np.array(data.ImagePositionPatient) + 0.6 * normal]
    save_all(folder / "uneven", made)
    made = slices("cut_short")
    for data in made:
        data.ImagesInAcquisition = len(made)
    save_all(folder / "cut_short", made[:13])

    made = slices("duplicate")
    again = slices("duplicate")[8]
    again.SOPInstanceUID = uid("again")
    again.InstanceNumber = len(made) + 1
    save_all(folder / "duplicate", [*made, again])
    save_all(folder / "same_file_twice", [*slices("same_file_twice"), slices("same_file_twice")[8]])

    # Slices of another orientation, size and spacing under the same series.
    made = slices("mixed")
    save_all(folder / "mixed", [*made, *axial("mixed", "T1 MPRAGE sag", (6, 22, 22), index=40)])

    # Three planes of one slice each, which help the operator to place the scan.
    planes = [axial("localiser", "localizer", (3, 22, 22), index=3 * plane) for plane in range(3)]
    for orientation, plane in zip(([1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 0, -1]), planes):
        for data in plane:
            data.ImageOrientationPatient = orientation
    save_all(folder / "localiser", [data for plane in planes for data in plane])

    save_all(folder / "two_echoes", echoes("two_echoes"))

    for case, encoding in {"japanese": ["", "ISO 2022 IR 87"], "japanese_utf8": "ISO_IR 192"}.items():
        made = slices(case)
        for data in made:
            data.SpecificCharacterSet = encoding
            data.SeriesDescription = "頭部 T1 MPRAGE"
        save_all(folder / case, made)

    # A series in time, so long that its volume would not fit; its pixels are compressed, so the file may be short.
    long = enhanced("too_large")
    long.NumberOfFrames = 600_000
    long.PixelData = encapsulate([bytes(1000)])
    long["PixelData"].VR = "OB"
    save(folder / "too_large/IM0001", long, RLELossless)

    # The magic, and then nothing that makes sense.
    (folder / "nonsense").mkdir()
    (folder / "nonsense/IM0001").write_bytes(bytes(128) + b"DICM" + bytes(range(256)) * 8)

    # Three points in time.
    made = []
    for time in range(3):
        for data in slices("in_time", "fMRI rest"):
            data.SOPInstanceUID = uid("time", time, data.SOPInstanceUID)
            data.InstanceNumber += time * SHAPE[0]
            data.AcquisitionNumber = time + 1
            data.TemporalPositionIdentifier = time + 1
            data.AcquisitionTime = f"1011{12 + 2 * time}"
            made.append(data)
    save_all(folder / "in_time", made)

    save_all(folder / "one_slice", slices("one_slice")[:1])

    save_all(folder / "clutter/DICOM", slices("clutter"))
    save(folder / "clutter/DICOM/SR0001", report("clutter"))
    (folder / "clutter/README.TXT").write_text("What a disc from a hospital holds beside the images.\n")
    # A real one is DICOM too, which is why it is left out by its name.
    (folder / "clutter/DICOMDIR").write_bytes((folder / "clutter/DICOM/SR0001").read_bytes())
    (folder / "clutter/VIEWER.EXE").write_bytes(b"MZ" + bytes(range(256)) * 4)

    save(folder / "only_report/SR0001", report("only_report"))

    save_all(folder / "broken", slices("broken"))
    for path in (folder / "broken").iterdir():
        path.write_bytes(path.read_bytes()[:-600])


def convert(folder, case):
    """What dcm2niix makes of the case on this machine, with the options that the page gives."""
    out = folder / "native" / case
    out.mkdir(parents=True, exist_ok=True)
    command = [dcm2niix.bin, "-b", "y", "-z", "n", "-f", "%s_%d", "-o", str(out), str(folder / case)]
    subprocess.run(command, check=False, stdout=(out / "said.txt").open("w"), stderr=subprocess.STDOUT)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    if options.large:
        volume = head((176, 256, 256))
        save_all(options.folder / "large", slices("large", volume=volume, spacing_mm=(1, 1, 1)))
        convert(options.folder, "large")
        return
    write_cases(options.folder)
    for path in sorted(options.folder.iterdir()):
        if path.name != "native":
            convert(options.folder, path.name)


if __name__ == "__main__":
    main()
