/** What fails is told by the step that failed. That the transaction failed with it is no news, and must not go unheard. */
export function inTransaction<T extends { readonly done: Promise<void> }>(transaction: T): T {
  begin(transaction.done)
  return transaction
}

/** A step nobody waits for: when it fails the transaction fails, and that is what is told. */
export function begin(step: Promise<unknown>): void {
  step.catch(() => {})
}
