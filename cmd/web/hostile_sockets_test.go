package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestHostile_rejectsSocketsFromOtherSites(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client := s.signIn(t, ada)
	cookie := client.Cookies()[0].String()
	for name, headers := range otherSites(s) {
		header := http.Header{"Cookie": {cookie}}
		for _, h := range headers {
			header.Add(h[0], h[1])
		}
		if header.Get("Origin") == "http://evil."+s.config.Addr {
			header.Set("Origin", "http://evil.example")
		}
		rejection := realtimetest.DialRejected(t, s.URL, header)
		if rejection.Status != http.StatusForbidden || rejection.Code != string(fault.Forbidden) {
			t.Errorf("%s: %v, want 403", name, rejection)
		}
	}
	two := http.Header{"Cookie": {cookie}, "Origin": {s.URL, "https://evil.example"}}
	if rejection := realtimetest.DialRejected(t, s.URL, two); rejection.Status != http.StatusForbidden {
		t.Errorf("two origins: %v, want 403", rejection)
	}
	s.socket(t, client) // the site's own pages do
}

func TestHostile_rejectsMalformedHandshakes(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	upgrade := []header{{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}
	for name, test := range map[string]struct {
		target  string
		headers []header
	}{
		"a plain request":   {"/socket.io/", nil},
		"another version":   {"/socket.io/?EIO=3&transport=websocket", upgrade},
		"an unknown sid":    {"/socket.io/?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA", upgrade},
		"no key":            {"/socket.io/?EIO=4&transport=websocket", upgrade[:2]},
		"an old version":    {"/socket.io/?EIO=4&transport=websocket", []header{upgrade[0], {"Sec-WebSocket-Version", "8"}, upgrade[2]}},
		"two transports":    {"/socket.io/?EIO=4&transport=polling&transport=websocket", upgrade},
		"JSON with padding": {"/socket.io/?EIO=4&transport=polling&j=0", nil},
	} {
		got := s.raw(t, handshake(s, test.target, test.headers))
		wantOrderly(t, name, got)
		if got.Status < 400 {
			t.Errorf("%s: status %d, want a rejection", name, got.Status)
		}
	}
}

// Compression would let a small frame expand past the size limit.
func TestHostile_negotiatesNoCompression(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	dialer := websocket.Dialer{EnableCompression: true}

	conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/socket.io/?EIO=4&transport=websocket", nil)

	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if extensions := response.Header.Get("Sec-WebSocket-Extensions"); extensions != "" {
		t.Errorf("the server negotiated %s", extensions)
	}
}

// attacks are attempts of one socket to disturb the others. The server rejects each
// one or closes the connection.
var attacks = map[string]func(*realtimetest.Client) error{
	"a frame of 10 MB": func(c *realtimetest.Client) error {
		return c.EmitJSON("blog.article.feed", `"`+strings.Repeat("x", 10<<20)+`"`)
	},
	"10 MB that are not JSON": func(c *realtimetest.Client) error { return c.Write(strings.Repeat("x", 10<<20)) },
	"a binary frame":          func(c *realtimetest.Client) error { return c.WriteBinary([]byte("\x00\x01\x02")) },
	"unclosed brackets":       func(c *realtimetest.Client) error { return c.Write("42" + strings.Repeat("[", 60_000)) },
	"an unknown packet":       func(c *realtimetest.Client) error { return c.Write("hello") },
	"not UTF-8":               func(c *realtimetest.Client) error { return c.Write("42[\"\xff\xfe\",{}]") },
	"10,000 subscriptions": func(c *realtimetest.Client) error {
		for n := range 10_000 {
			if err := c.Write(fmt.Sprintf(`42%d["subscribe","blog.article.%d.readers"]`, n, n)); err != nil {
				return err
			}
		}
		return nil
	},
	"the same subscription 10,000 times": func(c *realtimetest.Client) error {
		for n := range 10_000 {
			if err := c.Write(fmt.Sprintf(`42%d["subscribe","blog.article.feed"]`, n)); err != nil {
				return err
			}
		}
		return nil
	},
	"1,000 messages a second": func(c *realtimetest.Client) error {
		second := time.NewTicker(time.Millisecond)
		defer second.Stop()
		for range 1000 {
			if err := c.Write(`42["blog.article.reading",{"articleId":"x"}]`); err != nil {
				return err
			}
			<-second.C
		}
		return nil
	},
	"10,000 messages at once": func(c *realtimetest.Client) error {
		for range 10_000 {
			if err := c.Write(`42["nothing",{}]`); err != nil {
				return err
			}
		}
		return nil
	},
}

func TestHostile_isolatesSocketsFromEachOther(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor := s.signIn(t, ada)
	bystander := s.socket(t, s.signIn(t, grace))
	bystander.MustSubscribe("blog.article.feed")
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attacker := s.socket(t, apptest.NewClient(t, s.URL))

			_ = attack(attacker) // fails if the server closes the connection early

			if err := attacker.WaitEnd(); err == nil || strings.Contains(err.Error(), "nothing came") {
				t.Errorf("the attacker is still connected: %v", err)
			}
			if err := bystander.Sync(); err != nil {
				t.Errorf("the bystander was disturbed: %v", err)
			}
		})
	}
	t.Cleanup(func() {
		publish(t, editor, "After the storm")
		if got := realtimetest.Next(bystander, blog.ArticleFeedChannel).Payload; got.Title != "After the storm" {
			t.Errorf("the bystander received %+v", got)
		}
	})
}

