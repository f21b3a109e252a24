/** Times on a page, in the reader's own time zone. The server writes them in UTC. */

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** The time as the server writes it, but of the reader's clock: "2 January 2026", with "full" also ", 15:04". */
export function formatTime(at: Date, style: string): string {
  const date = `${at.getDate()} ${months[at.getMonth()]} ${at.getFullYear()}`;
  if (style !== "full") {
    return date;
  }
  return `${date}, ${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
}

/** Rewrites every <time data-time> in the element. What is no time stays as it is. */
export function localizeTimes(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-time]")) {
    const at = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) {
      continue;
    }
    const text = formatTime(at, element.dataset["time"] ?? "");
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }
}

function twoDigits(n: number): string {
  return String(n).padStart(2, "0");
}
