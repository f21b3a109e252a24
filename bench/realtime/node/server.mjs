// Node's Socket.IO, with the interface of ./server.go: one room, the same
// message, the same URLs to request a burst and the resources used.
//
//   node server.mjs 127.0.0.1:8081

import { createServer } from "node:http";
import { Server } from "socket.io";

const [host, port] = process.argv[2].split(":");
const http = createServer((request, response) => {
  const url = new URL(request.url, "http://x");
  if (url.pathname === "/burst") {
    for (let n = Number(url.searchParams.get("n")); n > 0; n--) {
      io.to("feed").emit("blog.article.feed", article(), { id: crypto.randomUUID(), at: new Date().toISOString() });
    }
  }
  const cpu = process.cpuUsage();
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ cpuMicros: cpu.user + cpu.system, goroutines: 0 }));
});

const io = new Server(http, { serveClient: false, transports: ["websocket"], pingInterval: 20_000, pingTimeout: 30_000 });
io.on("connection", (socket) => {
  socket.on("subscribe", (topic, answer) => {
    socket.join("feed");
    answer({ ok: true });
  });
});

// The client reads the sending time from the summary.
function article() {
  return {
    id: "0190f3a2-7b1c-7cc3-9d2e-5a4b3c2d1e0f",
    title: "What the gardener said",
    summary: String(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6))).padStart(20, "0"),
    url: "/articles/what-the-gardener-said",
    authorName: "Ada",
    publishedAt: "2026-01-02T03:04:05Z",
  };
}

http.listen(Number(port), host);
