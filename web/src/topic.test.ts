import assert from "node:assert/strict";
import { test } from "node:test";

import { topicOf } from "./topic";

test("topicOf fills in the channel's parameters", () => {
  assert.equal(topicOf("blog.article.feed"), "blog.article.feed");
  assert.equal(topicOf("blog.article.{articleId}.readers", { articleId: "0190" }), "blog.article.0190.readers");
});

test("topicOf throws if a parameter is missing", () => {
  assert.throws(() => topicOf("notifications.user.{userId}", {}), /missing parameter userId/);
});
