/** Shows a message above the page, in the form that the layout keeps for it. */
export function toast(message: string): void {
  const template = document.querySelector<HTMLTemplateElement>("template#toast");
  const place = document.getElementById("messages");
  const element = template?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  const text = element?.querySelector("p");
  if (!element || !place || !text) {
    return;
  }
  text.textContent = message;
  place.replaceChildren(element);
}
