// Package mailbox shows the mail of development: what would have been sent, at
// /dev/mail, with its text, its HTML and its source.
//
// The HTML of a letter is a page of its own, under a policy that lets it do
// nothing but be looked at: no script, no form, nothing from elsewhere, in a
// sandbox with an origin of its own. The pages around it are ordinary pages of
// the application.
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

// Path is where the mailbox is.
const Path = "/dev/mail"

// Manifest brings the pages of a mailbox. A nil mailbox, where mail goes to a
// server or nowhere, has a page that says so.
func Manifest(box *mail.Mailbox, answer *respond.Responder) feature.Manifest {
	p := &pages{box: box, answer: answer}
	return feature.Manifest{Name: "mailbox", Paths: []string{Path}, Routes: p.routes}
}

type pages struct {
	box    *mail.Mailbox
	answer *respond.Responder
}

func (p *pages) routes(r chi.Router) {
	r.Get(Path, p.showLetters)
	if p.box == nil {
		return
	}
	r.Post(Path+"/clear", p.postClear)
	r.Get(Path+"/{letterID}", p.showLetter)
	r.Get(Path+"/{letterID}/html", p.showHTML)
	r.Get(Path+"/{letterID}/source", p.showSource)
}

func (p *pages) showLetters(w http.ResponseWriter, r *http.Request) {
	body := elsewherePage()
	if p.box != nil {
		body = lettersPage(p.box.Emails())
	}
	p.answer.Page(w, r, respond.Page{Title: "Mailbox", Description: "What this application would have sent by mail.", Body: body})
}

func (p *pages) postClear(w http.ResponseWriter, r *http.Request) {
	p.box.Clear()
	p.answer.Redirect(w, r, Path)
}

func (p *pages) showLetter(w http.ResponseWriter, r *http.Request) {
	if letter, ok := p.letter(w, r); ok {
		p.answer.Page(w, r, respond.Page{Title: "Letter: " + letter.Subject, Description: "A letter to " + letter.To + ".", Body: letterPage(letter)})
	}
}

// htmlPolicy lets the HTML of a letter look as it does in a mail program, and
// lead elsewhere when somebody follows a link.
const htmlPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; " +
	"frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"

func (p *pages) showHTML(w http.ResponseWriter, r *http.Request) {
	letter, ok := p.letter(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", htmlPolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	p.answer.Fragment(w, r, http.StatusOK, templ.Raw(letter.HTML))
}

func (p *pages) showSource(w http.ResponseWriter, r *http.Request) {
	letter, ok := p.letter(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(letter.Source)) // an error here is a reader who has gone
}

func (p *pages) letter(w http.ResponseWriter, r *http.Request) (mail.Email, bool) {
	letter, err := p.box.Email(chi.URLParam(r, "letterID"))
	if err != nil {
		p.answer.Error(w, r, err)
		return mail.Email{}, false
	}
	return letter, true
}

func letterHref(letter mail.Email) templ.SafeURL {
	return templ.URL(Path + "/" + url.PathEscape(letter.ID))
}

// headersOf is what stands above the body in the source.
func headersOf(letter mail.Email) string {
	headers, _, _ := strings.Cut(strings.ReplaceAll(letter.Source, "\r\n", "\n"), "\n\n")
	return headers
}

// piece is a part of a text: a link, if it is an address of a page.
type piece struct{ text, href string }

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// linked finds the addresses in a text, so that a link in a letter can be
// followed without its HTML.
func linked(text string) (pieces []piece) {
	at := 0
	for _, found := range address.FindAllStringIndex(text, -1) {
		href := strings.TrimRight(text[found[0]:found[1]], ".,;:!?)")
		pieces = append(pieces, piece{text: text[at:found[0]]}, piece{text: href, href: href})
		at = found[0] + len(href)
	}
	return append(pieces, piece{text: text[at:]})
}
