/**
 * The items that are needed for `holds` to hold, found by leaving out ever smaller runs of them (Zeller and Hildebrandt,
 * Simplifying and Isolating Failure-Inducing Input, 2002; complements only). At the end no single item can be left out,
 * unless `holds` was false for want of time.
 */
export async function minimise<T>(
  items: readonly T[],
  holds: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (items.length === 0 || (await holds([]))) return []
  let kept = items
  for (let size = Math.ceil(kept.length / 2); ; ) {
    const fewer = await withoutChunks(kept, size, holds)
    const isDone = size === 1 && fewer.length === kept.length
    kept = fewer
    if (isDone || kept.length <= 1) return kept
    size = Math.max(1, Math.min(Math.floor(size / 2), Math.floor(kept.length / 2)))
  }
}

/** One pass over all chunks of `size` items, the last ones first: what came late is needed least. */
async function withoutChunks<T>(
  items: readonly T[],
  size: number,
  holds: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = items
  for (let end = items.length; end > 0; end -= size) {
    const fewer = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)]
    if (fewer.length < kept.length && (await holds(fewer))) kept = fewer
  }
  return kept
}
