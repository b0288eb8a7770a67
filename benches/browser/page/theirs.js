// ONNX Runtime Web with the networks that to_onnx.py wrote. First message: what to load; each further one: a round.

let classifier, generators, image, expected, ort

/** `build`: a file of onnxruntime-web; `provider`: webgpu or wasm; `models`: folder of a bundle's networks. */
async function start({ build, provider, threads, models }) {
  ort = await import(new URL(`ort/${build}`, self.location))
  ort.env.wasm.numThreads = threads
  expected = await (await fetch(`${models}expected.json`)).json()
  const volume = async (name) => new Float32Array(await (await fetch(`${models}${name}.f32`)).arrayBuffer())
  const session = (name, options) =>
    ort.InferenceSession.create(`${models}${name}.onnx`, {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      // Nodes that WebGPU lacks would run elsewhere unnoticed.
      extra: provider === 'webgpu' ? { session: { disable_cpu_ep_fallback: '1' } } : {},
      ...options
    })
  image = await volume('input')
  classifier = await session('classifier')
  generators = []
  for (const [direction, probabilities] of Object.entries(expected.probability_old)) {
    // As ours does, the translated image stays on the device for the classifier, and is read back beside.
    const options = provider === 'webgpu' ? { preferredOutputLocation: 'gpu-buffer' } : {}
    generators.push({ run: await session(direction, options), native: await volume(direction), probabilities })
  }
}

async function round() {
  const began = performance.now()
  const found = []
  for (const { run } of generators) {
    const input = new ort.Tensor('float32', image, [1, 1, ...expected.shape])
    const before = await logitOf(input)
    const { translated } = await run.run({ image: input })
    const values = await translated.getData()
    found.push({ values, before, after: await logitOf(translated) })
    translated.dispose()
  }
  const seconds = (performance.now() - began) / 1000
  return { seconds, difference: checked(found) }
}

async function logitOf(tensor) {
  const { logit_old } = await classifier.run({ image: tensor })
  return logit_old.data[0]
}

/** The largest difference from the native answers, which must be small. */
function checked(found) {
  const probability = (logit) => 1 / (1 + Math.exp(-logit))
  let largest = 0
  const see = (difference) => {
    if (!(Math.abs(difference) <= expected.tolerance)) throw new Error(`differs from the native answer by ${difference}`)
    largest = Math.max(largest, Math.abs(difference))
  }
  found.forEach(({ values, before, after }, at) => {
    const { native, probabilities } = generators[at]
    if (values.length !== native.length) throw new Error(`${values.length} voxels instead of ${native.length}`)
    values.forEach((value, voxel) => see(value - native[voxel]))
    see(probability(before) - probabilities.before)
    see(probability(after) - probabilities.after)
  })
  return largest
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ answer: data === 'round' ? await round() : await start(data) })
  } catch (error) {
    self.postMessage({ error: error?.message ?? String(error) })
  }
}
