/**
 * Progressive enhancements. Pages work without them: a dialog opens by its
 * URL fragment, a menu is a <details> element, and a form submits normally.
 */

import { member } from "./unclobbered";

/** Dialogs: [data-dialog] opens the dialog with that id; [data-dialog-close] closes the enclosing dialog. */
export function enableDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = member(target, "closest")<HTMLElement>("[data-dialog]");
    const dialog = opener && document.getElementById(member(opener, "dataset")["dialog"] ?? "");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const closer = member(target, "closest")("[data-dialog-close]");
    const dialogToClose = closer ? closer.closest("dialog") : target instanceof HTMLDialogElement ? target : null; // a click on the backdrop targets the dialog itself
    if (dialogToClose?.open) {
      event.preventDefault();
      dialogToClose.close();
    }
  });
}

/** Menus close on Escape, when they lose focus, and on a click elsewhere. */
export function enableMenus(): void {
  const close = (menu: HTMLDetailsElement) => menu.removeAttribute("open");
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]");
  const closeOthers = (event: Event) => {
    for (const menu of open()) {
      if (!menu.contains(event.target as Node)) {
        close(menu);
      }
    }
  };
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusin", closeOthers);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      return;
    }
    for (const menu of open()) {
      const inside = menu.contains(document.activeElement);
      close(menu);
      if (inside) {
        menu.querySelector("summary")?.focus();
      }
    }
  });
}

/** Messages: [data-dismiss] removes the enclosing toast or flash. */
export function enableDismissal(): void {
  document.addEventListener("click", (event) => {
    member(event.target as Element, "closest")("[data-dismiss]")?.closest(".toast, .flash")?.remove();
  });
}

/** Passwords: [data-reveal] shows the password in the field with that id until the form is submitted. */
export function revealPasswords(): void {
  const show = (button: HTMLButtonElement, field: HTMLInputElement, shown: boolean) => {
    field.type = shown ? "text" : "password"; // submitted as a password, so that browsers do not offer it as autofill text
    button.firstChild!.textContent = shown ? "Hide" : "Show";
  };
  const buttons = () => document.querySelectorAll<HTMLButtonElement>("button[data-reveal]");
  const fieldOf = (button: HTMLButtonElement) => document.getElementById(button.dataset["reveal"] ?? "") as HTMLInputElement | null;
  for (const button of buttons()) {
    button.hidden = false;
  }
  document.addEventListener("click", (event) => {
    const button = member(event.target as Element, "closest")<HTMLButtonElement>("button[data-reveal]");
    const field = button && fieldOf(button);
    if (field) {
      show(button, field, field.type === "password");
    }
  });
  document.addEventListener("submit", () => {
    for (const button of buttons()) {
      const field = fieldOf(button);
      if (field) {
        show(button, field, false);
      }
    }
  });
}

const changed = new Set<HTMLFormElement>();

/** Marks a form as having unsaved changes, so that the browser warns before the reader leaves the page. */
export function markChanged(form: HTMLFormElement): void {
  if ("unsaved" in member(form, "dataset")) {
    changed.add(form);
  }
}

/** Forms: prevents double submission, and warns before leaving a page with unsaved changes. */
export function guardForms(): void {
  const sending = new Map<HTMLFormElement, boolean>(); // value: whether the form had unsaved changes
  const finish = (form: HTMLFormElement) => {
    if (sending.get(form)) {
      changed.add(form); // the request may have failed
    }
    sending.delete(form);
    showSending(form, false);
  };

  document.addEventListener("input", (event) => {
    const form = member(event.target as Element, "closest")<HTMLFormElement>("form[data-unsaved]");
    if (form) {
      changed.add(form);
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (member(form, "method") === "dialog" || event.defaultPrevented) {
      return; // htmx sends it and prevents double submission
    }
    if (sending.has(form)) {
      event.preventDefault();
      return;
    }
    sending.set(form, changed.delete(form));
    showSending(form, true);
    setTimeout(() => finish(form), 10_000); // the response may be a download, or never arrive
  });
  addEventListener("beforeunload", (event) => {
    for (const form of changed) {
      if (member(form, "isConnected")) {
        event.preventDefault();
      }
    }
  });
  addEventListener("pageshow", () => [...sending.keys()].forEach(finish)); // restored from the back/forward cache
}

/** Uses aria-disabled because a disabled button loses focus and its value is not submitted. */
function showSending(form: HTMLFormElement, sending: boolean): void {
  member(form, "toggleAttribute")("data-sending", sending);
  member(form, "setAttribute")("aria-busy", String(sending));
  for (const button of member(form, "elements")) {
    if (button instanceof HTMLButtonElement && button.type === "submit") {
      button.setAttribute("aria-disabled", String(sending));
    }
  }
}

/** Makes code and tables that overflow focusable, so that they scroll by keyboard. */
export function focusScrollers(): void {
  for (const element of document.querySelectorAll<HTMLElement>(".prose pre, .prose table, [data-scroller]")) {
    if (element.scrollWidth > element.clientWidth) {
      element.tabIndex = 0;
    } else {
      element.removeAttribute("tabindex");
    }
  }
}
