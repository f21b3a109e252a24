package browsertest

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// shared is the Chromium of the test binary. To start one takes as much CPU time as
// a short browser test, and the tests of cmd/web open about 60 windows.
var shared browser

// browser is a Chromium that runs while there are windows.
type browser struct {
	mu      sync.Mutex
	windows int
	ctx     context.Context
	stop    func()
}

// acquire returns the context of a running Chromium, which it starts if necessary.
// The caller must release it.
func (b *browser) acquire(t testing.TB) (context.Context, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.windows == 0 {
		if err := b.start(chromium(t)); err != nil {
			return nil, err
		}
	}
	b.windows++
	return b.ctx, nil
}

func (b *browser) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.windows--; b.windows == 0 {
		b.stop()
	}
}

func (b *browser) start(path string) error {
	profile, err := os.MkdirTemp("", "browsertest")
	if err != nil {
		return err
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(),
		append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
			chromedp.ExecPath(path),
			chromedp.UserDataDir(profile),
			chromedp.NoSandbox,
			chromedp.WindowSize(1280, 900),
			chromedp.Flag("disable-gpu", true),
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true),
		)...)
	ctx, stopBrowser := chromedp.NewContext(allocator)
	b.ctx, b.stop = ctx, func() {
		_ = chromedp.Cancel(ctx)
		stopBrowser()
		stopAllocator()
		_ = os.RemoveAll(profile)
	}
	if err := chromedp.Do(ctx); err != nil {
		b.stop()
		return err
	}
	return nil
}
