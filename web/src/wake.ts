/** How often the clock is read. If a reading is this late, the machine was asleep. */
const interval = 5_000;
const lateness = 10_000;

/**
 * Calls run when the network may have changed without the page noticing: it is
 * visible again, the browser is online, or the machine was asleep.
 */
export function onWake(run: () => void): void {
  const runIfVisible = () => document.visibilityState === "visible" && run();
  addEventListener("online", run);
  document.addEventListener("visibilitychange", runIfVisible);
  document.addEventListener("resume", runIfVisible); // the browser had frozen the page

  let last = Date.now(); // performance.now() may stand still while the machine sleeps
  setInterval(() => {
    const elapsed = Date.now() - last;
    last += elapsed;
    if (elapsed > interval + lateness) {
      runIfVisible(); // timers of hidden pages are late anyway
    }
  }, interval);
}
