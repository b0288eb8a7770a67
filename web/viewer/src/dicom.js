// The way to the converter of DICOM files, offered to the page's program as `window.agelensDicom`. Nothing of the converter is
// fetched before a visitor brings such files.

/** What is being converted; a new conversion ends it. */
let running = null

const converter = () => import(DICOM_CONVERTER)

/** An error as the page's program reads it. */
const told = (error) => ({ told: JSON.stringify({ error: { code: error?.code ?? 'dicom.load', values: error?.values ?? {} } }), files: [] })

export const dicom = {
  /**
   * Resolves to null where the files are no DICOM, else to what came of them as JSON, and one File for each series (null
   * where it was too large). Never rejects.
   *
   * @param {File[]} files
   * @param {(stage: string, done: number, total: number) => void} onProgress
   */
  async convert(files, onProgress) {
    this.cancel()
    const own = new AbortController()
    running = own
    try {
      const { convert, looksLikeDicom } = await converter()
      if (!(await looksLikeDicom(files))) return null
      const hear = ({ stage, done, total }) => own.signal.aborted || onProgress(stage, done, total)
      const { series } = await convert(files, { onProgress: hear, signal: own.signal })
      return {
        told: JSON.stringify({ series: series.map(({ bytes, ...about }) => about) }),
        files: series.map(({ bytes, name }) => bytes && new File([bytes], name))
      }
    } catch (error) {
      return told(error)
    } finally {
      if (running === own) running = null
    }
  },

  /** Ends what is being converted, if anything is. */
  cancel() {
    running?.abort()
    running = null
  },

  /**
   * The files of a drop, those in folders too. Must be called while the drop is heard of. Resolves to what `convert` would
   * say where the folders cannot be read.
   *
   * @param {DataTransfer} transfer
   */
  dropped(transfer) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
    const files = [...transfer.files]
    if (!entries.some(({ isDirectory }) => isDirectory)) return Promise.resolve(files)
    return converter()
      .then(({ filesOf }) => filesOf(entries))
      .catch(told)
  }
}
