/**
 * Small things that make a page nicer to use. Each does without them: a dialog
 * opens by its address, a menu is a <details>, a form is sent.
 */

/** Dialogs: [data-dialog] opens the one with that id, [data-dialog-close] closes the one around it. */
export function enableDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset["dialog"] ?? "");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const closer = target.closest("[data-dialog-close]");
    const around = closer ? closer.closest("dialog") : target instanceof HTMLDialogElement ? target : null; // the dialog itself is its backdrop
    if (around?.open) {
      event.preventDefault();
      around.close();
    }
  });
}

/** Menus: they close on Escape, when the focus leaves and on a click elsewhere. */
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

/** Messages: [data-dismiss] takes away the toast or flash around it. */
export function enableDismissal(): void {
  document.addEventListener("click", (event) => {
    (event.target as Element).closest("[data-dismiss]")?.closest(".toast, .flash")?.remove();
  });
}

/** Passwords: [data-reveal] shows what is typed into the field with that id, until the form is sent. */
export function revealPasswords(): void {
  const show = (button: HTMLButtonElement, field: HTMLInputElement, shown: boolean) => {
    field.type = shown ? "text" : "password"; // sent as a password, or browsers would offer it as a text from then on
    button.firstChild!.textContent = shown ? "Hide" : "Show";
  };
  const buttons = () => document.querySelectorAll<HTMLButtonElement>("button[data-reveal]");
  const fieldOf = (button: HTMLButtonElement) => document.getElementById(button.dataset["reveal"] ?? "") as HTMLInputElement | null;
  for (const button of buttons()) {
    button.hidden = false;
  }
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[data-reveal]");
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

/** Says that a form holds what was not sent, so that the page is not left by mistake. */
export function markChanged(form: HTMLFormElement): void {
  if ("unsaved" in form.dataset) {
    changed.add(form);
  }
}

/** Forms: sent once however often the button is pressed, and not left with unsent changes by mistake. */
export function guardForms(): void {
  const sending = new Map<HTMLFormElement, boolean>(); // and whether it had changes
  const finish = (form: HTMLFormElement) => {
    if (sending.get(form)) {
      changed.add(form); // they may not have arrived
    }
    sending.delete(form);
    showSending(form, false);
  };

  document.addEventListener("input", (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("form[data-unsaved]");
    if (form) {
      changed.add(form);
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method === "dialog" || event.defaultPrevented) {
      return; // htmx sends it, and has its own guard
    }
    if (sending.has(form)) {
      event.preventDefault();
      return;
    }
    sending.set(form, changed.delete(form));
    showSending(form, true);
    setTimeout(() => finish(form), 10_000); // the answer may be a download, or never come
  });
  addEventListener("beforeunload", (event) => {
    for (const form of changed) {
      if (form.isConnected) {
        event.preventDefault();
      }
    }
  });
  addEventListener("pageshow", () => [...sending.keys()].forEach(finish)); // back from the next page
}

/** The buttons are not disabled in earnest: one that is loses the focus, and its name from what is sent. */
function showSending(form: HTMLFormElement, sending: boolean): void {
  form.toggleAttribute("data-sending", sending);
  form.setAttribute("aria-busy", String(sending));
  for (const button of form.elements) {
    if (button instanceof HTMLButtonElement && button.type === "submit") {
      button.setAttribute("aria-disabled", String(sending));
    }
  }
}

/** Code and tables that are wider than the page scroll by keyboard too. What fits is no stop on the way. */
export function reachScrollers(): void {
  for (const element of document.querySelectorAll<HTMLElement>(".prose pre, .prose table, [data-scroller]")) {
    if (element.scrollWidth > element.clientWidth) {
      element.tabIndex = 0;
    } else {
      element.removeAttribute("tabindex");
    }
  }
}
