/** Shows a message above the page, using the layout's toast template. */
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

/** Shows an element above the page, replacing the previous one. */
export function showToast(element: HTMLElement): void {
  document.getElementById("messages")?.replaceChildren(element);
}
