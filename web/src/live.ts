/**
 * Connects a page: it shows the connection status and starts the live regions,
 * which `live_region.ts` documents. Part of the script of every page, in projects
 * with realtime.
 */

import htmx from "htmx.org";

import { showConnectionStatus } from "./connection_status";
import { LiveRegion, type Environment } from "./live_region";
import { send, subscribe } from "./realtime";
import { localizeTimes } from "./time";
import { showToast, toast } from "./toast";

const started = new Map<Element, () => void>();

/** Starts the live regions in the element and stops those that were removed from the page. */
function startRegions(root: ParentNode): void {
  for (const [element, stop] of started) {
    if (!element.isConnected) {
      stop();
      started.delete(element);
    }
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-live]")) {
    const topic = element.dataset["live"];
    if (topic && !started.has(element)) {
      started.set(element, subscribe(topic, new LiveRegion(element, environment)));
    }
  }
}

const environment: Environment = {
  fetch: fetchFragment,
  announce,
  send,
  later: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  get base() {
    return location.href;
  },
  added: (element) => {
    localizeTimes(element);
    htmx.process(element);
  },
  toast: showToast,
  lost: (reason) => toast(`Part of this page no longer updates. ${reason}`),
  morph: (element, html) => void htmx.swap({ text: html, swap: "innerMorph", sourceElement: element, target: element }),
};

/** Returns the response only for a plain 200, not for a redirect to the sign-in page or an error. */
async function fetchFragment(url: string): Promise<string | undefined> {
  const target = new URL(url, location.href);
  if (target.origin !== location.origin) {
    return undefined;
  }
  const response = await fetch(target, { headers: { Accept: "text/html", "HX-Request": "true", "HX-Current-URL": location.href }, cache: "no-store" });
  return response.status === 200 && !response.redirected ? response.text() : undefined;
}

let announced: ReturnType<typeof setTimeout> | undefined;

/** Announces text to screen readers. Announcements in quick succession are read together. */
function announce(text: string): void {
  const region = document.getElementById("announcements");
  if (!region) {
    return;
  }
  const line = document.createElement("p");
  line.textContent = text;
  region.append(line);
  clearTimeout(announced);
  announced = setTimeout(() => region.replaceChildren(), 10_000);
}

showConnectionStatus();
startRegions(document);
document.addEventListener("htmx:after:swap", () => startRegions(document));
