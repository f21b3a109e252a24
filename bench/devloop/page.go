package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"
)

// page is a browser with one page open.
type page struct {
	ctx  context.Context
	stop []func()
}

func openPage(ctx context.Context, url string) (*page, error) {
	chromium, err := findChromium()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "pergola-devloop-browser-")
	if err != nil {
		return nil, err
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true))...)
	tab, stopTab := chromedp.NewContext(allocator)
	p := &page{ctx: tab, stop: []func(){
		func() { _ = chromedp.Cancel(tab) }, stopTab, stopAllocator, func() { _ = os.RemoveAll(profile) },
	}}
	if err := chromedp.Do(tab, chromedp.Navigate(url)); err != nil {
		p.close()
		return nil, fmt.Errorf("open the page: %w", err)
	}
	return p, p.settle(ctx)
}

func findChromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found: apt-get install chromium, or set CHROMIUM to its path")
}

func (p *page) close() {
	for _, stop := range p.stop {
		stop()
	}
}

// waitFor returns as soon as the expression is true. While the page loads it
// counts as false.
func (p *page) waitFor(ctx context.Context, expression string) error {
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		asking, cancel := context.WithTimeout(p.ctx, 10*time.Second)
		holds, err := chromedp.Run(asking, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && holds {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("timed out after a minute waiting for: %s", expression)
}

// settle leaves time for work after a change (such as the type check), as between
// two saves of a person.
func (p *page) settle(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(1500 * time.Millisecond):
		return p.waitFor(ctx, `document.readyState === "complete"`)
	}
}
