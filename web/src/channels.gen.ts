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

export interface InboxChange {
  change: "added" | "read" | "all_read";
  unread: number;
  revision: number;
  notificationId?: string;
  news?: string;
}

export interface AnnouncementToast {
  id: string;
  title: string;
  text: string;
  senderName: string;
  sentAt: string;
}

export interface Connections {
  sockets: number;
  users: number;
  visitors: number;
  subscriptions: number;
  refusals: number;
}

/** What each channel carries. */
export interface Channels {
  "blog.article.feed": ArticleFeed;
  "blog.desk": DeskActivity;
  "notifications.user.{userId}": InboxChange;
  "notifications.announcements": AnnouncementToast;
  "operations.connections": Connections;
}
