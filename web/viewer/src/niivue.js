// What all canvases have in common about NiiVue: options, reading files, replacing what is shown.

import { NVImage } from '@niivue/niivue'

export const COMMON_OPTIONS = {
  backColor: [0, 0, 0, 1],
  isOrientationTextVisible: false,
  isColorbar: false,
  dragAndDropEnabled: false,
  viewModeHotKey: '',
  clipPlaneHotKey: '',
  cycleClipPlaneHotKey: '',
  loadingText: '',
  logLevel: 'error'
}

/** @param {ArrayBuffer} file a `.nii` file */
export function readImage(file) {
  // NiiVue takes the buffer for its own.
  return NVImage.loadFromUrl({ url: file.slice(0), name: 'map.nii' })
}

/** Voxels along x, y, z. */
export function shapeOf(image) {
  return [...image.dimsRAS].slice(1, 4)
}

/** Extent along x, y, z, mm. */
export function sizeMm(image) {
  return [1, 2, 3].map((axis) => image.dimsRAS[axis] * image.pixDimsRAS[axis])
}

/**
 * Puts images on top of each other, the first below. All at once: NiiVue's own addVolume computes every texture again.
 * @param {{image: NVImage, map: object, range: [number, number]}[]} layers with colour maps in NiiVue's form
 * @param {string} key of this canvas: NiiVue keeps colour maps by name, for all instances together
 */
export function setLayers(niivue, layers, key) {
  for (const [index, { image, map, range }] of layers.entries()) {
    const name = `agelens-${key}-${index}`
    niivue.addColormap(name, map)
    image.colormap = name
    image.cal_min = range[0]
    image.cal_max = range[1]
  }
  niivue.volumes = layers.map(({ image }) => image)
  niivue.back = niivue.volumes[0]
  niivue.overlays = niivue.volumes.slice(1)
}
