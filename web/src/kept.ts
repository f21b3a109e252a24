/**
 * Keeps what is typed into a form until it has arrived, so that no text is
 * lost when the session ends, the server is away or the page is left.
 *
 *     <form data-keep="article:0190…">
 *
 * data-keep says what the form is about. The text is kept in the tab, as long
 * as the tab is open; another user who signs in here, and signing out, end it.
 * Where the form is shown again, the text is back in its fields, with a line
 * that says so and a button that discards it (from the form's <template
 * data-kept-note>). What the form says by itself, such as the version that the
 * text was written over, comes back with it: whatever was changed meanwhile is
 * noticed by the server when the form is sent.
 */

/** One field: what stands in it, and whether a person wrote it or the form says it by itself. */
export interface KeptField {
  name: string;
  value: string;
  written: boolean;
}

interface Kept {
  user: string;
  at: number;
  /** The pages that an answer to this form may come from: where it stood and where it was sent. */
  addresses: string[];
  sent: boolean;
  fields: KeptField[];
}

/** What keeping needs of the world around it. */
export interface Surroundings {
  storage: Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;
  now(): number;
  /** The path of the page, and of the one that led to it by a link or a form. */
  path: string;
  from: string;
  /** Tells that the form holds what was not sent. */
  changed(form: HTMLFormElement): void;
  later(run: () => void): void;
}

const prefix = "kept:";

/** Starts keeping, and puts back what was kept. */
export function keepForms(around: Surroundings): void {
  const store = new Store(around.storage);
  const user = document.body.dataset["user"] ?? "";
  const refused = "refused" in document.body.dataset;

  settle(store, around, user, refused);
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-keep]")];
  for (const form of forms) {
    if (user !== "" && !refused) {
      putBack(form, store, around);
    }
  }
  forgetWhatIsStored(forms, store);
  if (refused) {
    for (const form of forms) {
      keep(form, store, around, user, false); // the form that came back is what was sent
      around.changed(form);
    }
    stayInThisTab(store);
  }
  listen(store, around, user);
}

/** Decides what has become of what was kept: it has arrived, it is another's, or it is still to be kept. */
function settle(store: Store, around: Surroundings, user: string, refused: boolean): void {
  for (const [key, kept] of store.all()) {
    const arrived = kept.sent && user !== "" && !refused && kept.addresses.includes(around.from);
    if (arrived || (user !== "" && kept.user !== user)) {
      store.remove(key);
    } else if (kept.sent) {
      store.set(key, { ...kept, sent: false });
    }
  }
}

function putBack(form: HTMLFormElement, store: Store, around: Surroundings): void {
  const kept = store.get(keyOf(form));
  if (!kept) {
    return;
  }
  if (sameText(kept.fields, fieldsOf(form))) {
    store.remove(keyOf(form));
    return;
  }
  const before = fieldsOf(form);
  fill(form, kept.fields);
  around.changed(form);
  const note = makeNote(form, kept.at);
  note?.querySelector("[data-kept-discard]")?.addEventListener("click", () => {
    fill(form, before);
    store.remove(keyOf(form));
    note.remove();
    tellInput(form);
    form.querySelector<HTMLElement>(fieldSelector)?.focus();
  });
  if (note) {
    form.prepend(note);
  }
  around.later(() => tellInput(form));
}

/** What stands in a form of this page as it came from the server needs no keeping, whatever it was kept as. */
function forgetWhatIsStored(forms: HTMLFormElement[], store: Store): void {
  for (const form of forms) {
    for (const [key, kept] of store.all()) {
      if (key !== keyOf(form) && sameText(kept.fields, fieldsOf(form))) {
        store.remove(key);
      }
    }
  }
}

/** With the text kept, signing in needs no tab of its own. */
function stayInThisTab(store: Store): void {
  if (store.all().length > 0) {
    document.querySelector("a[data-elsewhere]")?.removeAttribute("target");
  }
}

