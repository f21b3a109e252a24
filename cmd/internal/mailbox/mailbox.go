// Package mailbox shows the emails of the development server at /dev/mail, each
// with its text, HTML and source. In development they are kept in memory instead
// of being sent.
//
// The HTML of an email is a separate page with a policy that blocks scripts, forms
// and external content, in a sandbox with an opaque origin. The pages around it are
// ordinary pages of the application.
package mailbox

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/respond"
)

// Path is the path of the mailbox.
const Path = "/dev/mail"

// Manifest provides the pages of a mailbox. If box is nil, because email goes to a
// server or is off, the page says so.
func Manifest(box *mail.Mailbox, answer *respond.Responder) feature.Manifest {
	p := &pages{box: box, answer: answer}
	return feature.Manifest{Name: "mailbox", Paths: []string{Path}, Routes: p.routes}
}

type pages struct {
	box    *mail.Mailbox
	answer *respond.Responder
}

func (p *pages) routes(r chi.Router) {
	r.Get(Path, p.showEmails)
	if p.box == nil {
		return
	}
	r.Post(Path+"/clear", p.postClear)
	r.Get(Path+"/{emailID}", p.showEmail)
	r.Get(Path+"/{emailID}/html", p.showHTML)
	r.Get(Path+"/{emailID}/source", p.showSource)
}

func (p *pages) showEmails(w http.ResponseWriter, r *http.Request) {
	body := elsewherePage()
	if p.box != nil {
		body = emailsPage(p.box.Emails())
	}
	p.answer.Page(w, r, respond.Page{Title: "Mailbox", Description: "The emails of the development server.", Body: body})
}

func (p *pages) postClear(w http.ResponseWriter, r *http.Request) {
	p.box.Clear()
	p.answer.Redirect(w, r, Path)
}

func (p *pages) showEmail(w http.ResponseWriter, r *http.Request) {
	if email, ok := p.email(w, r); ok {
		p.answer.Page(w, r, respond.Page{Title: email.Subject, Description: "An email to " + email.To + ".", Body: emailPage(email)})
	}
}

// htmlPolicy lets the HTML of an email look as in an email program, and lets its
// links open in a new window.
const htmlPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; " +
	"frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"

func (p *pages) showHTML(w http.ResponseWriter, r *http.Request) {
	email, ok := p.email(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", htmlPolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	p.answer.Fragment(w, r, http.StatusOK, templ.Raw(email.HTML))
}

func (p *pages) showSource(w http.ResponseWriter, r *http.Request) {
	email, ok := p.email(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(email.Source)) // fails only if the browser has disconnected
}

func (p *pages) email(w http.ResponseWriter, r *http.Request) (mail.Email, bool) {
	email, err := p.box.Email(chi.URLParam(r, "emailID"))
	if err != nil {
		p.answer.Error(w, r, err)
		return mail.Email{}, false
	}
	return email, true
}

func emailHref(email mail.Email) templ.SafeURL {
	return templ.URL(Path + "/" + url.PathEscape(email.ID))
}

// headersOf returns the part of the source above the body.
func headersOf(email mail.Email) string {
	headers, _, _ := strings.Cut(strings.ReplaceAll(email.Source, "\r\n", "\n"), "\n\n")
	return headers
}

// span is a part of a text; href is set if it is a URL.
type span struct{ text, href string }

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// linked splits a text at its URLs, so that a link in an email can be followed
// without its HTML.
func linked(text string) (spans []span) {
	at := 0
	for _, found := range address.FindAllStringIndex(text, -1) {
		href := strings.TrimRight(text[found[0]:found[1]], ".,;:!?)")
		spans = append(spans, span{text: text[at:found[0]]}, span{text: href, href: href})
		at = found[0] + len(href)
	}
	return append(spans, span{text: text[at:]})
}
