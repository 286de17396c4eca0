/** Resolves when `condition` holds; rejects, saying `what` was waited for, when it does not within `deadlineMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

const pollMs = 4
