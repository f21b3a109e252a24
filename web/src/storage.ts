type TabStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** Returns the session storage. Where the browser blocks it, it throws when touched: then nothing is stored. */
export function tabStorage(window: { readonly sessionStorage: TabStorage }): TabStorage {
  try {
    void window.sessionStorage.length;
    return window.sessionStorage;
  } catch {
    return { length: 0, key: () => null, getItem: () => null, setItem: () => {}, removeItem: () => {} };
  }
}
