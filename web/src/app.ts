/** What every page runs. Pages work without it. */

import "htmx.org";

import { showConnectionState } from "./connection_state";
import { startRegions } from "./live";
import { enableDialogs, enableDismissal, enableMenus, guardForms, reachScrollers } from "./page";
import { localizeTimes } from "./time";
import { toast } from "./toast";

enableDialogs();
enableMenus();
enableDismissal();
guardForms();
reachScrollers();
localizeTimes(document);
showConnectionState();
startRegions(document);

document.addEventListener("htmx:after:swap", () => {
  localizeTimes(document);
  reachScrollers();
  startRegions(document);
});
document.addEventListener("htmx:error", () => toast("That did not work. Please check your connection and try again."));
