// Made by `go run ./cmd/web describe --typescript`. Do not edit.

export interface ArticleFeed {
  id: string;
  title: string;
  summary: string;
  url: string;
  authorName: string;
  publishedAt: string;
}

export interface DeskActivity {
  id: string;
  actorName: string;
  action: "drafted" | "edited" | "published" | "withdrew" | "deleted";
  title: string;
  url: string;
  at: string;
}

/** What each channel carries. */
export interface Channels {
  "blog.article.feed": ArticleFeed;
  "blog.desk": DeskActivity;
}
