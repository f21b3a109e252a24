/** Shows the connection status in the page header. */

import { type Note, onState, type State } from "./realtime";

const labels: Record<State, string> = {
  idle: "",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
};

const notes: Record<Note, string> = {
  "": "",
  "signed-out": "Signed out",
  rejected: "Offline",
};

const titles: Record<State, string> = {
  idle: "",
  live: "This page updates automatically.",
  reconnecting: "Connection lost. Reconnecting…",
  offline: "This page isn't updating. Reload it to see the latest changes.",
};

/** The label for a state. */
export function labelOf(state: State, note: Note): string {
  return (state === "offline" && notes[note]) || labels[state];
}

/** Keeps the element with data-connection-state up to date. */
export function showConnectionStatus(): void {
  const element = document.querySelector<HTMLElement>("[data-connection-state]");
  const text = element?.querySelector("[data-connection-text]");
  if (!element || !text) {
    return;
  }
  let shown = false;
  onState((state, note) => {
    element.setAttribute("aria-live", shown ? "polite" : "off"); // the first state is not announced
    element.dataset["connectionState"] = state;
    element.title = titles[state];
    text.textContent = labelOf(state, note);
    shown ||= state === "live";
  });
}
