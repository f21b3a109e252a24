/** The script of every page. Pages work without it. The build adds `live.ts`, if it exists. */

import "htmx.org";

import { saveDrafts } from "./drafts";
import { enableDialogs, enableDismissal, enableMenus, guardForms, markChanged, focusScrollers, revealPasswords } from "./page";
import { tabStorage } from "./storage";
import { localizeTimes } from "./time";
import { toast } from "./toast";

enableDialogs();
enableMenus();
enableDismissal();
revealPasswords();
guardForms();
saveDrafts({
  storage: tabStorage(window),
  now: () => Date.now(),
  path: location.pathname,
  referrer: document.referrer.startsWith(`${location.origin}/`) ? new URL(document.referrer).pathname : "",
  changed: markChanged,
  later: (run) => setTimeout(run),
});
focusScrollers();
localizeTimes(document);

document.addEventListener("htmx:after:swap", () => {
  localizeTimes(document);
  focusScrollers();
});
addEventListener("resize", focusScrollers);
document.addEventListener("htmx:error", () => toast("That didn't work. Check your connection and try again."));
