import assert from "node:assert/strict";
import { test } from "node:test";

import { topicOf } from "./topic";

test("a topic is the channel's name with its parameters filled in", () => {
  assert.equal(topicOf("blog.article.feed"), "blog.article.feed");
  assert.equal(topicOf("blog.article.{articleId}.readers", { articleId: "0190" }), "blog.article.0190.readers");
});

test("a topic without a parameter that it needs is a mistake", () => {
  assert.throws(() => topicOf("notifications.user.{userId}", {}), /needs userId/);
});
