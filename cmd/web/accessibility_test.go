package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	"example.com/pergola/web"
)

var screenshots = flag.String("screenshots", "", "write a screenshot of every page, in every look, to this folder")

func TestPages_areAccessibleAndFit(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	s.wantAccessible(t, s.tour(t))
}

// wantAccessible checks every page of a tour on a phone and on a desktop, in
// light and in dark: axe-core finds no violation, and no page scrolls sideways,
// even in a narrow window.
func (s *site) wantAccessible(t *testing.T, tour []round) {
	t.Helper()
	axe, err := os.ReadFile("../../web/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("run ./task test, or once: cd web && npm ci (%v)", err)
	}
	s.walk(t, tour, func(window *browsertest.Window, at stop, look look) {
		if !browsertest.Eval[bool](window, `"axe" in window`) {
			browsertest.Eval[bool](window, string(axe)+"; true")
		}
		for _, violation := range browsertest.Eval[[]string](window, findViolations) {
			t.Errorf("%s, %s: %s", at.path, look, violation)
		}
		if look.suffix == "" {
			browsertest.Eval[bool](window, lengthenName)
			for _, width := range []int{320, 390, 768, 1024} {
				window.Resize(width, look.height)
				for _, wide := range browsertest.Eval[[]string](window, findOverflow) {
					t.Errorf("%s is wider than %d pixels: %s", at.path, width, wide)
				}
			}
			window.Resize(look.width, look.height)
		}
		if *screenshots != "" {
			window.Screenshot(*screenshots + "/" + at.name + look.suffix + ".png")
		}
	})
}

// lengthenName gives the site the longest name that a project can have.
const lengthenName = `(document.querySelectorAll("header a[href='/'] span").forEach((name) => name.textContent = "Wonderful ".repeat(4)), true)`

const findViolations = `axe.run(document, {resultTypes: ["violations"]}).then((results) => results.violations.flatMap((violation) =>
	violation.nodes.map((node) => violation.id + ": " + violation.help + "\n\t" + node.html.slice(0, 300) + "\n\t" + node.failureSummary)))`

// findOverflow lists the elements that make the page scroll sideways.
const findOverflow = `(() => {
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= innerWidth) {
		return [];
	}
	const wide = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > width + 1);
	return wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 200)).concat(wide.length === 0 ? ["the page"] : []);
})()`

func TestPages_describeThemselves(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.wantDescribed(t, s.tour(t))
}

// wantDescribed checks that every page of a tour has a unique title, a
// description, and metadata for link previews and search engines.
func (s *site) wantDescribed(t *testing.T, tour []round) {
	t.Helper()
	titles := map[string]string{}
	for _, round := range tour {
		client := apptest.NewClient(t, s.URL)
		if round.who != "" {
			client = s.signIn(t, round.who)
		}
		for _, at := range round.stops {
			page := client.Get(at.path)
			title := page.Find("head > title").Text()
			if other, taken := titles[title]; taken && page.Status == 200 && other != strings.Split(at.path, "?")[0] {
				t.Errorf("%s and %s are both %q", at.path, other, title)
			}
			if page.Status == 200 {
				titles[title] = strings.Split(at.path, "?")[0]
			}
			if !strings.Contains(title, "Pergola") || page.Find("h1").Length() < 1 || page.Find("html[lang]").Length() != 1 {
				t.Errorf("%s: title %q, headings %q", at.path, title, page.Find("h1").Text())
			}
			description := page.Find("head > meta[name=description]")
			if text := description.AttrOr("content", ""); description.Length() != 1 || text == "" || page.Status == 200 && text == web.SiteDescription {
				t.Errorf("%s: description = %q, want one for this page", at.path, text)
			}
			if page.Status == 200 {
				wantPreview(t, at.path, page)
			}
		}
	}
}

func wantPreview(t *testing.T, path string, page apptest.Page) {
	t.Helper()
	for _, selector := range []string{
		"link[rel=canonical]", `meta[property="og:site_name"]`, `meta[property="og:type"]`, `meta[property="og:title"]`,
		`meta[property="og:description"]`, `meta[property="og:url"]`, `meta[property="og:image"]`, `meta[name="twitter:card"]`,
	} {
		found := page.Find("head > " + selector)
		if found.Length() != 1 || found.AttrOr("content", found.AttrOr("href", "")) == "" {
			t.Errorf("%s has %d of %s", path, found.Length(), selector)
		}
	}
	for _, selector := range []string{`meta[property="og:url"]`, `meta[property="og:image"]`} {
		if address := page.Find(selector).AttrOr("content", ""); !strings.HasPrefix(address, "http://") {
			t.Errorf("%s: %s is %q, want an absolute URL", path, selector, address)
		}
	}
}
