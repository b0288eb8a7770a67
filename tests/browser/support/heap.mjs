// What is in a page's memory: how many of its buffers hold some bytes, after all that is not needed any more was collected.

/**
 * Buffers with these bytes that any object of the page's JavaScript holds. The memory of WebAssembly, which is used again but
 * never given back, is not looked at.
 */
export async function countOf(page, bytes) {
  const session = await page.context().newCDPSession(page)
  const all = async (kind) => {
    const { result } = await session.send('Runtime.evaluate', { expression: `${kind}.prototype` })
    return (await session.send('Runtime.queryObjects', { prototypeObjectId: result.objectId })).objects.objectId
  }
  try {
    await session.send('HeapProfiler.enable')
    await session.send('HeapProfiler.collectGarbage')
    const [objects, memories] = [await all('Object'), await all('WebAssembly.Memory')]
    const { result } = await session.send('Runtime.callFunctionOn', {
      objectId: objects,
      functionDeclaration: `function (memories, text) {
        const found = new Set()
        const note = (value) => {
          if (value instanceof ArrayBuffer) found.add(value)
          else if (ArrayBuffer.isView(value)) found.add(value.buffer)
        }
        for (const object of this) {
          // What has to be computed first holds nothing.
          for (const { value } of Object.values(Object.getOwnPropertyDescriptors(object))) note(value)
          if (object instanceof Map) for (const pair of object) pair.forEach(note)
        }
        for (const { buffer } of memories) found.delete(buffer)
        const inWords = (bytes) => new TextDecoder('latin1').decode(bytes)
        const wanted = inWords(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))
        return [...found].filter((buffer) => inWords(buffer).includes(wanted)).length
      }`,
      arguments: [{ objectId: memories }, { value: Buffer.from(bytes).toString('base64') }],
      returnByValue: true
    })
    return result.value
  } finally {
    // What was asked for is held as long as the session.
    await session.detach()
  }
}
