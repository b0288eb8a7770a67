// An esbuild plugin that takes NiiVue from the TypeScript sources in its package and leaves out what the page can
// never reach: surface meshes, Zarr with its compression codecs, most shaders, colour maps, a font. The shaders of the
// body (src/volume.js) are lent while its canvas is made; src/volume-shaders.js holds them.
//
// That is a matter of size (0.62 MB after brotli become about 0.14 MB) and of the first picture: NiiVue compiles all its
// shaders for each panel before it draws, which without a graphics card takes longer than everything else.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const EMPTY_BODY = 'precision highp float;out vec4 colour;void main(){colour=vec4(0.0);}'
const EMPTY_FRAGMENT = `#version 300 es\n${EMPTY_BODY}`
const ONE_PIXEL = 'export default "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"'

/** Fragment shaders of the body: those that src/volume-shaders.js exports. */
export const LENT = ['fragRenderGradientShader', 'fragOrientCubeShader', 'blurFragShader', 'sobelFirstOrderFragShader']
/** Fragment shaders that draw slices, overlays and crosshairs of scalar volumes. */
const DRAWN = [
  'fragSliceMMShader',
  'fragRectShader',
  'fragSurfaceShader',
  'fragPassThroughShader',
  'fragOrientShader',
  'fragOrientShaderF',
  'fragOrientShaderI',
  'fragOrientShaderU'
]
/** Those that NiiVue appends to a head of its own. */
const APPENDED = ['fragOrientShaderAtlas', 'fragPAQDOrientShader', 'fragRGBOrientShader']

/** Modules replaced by the least that lets the rest load; nothing in the page calls into them. */
function replacements(sources) {
  const real = (path) => JSON.stringify(join(sources, path))
  return new Map([
    ['zarrita', 'module.exports = {}'],
    ['@/nvmesh-loaders', 'export class NVMeshLoaders {}'],
    // NiiVue uploads both at start, but no mesh is drawn, and the letters are elements of the page.
    ['@/matcaps/Shiny.jpg', ONE_PIXEL],
    ['@/fonts/Roboto-Regular.png', ONE_PIXEL],
    [
      '@/cmaps',
      `export const gray = { R: [0, 255], G: [0, 255], B: [0, 255], A: [0, 128], I: [0, 255] }
       export const $itksnap = { ...gray, labels: ['', ''] }`
    ],
    // Lighting, computed anew at every change of a colour map: only for the devices in `lit`.
    [
      '@/niivue/rendering/VolumeRenderer',
      `import { gradientGL as light } from ${real('niivue/rendering/VolumeRenderer.ts')}
       export * from ${real('niivue/rendering/VolumeRenderer.ts')}
       export const lit = new WeakSet()
       export const gradientGL = (what) => (lit.has(what.gl) ? light(what) : null)`
    ],
    ['@/shader-srcs', shaders(sources)]
  ])
}

/** An export of its own wins over one of the same name by `export *`. */
function shaders(sources) {
  const source = readFileSync(join(sources, 'shader-srcs.ts'), 'utf8')
  const names = [...source.matchAll(/^export const (\w*[fF]rag\w*Shader\w*)/gm)].map(([, name]) => name)
  const missing = [...DRAWN, ...APPENDED, ...LENT].filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Error(`this version of NiiVue has no ${missing}; look through trim.mjs`)
  const empty = (name) => JSON.stringify(APPENDED.includes(name) ? EMPTY_BODY : EMPTY_FRAGMENT)
  return [
    `export * from ${JSON.stringify(join(sources, 'shader-srcs.ts'))}`,
    ...names.filter((name) => !DRAWN.includes(name)).map((name) => `export let ${name} = ${empty(name)}`),
    `export function lendShaders(lent) {`,
    ...LENT.map((name) => `${name} = lent ? lent.${name} : ${empty(name)}`),
    `}`
  ].join('\n')
}

/**
 * NiiVue draws below its overlays; the outline of a region must lie above them. And its rim is one pixel wide, which is
 * too thin on fine screens: `drawRimOpacity` above 1 becomes the width.
 */
function drawOnTop(source) {
  const drawing = source.match(/\tfloat drawV = texture\(drawing, texPos\)[^]*?(?=\tvec4 pcolor = )/)
  const end = '\tcolor.rgb = mix(color.rgb, ocolor.rgb, ocolor.a / a);\n\tcolor.a = a;\n'
  if (!drawing || !source.includes(end)) throw new Error('the slice shader of this version of NiiVue is another; look through trim.mjs')
  const wide = drawing[0]
    .replace(/dFd[xy]\(texPos\)/g, '$& * max(1.0, drawRimOpacity)')
    .replace('a = drawRimOpacity', 'a = min(1.0, drawRimOpacity)')
  return source.replace(drawing[0], '').replace(end, end + wide)
}

/** Paths of NiiVue's sources as they write them among themselves. */
const INTERNAL = /^@\//

/** @param {string} sources folder of NiiVue's sources */
export function trimNiivue(sources) {
  const replaced = replacements(sources)
  return {
    name: 'trim-niivue',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^@niivue\/niivue$/ }, () => ({ path: join(sources, 'niivue/index.ts') }))
      onResolve({ filter: /^(zarrita$|@\/)/ }, ({ path, kind }) => {
        if (replaced.has(path)) return { path, namespace: 'replaced' }
        return resolve(path.replace(INTERNAL, './'), { kind, resolveDir: sources })
      })
      onLoad({ filter: /.*/, namespace: 'replaced' }, ({ path }) => ({ contents: replaced.get(path), loader: 'js', resolveDir: sources }))
      onLoad({ filter: /[\\/]shader-srcs\.ts$/ }, ({ path }) => ({ contents: drawOnTop(readFileSync(path, 'utf8')), loader: 'ts' }))
    }
  }
}

/** Resolves NiiVue's sources as they are. @param {string} sources folder of NiiVue's sources */
export function wholeNiivue(sources) {
  return {
    name: 'whole-niivue',
    setup({ onResolve, resolve }) {
      onResolve({ filter: INTERNAL }, ({ path, kind }) => resolve(path.replace(INTERNAL, './'), { kind, resolveDir: sources }))
    }
  }
}