func TestHostile_rejectsUnknownChannelsAndPayloads(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	socket := s.socket(t, s.signIn(t, alan))
	for _, topic := range []string{
		"nothing", "", "blog", "blog.article", "blog.article.feed.x", "blog.article.published", "blog.*", "*", "#", "blog.article.feed\x00",
		"connect", "disconnect", "error", "subscribe", "unsubscribe", "closing", "unsubscribed", strings.Repeat("a", 1000),
	} {
		if err := socket.Subscribe(topic); !errors.Is(err, realtime.ErrUnknownChannel) && !errors.Is(err, realtime.ErrInvalidPayload) && !errors.Is(err, fault.Forbidden) {
			t.Errorf("subscribing to %.40q: %v, want a rejection", topic, err)
		}
	}
	for _, topic := range []string{"nothing", "blog.article.feed", "blog.desk", "blog.article.published", "__proto__"} {
		if err := socket.EmitJSON(topic, `{"id":"x"}`); !errors.Is(err, realtime.ErrUnknownChannel) {
			t.Errorf("sending to %q: %v, want unknown_channel", topic, err)
		}
	}
	socket.MustSubscribe("blog.article.feed")
}

func TestHostile_rejectsPayloadsOfTheWrongType(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor := s.signIn(t, ada)
	socket, visitor := s.socket(t, editor), s.socket(t, apptest.NewClient(t, s.URL))
	article := publishedArticle(t, s)
	for name, payload := range map[string]string{
		"only null":               `null`,
		"a string":                `"` + article + `"`,
		"a list":                  `["` + article + `"]`,
		"a number":                `1`,
		"no field":                `{}`,
		"an empty field":          `{"articleId":""}`,
		"null":                    `{"articleId":null}`,
		"a wrong type":            `{"articleId":1}`,
		"an object for a string":  `{"articleId":{"$ne":""}}`,
		"not a UUID":              `{"articleId":"1 or 1=1"}`,
		"an unknown field":        `{"articleId":"` + article + `","role":"admin"}`,
		"a field in another case": `{"ArticleId":"` + article + `"}`,
		"a duplicate field":       `{"articleId":"` + article + `","articleId":"x"}`,
		"a prototype":             `{"__proto__":{},"articleId":"` + article + `"}`,
		"a very long string":      `{"articleId":"` + strings.Repeat("a", 50_000) + `"}`,
		"NUL":                     `{"articleId":"\u0000"}`,
		"an unpaired surrogate":   `{"articleId":"\ud800"}`,
	} {
		if err := visitor.EmitJSON("blog.article.reading", payload); !errors.Is(err, realtime.ErrInvalidPayload) {
			t.Errorf("%s: %v, want invalid_payload", name, err)
		}
		if err := socket.EmitJSON("blog.desk.working", payload); name != "no field" && name != "an empty field" && !errors.Is(err, realtime.ErrInvalidPayload) {
			t.Errorf("%s, at the desk: %v, want invalid_payload", name, err)
		}
	}
	if err := visitor.EmitJSON("blog.article.reading", `{"articleId":"`+article+`"}`); err != nil {
		t.Errorf("a valid payload: %v", err)
	}
}

// Sockets need the same permissions as the pages they belong to.
func TestHostile_socketsRequireThePermissionsOfTheirPages(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor := s.signIn(t, ada)
	draft := editor.Submit(editor.Get("/desk/articles/new"), "#article-form", map[string]string{"title": "Not yet", "body": "Words."})
	id := strings.Split(draft.Path, "/")[3]
	visitor := s.socket(t, apptest.NewClient(t, s.URL))
	reader := s.socket(t, s.signIn(t, grace))

	for name, err := range map[string]error{
		"a visitor subscribes to a draft's readers":         visitor.Subscribe("blog.article." + id + ".readers"),
		"a reader subscribes to a draft's readers":          reader.Subscribe("blog.article." + id + ".readers"),
		"a visitor reports reading a draft":                 visitor.EmitJSON("blog.article.reading", `{"articleId":"`+id+`"}`),
		"a reader reports reading a draft":                  reader.EmitJSON("blog.article.reading", `{"articleId":"`+id+`"}`),
		"a reader subscribes to the desk":                   reader.Subscribe("blog.desk"),
		"a reader subscribes to the desk's editors":         reader.Subscribe("blog.desk.editors"),
		"a reader reports working at the desk":              reader.EmitJSON("blog.desk.working", `{}`),
		"a reader subscribes to an administrators' channel": reader.Subscribe("connections.stats"),
		"a visitor publishes":                               visitor.EmitJSON("blog.article.feed", `{}`),
	} {
		if err == nil {
			t.Errorf("%s: want a rejection", name)
		}
	}
}

func publishedArticle(t *testing.T, s *site) (id string) {
	t.Helper()
	query(t, s, func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), `select id::text from blog_articles where state = 'published' limit 1`).Scan(&id)
	})
	return id
}
