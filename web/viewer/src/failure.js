// Errors that the page has words for, in every language: by their code, which `web/src/told/thrown.rs` knows.

/** @param {string} code @param {string} detail what the page's sentence says of it */
export function failure(code, detail = '') {
  return Object.assign(new Error([code, detail].filter(Boolean).join(': ')), { code, detail })
}
