/** Shows the state of the connection where the layout has a place for it. */

import { type Note, onState, type State } from "./realtime";

const words: Record<State, string> = {
  idle: "",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
};

const notes: Record<Note, string> = {
  "": "",
  "signed-out": "Signed out",
  refused: "Offline",
};

const titles: Record<State, string> = {
  idle: "",
  live: "This page updates automatically.",
  reconnecting: "Connection lost. Reconnecting…",
  offline: "This page isn't updating. Reload it to see the latest changes.",
};

/** What the reader is told of a state. */
export function wordFor(state: State, note: Note): string {
  return (state === "offline" && notes[note]) || words[state];
}

/** Keeps the element that has data-connection-state up to date. */
export function showConnectionState(): void {
  const element = document.querySelector<HTMLElement>("[data-connection-state]");
  const text = element?.querySelector("[data-connection-text]");
  if (!element || !text) {
    return;
  }
  let shown = false;
  onState((state, note) => {
    element.setAttribute("aria-live", shown ? "polite" : "off"); // nobody needs to hear that a page has opened well
    element.dataset["connectionState"] = state;
    element.title = titles[state];
    text.textContent = wordFor(state, note);
    shown ||= state === "live";
  });
}
