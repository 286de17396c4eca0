/** A module of its own, so that a bundler can leave it out of what a page loads first. */
export { digest } from '@tidemark/updates'
