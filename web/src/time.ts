/** Shows times in the reader's time zone. The server renders them in UTC. */

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** Formats a time like the server does, but in local time: "2 January 2026", or "2 January 2026, 15:04" with style "full". */
export function formatTime(at: Date, style: string): string {
  const date = `${at.getDate()} ${months[at.getMonth()]} ${at.getFullYear()}`;
  if (style !== "full") {
    return date;
  }
  return `${date}, ${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
}

/** Converts every <time data-time> in the element to local time. Invalid times stay unchanged. */
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
