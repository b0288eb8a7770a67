// First step of trunk's build: the page's own JavaScript. In this order, since the viewer names a file of the converter's.

await import('./dicom/build.mjs')
await import('./viewer/build.mjs')
