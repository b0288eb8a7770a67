// The shaders that only the body needs: a file of its own, loaded when the body is first wanted.

import { fragRenderGradientShader as rendering } from '@/shader-srcs'

export { blurFragShader, sobelFirstOrderFragShader } from '@/shader-srcs'

const CHANGES = [
  // Samples along a ray in voxels: at one voxel the coarse grids of the models are grainy where they are cut.
  ['float stepSize = sliceSize;', 'float stepSize = 0.45 * sliceSize;'],
  // NiiVue lets what lies deep shine through. A change must not look as if it lay on the surface above it: of the
  // body's size, it is in full colour down to the first share and gone at the second.
  ['pow(dx, overlayDepth)', 'smoothstep(0.015, 0.045, dx)'],
  // The surface is where the body becomes solid, not where its haze begins.
  ['backNearest = min(backNearest, samplePos.a);', 'if (colAcc.a < 0.5) backNearest = samplePos.a;']
]

export const fragRenderGradientShader = CHANGES.reduce((source, [from, to]) => {
  if (!source.includes(from)) throw new Error(`the shader of this version of NiiVue has no ${from}; look through volume-shaders.js`)
  return source.replace(from, to)
}, rendering)

/** The cube that tells the sides, in greys: colours mean changes here. */
export const fragOrientCubeShader = `#version 300 es
precision highp float;
in vec3 vColor;
out vec4 color;
void main() {
  float grey = dot(vColor, vec3(0.35, 0.45, 0.5));
  color = vec4(vec3(0.2 + 0.7 * grey), 1.0);
}`
