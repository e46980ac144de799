// Work that is asked for faster than it can be done: one at a time, in the next frame, and of what was asked meanwhile only the last.

/**
 * @param {() => Promise<void>} work
 * @returns {() => Promise<void>} Asks for it; done when there is nothing left to do.
 */
export function oneAtATime(work) {
  let isWanted = false;
  /** @type {Promise<void> | null} */
  let running = null;
  const run = async () => {
    while (isWanted) {
      await new Promise(requestAnimationFrame);
      isWanted = false;
      await work();
    }
  };
  return () => {
    isWanted = true;
    running ??= run().finally(() => { running = null; });
    return running;
  };
}
