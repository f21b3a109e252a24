/** What every page runs. Pages work without it. */

import "htmx.org";

import { showConnectionState } from "./connection_state"; // <with:realtime/>
import { keepForms } from "./kept";
import { startRegions } from "./live"; // <with:realtime/>
import { enableDialogs, enableDismissal, enableMenus, guardForms, markChanged, reachScrollers, revealPasswords } from "./page";
import { localizeTimes } from "./time";
import { toast } from "./toast";

enableDialogs();
enableMenus();
enableDismissal();
revealPasswords();
guardForms();
keepForms({
  storage: sessionStorage,
  now: () => Date.now(),
  path: location.pathname,
  from: document.referrer.startsWith(`${location.origin}/`) ? new URL(document.referrer).pathname : "",
  changed: markChanged,
  later: (run) => setTimeout(run),
});
reachScrollers();
localizeTimes(document);
showConnectionState(); // <with:realtime/>
startRegions(document); // <with:realtime/>

document.addEventListener("htmx:after:swap", () => {
  localizeTimes(document);
  reachScrollers();
  startRegions(document); // <with:realtime/>
});
addEventListener("resize", reachScrollers);
document.addEventListener("htmx:error", () => toast("That didn't work. Check your connection and try again."));
