// Where the brain is in a grey-matter map, so that a coarse activation map is not drawn beside the head.
//
// White matter and ventricles hold no grey matter but belong to the brain: outside is only what can be reached from
// the edge of an axial slice. Slice by slice, because a slab is open above and below.

/** Less grey matter than this is none. */
const NONE = 0.02

/**
 * @param {ArrayLike<number>} matter grey matter, x fastest, then y, then z
 * @param {[number, number, number]} shape voxels along x, y, z
 * @returns {Uint8Array} 1 inside the brain, 0 outside
 */
export function brainMask(matter, [width, height, depth]) {
  const area = width * height
  const inside = new Uint8Array(area * depth).fill(1)
  const waiting = new Int32Array(area)
  for (let slice = 0; slice < depth; slice++) {
    let count = 0
    const reach = (x, y) => {
      const index = slice * area + y * width + x
      if (x < 0 || y < 0 || x >= width || y >= height || !inside[index] || matter[index] > NONE) return
      inside[index] = 0
      waiting[count++] = y * width + x
    }
    for (let x = 0; x < width; x++) for (const y of [0, height - 1]) reach(x, y)
    for (let y = 0; y < height; y++) for (const x of [0, width - 1]) reach(x, y)
    while (count > 0) {
      const place = waiting[--count]
      const [x, y] = [place % width, Math.floor(place / width)]
      reach(x - 1, y)
      reach(x + 1, y)
      reach(x, y - 1)
      reach(x, y + 1)
    }
  }
  return inside
}

/** Gives `values` outside the mask the one that is drawn as nothing. */
export function hideOutside(values, inside) {
  for (let index = 0; index < inside.length; index++) if (!inside[index]) values[index] = -1
}
