/** Shows a message above the page, in the form that the layout keeps for it. */
export function toast(message: string): void {
  const template = document.querySelector<HTMLTemplateElement>("template#toast");
  const element = template?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  const text = element?.querySelector("p");
  if (!element || !text) {
    return;
  }
  text.textContent = message;
  showToast(element);
}

/** Shows an element above the page, in the place of what was there. */
export function showToast(element: HTMLElement): void {
  document.getElementById("messages")?.replaceChildren(element);
}