function listen(store: Store, around: Surroundings, user: string): void {
  document.addEventListener("input", (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("form[data-keep]");
    if (form) {
      keep(form, store, around, user, false);
    }
  });
  // Whatever was on its way is so no more if the reader is still here.
  const unsend = () => store.all().forEach(([key, kept]) => kept.sent && store.set(key, { ...kept, sent: false }));
  document.addEventListener("click", (event) => (event.target as Element).closest("a[href]") && unsend());
  document.defaultView?.addEventListener("pageshow", (event) => event.persisted && unsend());
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented) {
      return;
    }
    if (form.matches("form[action='/sign-out']")) {
      store.all().forEach(([key]) => store.remove(key));
    } else if (form.dataset["keep"]) {
      keep(form, store, around, user, true, event.submitter);
    } else if ("again" in form.dataset) {
      sendAgain(store, around, pathOf(form.getAttribute("action") ?? ""));
    }
  });
}

function keep(form: HTMLFormElement, store: Store, around: Surroundings, user: string, sent: boolean, submitter?: HTMLElement | null): void {
  const action = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  const addresses = [around.path, pathOf(action)];
  store.set(keyOf(form), { user, at: around.now(), addresses, sent, fields: fieldsOf(form) });
}

/** The page that says what went wrong sends the form a second time. */
function sendAgain(store: Store, around: Surroundings, action: string): void {
  for (const [key, kept] of store.all()) {
    if (kept.addresses.includes(action)) {
      store.set(key, { ...kept, sent: true, addresses: [...kept.addresses, around.path] });
    }
  }
}

function makeNote(form: HTMLFormElement, at: number): HTMLElement | undefined {
  const template = form.querySelector<HTMLTemplateElement>("template[data-kept-note]");
  const note = template?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  const time = note?.querySelector("[data-kept-time]");
  if (time) {
    time.textContent = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(at);
  }
  return note;
}

const fieldSelector = "input:not([type=hidden]), textarea, select";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function controls(form: HTMLFormElement): Field[] {
  return [...form.querySelectorAll<Field>("input[name], textarea[name], select[name]")].filter(
    (field) => !["password", "file", "submit", "button"].includes(field.getAttribute("type") ?? ""),
  );
}

function isTicked(field: Field): boolean {
  return (field as HTMLInputElement).checked;
}

function isBox(field: Field): boolean {
  return ["checkbox", "radio"].includes(field.getAttribute("type") ?? "");
}

function fieldsOf(form: HTMLFormElement): KeptField[] {
  return controls(form)
    .filter((field) => !isBox(field) || isTicked(field))
    .map((field) => ({ name: field.name, value: field.value, written: field.getAttribute("type") !== "hidden" }));
}

function fill(form: HTMLFormElement, fields: KeptField[]): void {
  const left = [...fields];
  for (const field of controls(form)) {
    const at = left.findIndex(({ name, value }) => name === field.name && (!isBox(field) || value === field.value));
    if (isBox(field)) {
      (field as HTMLInputElement).checked = at >= 0;
    } else if (at >= 0) {
      field.value = left[at]?.value ?? "";
    }
    if (at >= 0) {
      left.splice(at, 1);
    }
  }
}

function sameText(a: KeptField[], b: KeptField[]): boolean {
  const text = (fields: KeptField[]) => JSON.stringify(fields.filter((field) => field.written).map(({ name, value }) => [name, value]));
  return text(a) === text(b);
}

function tellInput(form: HTMLFormElement): void {
  form.querySelector(fieldSelector)?.dispatchEvent(new Event("input", { bubbles: true }));
}

function keyOf(form: HTMLFormElement): string {
  return prefix + (form.dataset["keep"] ?? "");
}

function pathOf(address: string): string {
  try {
    return new URL(address, document.baseURI).pathname;
  } catch {
    return "";
  }
}

/** What is kept, in storage that may be full, forbidden, or written by others. */
class Store {
  #storage: Surroundings["storage"];

  constructor(storage: Surroundings["storage"]) {
    this.#storage = storage;
  }

  get(key: string): Kept | undefined {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }

  set(key: string, kept: Kept): void {
    try {
      this.#storage.setItem(key, JSON.stringify(kept));
    } catch {
      // Full: the text is on the page all the same.
    }
  }

  remove(key: string): void {
    this.#storage.removeItem(key);
  }

  all(): [string, Kept][] {
    const keys = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i) ?? "");
    return keys.flatMap((key) => {
      const kept = key.startsWith(prefix) ? this.get(key) : undefined;
      return kept ? [[key, kept]] : [];
    });
  }
}
