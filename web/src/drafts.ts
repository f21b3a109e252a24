/**
 * Saves drafts of forms until the server has accepted them, so that no text is
 * lost when the session expires, the server is down or the reader leaves.
 *
 *     <form data-draft="article:0190…">
 *
 * data-draft identifies the form. Drafts are stored in the tab's session
 * storage, and deleted when the user signs out or another user signs in. When
 * the form is shown again, its fields are restored, with a notice and a button
 * that discards the draft (from the form's <template data-draft-notice>). Hidden
 * fields are restored too, such as the version that was edited, so the server
 * detects a conflicting change when the form is submitted. The id of something new
 * (data-new-id) is restored only if the form was sent, so that sending it again does
 * not create a second one: a duplicate of the tab has the draft, too.
 */

import { member } from "./unclobbered";

/** The value of a field. userInput is false for hidden fields. */
export interface DraftField {
  name: string;
  value: string;
  userInput: boolean;
}

interface Draft {
  user: string;
  at: number;
  /** The paths that the page after a successful submission may be reached from: the form's page and its action. */
  paths: string[];
  /** Whether the form was submitted and the outcome is not yet known. */
  submitted: boolean;
  /** Whether the form was ever submitted. */
  sent: boolean;
  fields: DraftField[];
}

/** What saving drafts needs from the browser. */
export interface Environment {
  storage: Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;
  now(): number;
  /** The path of the page. */
  path: string;
  /** The path of the page that led here by a link or a form; "" if it is on another site. */
  referrer: string;
  /** Marks the form as having unsaved changes. */
  changed(form: HTMLFormElement): void;
  later(run: () => void): void;
}

const prefix = "draft:";

/** Restores saved drafts and saves new ones as the user types. */
export function saveDrafts(env: Environment): void {
  const store = new Store(env.storage);
  const user = document.body.dataset["user"] ?? "";
  const failed = "failed" in document.body.dataset;

  updateAfterNavigation(store, env, user, failed);
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-draft]")];
  for (const form of forms) {
    if (user !== "" && !failed) {
      restore(form, store, env);
    }
  }
  removeSaved(forms, store);
  if (failed) {
    for (const form of forms) {
      save(form, store, env, user, false); // the page shows what was submitted
      env.changed(form);
    }
    signInInThisTab(store);
  }
  listen(store, env, user);
}

/** Removes drafts that were submitted successfully and those of other users. */
function updateAfterNavigation(store: Store, env: Environment, user: string, failed: boolean): void {
  for (const [key, draft] of store.all()) {
    const succeeded = draft.submitted && user !== "" && !failed && draft.paths.includes(env.referrer);
    if (succeeded || (user !== "" && draft.user !== user)) {
      store.remove(key);
    } else if (draft.submitted) {
      store.set(key, { ...draft, submitted: false });
    }
  }
}

function restore(form: HTMLFormElement, store: Store, env: Environment): void {
  const draft = store.get(keyOf(form));
  if (!draft) {
    return;
  }
  if (sameInput(draft.fields, fieldsOf(form))) {
    store.remove(keyOf(form));
    return;
  }
  const before = fieldsOf(form);
  fill(form, draft.fields, draft.sent);
  env.changed(form);
  const notice = makeNotice(form, draft.at);
  notice?.querySelector("[data-draft-discard]")?.addEventListener("click", () => {
    fill(form, before, true);
    store.remove(keyOf(form));
    notice.remove();
    dispatchInput(form);
    member(form, "querySelector")<HTMLElement>(fieldSelector)?.focus();
  });
  if (notice) {
    member(form, "prepend")(notice);
  }
  env.later(() => dispatchInput(form));
}

/** Removes drafts, under any key, whose text the server already has: a form on this page shows it. */
function removeSaved(forms: HTMLFormElement[], store: Store): void {
  for (const form of forms) {
    for (const [key, draft] of store.all()) {
      if (key !== keyOf(form) && sameInput(draft.fields, fieldsOf(form))) {
        store.remove(key);
      }
    }
  }
}

/** With a saved draft, signing in does not need a new tab. */
function signInInThisTab(store: Store): void {
  if (store.all().length > 0) {
    document.querySelector("a[data-new-tab]")?.removeAttribute("target");
  }
}

