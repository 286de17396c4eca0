import { expect, it } from 'vitest'
import { useSetting } from './setting.ts'

const { startRelay, openPage } = useSetting()

it('replicas side by side differ while one is cut off, and are equal after it joined again', async () => {
  const relay = await startRelay()
  const { page } = await openPage(relay, '/demo/side-by-side')
  const pane = (letter: string) => page.getByRole('region', { name: `Replica ${letter}` })
  const verdict = page.locator('.verdict')
  for (const letter of ['A', 'B', 'C']) await pane(letter).locator('[data-status="saved"]').waitFor()

  await pane('A').locator('.text').pressSequentially('Shared. ')
  await pane('C').getByText('Shared.').waitFor()
  await expect.poll(() => verdict.textContent()).toBe('All replicas are equal')

  await pane('B').getByRole('switch').click()
  await pane('B').locator('.text').pressSequentially('Apart. ')
  await pane('B').locator('[data-status="offline-on-device"]').waitFor()
  expect(await verdict.textContent()).toBe('The replicas differ')
  expect(await pane('B').locator('.figures').textContent()).toMatch(/^7 edits to send/)

  await pane('B').getByRole('switch').click()
  await pane('A').getByText('Apart.').waitFor()
  await expect.poll(() => verdict.textContent()).toBe('All replicas are equal')
  for (const letter of ['A', 'B', 'C']) {
    await expect.poll(() => pane(letter).locator('.figures').textContent()).toMatch(/^nothing to send/)
  }
})
