import assert from "node:assert/strict";
import { test } from "node:test";

import { tabStorage } from "./storage";

test("where the browser blocks the storage, nothing is stored", () => {
  const blocked = {
    get sessionStorage(): Storage {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    },
  };

  const storage = tabStorage(blocked);

  storage.setItem("draft:article:new", "Roses");
  assert.equal(storage.length, 0);
});