function listen(store: Store, env: Environment, user: string): void {
  document.addEventListener("input", (event) => {
    const form = member(event.target as Element, "closest")<HTMLFormElement>("form[data-draft]");
    if (form) {
      save(form, store, env, user, false);
    }
  });
  // If the reader is still on the page, the submission did not go through.
  const resetSubmitted = () => store.all().forEach(([key, draft]) => draft.submitted && store.set(key, { ...draft, submitted: false }));
  document.addEventListener("click", (event) => member(event.target as Element, "closest")("a[href]") && resetSubmitted());
  document.defaultView?.addEventListener("pageshow", (event) => event.persisted && resetSubmitted());
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented) {
      return;
    }
    if (member(form, "matches")("form[action='/sign-out']")) {
      store.all().forEach(([key]) => store.remove(key));
    } else if (member(form, "dataset")["draft"]) {
      save(form, store, env, user, true, event.submitter);
    } else if ("again" in member(form, "dataset")) {
      resubmit(store, env, pathOf(member(form, "getAttribute")("action") ?? ""));
    }
  });
}

function save(form: HTMLFormElement, store: Store, env: Environment, user: string, submitted: boolean, submitter?: HTMLElement | null): void {
  const action = submitter?.getAttribute("formaction") ?? member(form, "getAttribute")("action") ?? "";
  const paths = [env.path, pathOf(action)];
  const sent = submitted || (store.get(keyOf(form))?.sent ?? false);
  store.set(keyOf(form), { user, at: env.now(), paths, submitted, sent, fields: fieldsOf(form) });
}

/** Marks the draft as submitted when the error page's form resubmits it. */
function resubmit(store: Store, env: Environment, action: string): void {
  for (const [key, draft] of store.all()) {
    if (draft.paths.includes(action)) {
      store.set(key, { ...draft, submitted: true, paths: [...draft.paths, env.path] });
    }
  }
}

function makeNotice(form: HTMLFormElement, at: number): HTMLElement | undefined {
  const template = member(form, "querySelector")<HTMLTemplateElement>("template[data-draft-notice]");
  const notice = template?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  const time = notice?.querySelector("[data-draft-time]");
  if (time) {
    time.textContent = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(at);
  }
  return notice;
}

const fieldSelector = "input:not([type=hidden]), textarea, select";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function controls(form: HTMLFormElement): Field[] {
  return [...member(form, "querySelectorAll")<Field>("input[name], textarea[name], select[name]")].filter(
    (field) => !["password", "file", "submit", "button"].includes(field.getAttribute("type") ?? ""),
  );
}

function isChecked(field: Field): boolean {
  return (field as HTMLInputElement).checked;
}

function isCheckable(field: Field): boolean {
  return ["checkbox", "radio"].includes(field.getAttribute("type") ?? "");
}

function fieldsOf(form: HTMLFormElement): DraftField[] {
  return controls(form)
    .filter((field) => !isCheckable(field) || isChecked(field))
    .map((field) => ({ name: field.name, value: field.value, userInput: field.getAttribute("type") !== "hidden" }));
}

function fill(form: HTMLFormElement, fields: DraftField[], withNewID: boolean): void {
  const remaining = [...fields];
  for (const field of controls(form)) {
    const at = remaining.findIndex(({ name, value }) => name === field.name && (!isCheckable(field) || value === field.value));
    if (isCheckable(field)) {
      (field as HTMLInputElement).checked = at >= 0;
    } else if (at >= 0 && (withNewID || !field.hasAttribute("data-new-id"))) {
      field.value = remaining[at]?.value ?? "";
    }
    if (at >= 0) {
      remaining.splice(at, 1);
    }
  }
}

function sameInput(a: DraftField[], b: DraftField[]): boolean {
  const input = (fields: DraftField[]) => JSON.stringify(fields.filter((field) => field.userInput).map(({ name, value }) => [name, value]));
  return input(a) === input(b);
}

function dispatchInput(form: HTMLFormElement): void {
  member(form, "querySelector")(fieldSelector)?.dispatchEvent(new Event("input", { bubbles: true }));
}

function keyOf(form: HTMLFormElement): string {
  return prefix + (member(form, "dataset")["draft"] ?? "");
}

function pathOf(address: string): string {
  try {
    return new URL(address, document.baseURI).pathname;
  } catch {
    return "";
  }
}

/** Stores drafts. The storage may be full or unavailable, or hold invalid data. */
class Store {
  #storage: Environment["storage"];

  constructor(storage: Environment["storage"]) {
    this.#storage = storage;
  }

  get(key: string): Draft | undefined {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }

  set(key: string, draft: Draft): void {
    try {
      this.#storage.setItem(key, JSON.stringify(draft));
    } catch {
      // The storage is full. The text is still on the page.
    }
  }

  remove(key: string): void {
    this.#storage.removeItem(key);
  }

  all(): [string, Draft][] {
    const keys = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i) ?? "");
    return keys.flatMap((key) => {
      const draft = key.startsWith(prefix) ? this.get(key) : undefined;
      return draft ? [[key, draft]] : [];
    });
  }
}
