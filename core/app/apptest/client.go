package apptest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// Client is a browser without JavaScript: it keeps cookies, follows redirects and
// submits forms.
type Client struct {
	t       testing.TB
	baseURL string
	http    *http.Client
}

// NewClient creates a client of the site at baseURL, with these cookies.
func NewClient(t testing.TB, baseURL string, cookies ...*http.Cookie) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{t: t, baseURL: baseURL, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
	jar.SetCookies(c.address("/"), cookies)
	return c
}

// Page is a page as the client sees it.
type Page struct {
	*goquery.Document
	Status int
	Path   string // with the query, after redirects
	Header http.Header
}

// Get requests a page.
func (c *Client) Get(path string) Page {
	c.t.Helper()
	response, err := c.http.Get(c.baseURL + path)
	if err != nil {
		c.t.Fatalf("get %s: %v", path, err)
	}
	return c.read(response)
}

// Post submits a form.
func (c *Client) Post(path string, form url.Values) Page {
	c.t.Helper()
	response, err := c.http.PostForm(c.baseURL+path, form)
	if err != nil {
		c.t.Fatalf("post %s: %v", path, err)
	}
	return c.read(response)
}

// Submit fills in the form that matches the selector on the page and submits it,
// including its other fields.
func (c *Client) Submit(page Page, selector string, values map[string]string) Page {
	c.t.Helper()
	return c.SubmitTo(page, selector, page.Find(selector).AttrOr("action", page.Path), values)
}

// SubmitTo is Submit with another action, like that of a button with formaction.
func (c *Client) SubmitTo(page Page, selector, action string, values map[string]string) Page {
	c.t.Helper()
	form := page.Find(selector).First()
	if form.Length() == 0 {
		c.t.Fatalf("no form matches %s on %s:\n%s", selector, page.Path, page.Find("main").Text())
	}
	fields := formValues(form)
	for name, value := range values {
		fields.Set(name, value)
	}
	return c.Post(action, fields)
}

// Cookies returns the cookies that the client would send.
func (c *Client) Cookies() []*http.Cookie { return c.http.Jar.Cookies(c.address("/")) }

func (c *Client) address(path string) *url.URL {
	c.t.Helper()
	address, err := url.Parse(c.baseURL + path)
	if err != nil {
		c.t.Fatalf("address %s: %v", path, err)
	}
	return address
}

func (c *Client) read(response *http.Response) Page {
	c.t.Helper()
	defer func() { _ = response.Body.Close() }()
	document, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		c.t.Fatalf("read %s: %v", response.Request.URL, err)
	}
	return Page{
		Document: document,
		Status:   response.StatusCode,
		Path:     response.Request.URL.RequestURI(),
		Header:   response.Header,
	}
}

// formValues returns the values that a browser would send for an unchanged form.
func formValues(form *goquery.Selection) url.Values {
	fields := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, field *goquery.Selection) {
		name := field.AttrOr("name", "")
		switch goquery.NodeName(field) {
		case "textarea":
			fields.Add(name, strings.TrimPrefix(field.Text(), "\n"))
		case "select":
			fields.Add(name, field.Find("option[selected]").AttrOr("value", field.Find("option").First().AttrOr("value", "")))
		default:
			if _, checked := field.Attr("checked"); checked || !isChoice(field) {
				fields.Add(name, field.AttrOr("value", ""))
			}
		}
	})
	return fields
}

func isChoice(field *goquery.Selection) bool {
	kind := field.AttrOr("type", "")
	return kind == "checkbox" || kind == "radio"
}
