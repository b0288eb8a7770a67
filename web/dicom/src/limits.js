// How much is taken on.

/** Of all zips together, unpacked. */
export const MOST_UNPACKED_BYTES = 2 * 1024 ** 3
/** Of all files together, those within zips too. */
export const MOST_FILES = 20_000
