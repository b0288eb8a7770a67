// What can go wrong, by names that don't change. The words for a visitor are told elsewhere, in each language.

/** An error with a stable `code`, and `values` for its message. */
export class ConversionError extends Error {
  constructor(code, values = {}) {
    super(`${code} ${JSON.stringify(values)}`)
    this.name = 'ConversionError'
    this.code = code
    this.values = values
  }
}

/** The error as a message between threads carries it, and back. */
export const toMessage = (error) =>
  error instanceof ConversionError
    ? { code: error.code, values: error.values }
    : { code: 'dicom.failed', values: { reason: String(error?.message ?? error) } }
