package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// visitor returns a client for sequential requests from one address, which reuses
// connections.
func visitor() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{},
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// pages are the results of a visitor's front-page requests.
type pages struct {
	took   []time.Duration // sorted
	failed int
}

func (p pages) quantile(q float64) time.Duration {
	if len(p.took) == 0 {
		return 0
	}
	return p.took[min(int(q*float64(len(p.took))), len(p.took)-1)]
}

// keepReading requests the front page on one new connection after the other until
// the time is over.
func keepReading(ctx context.Context, address string) (p pages) {
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for ctx.Err() == nil {
		client := visitor()
		started := time.Now()
		status, err := send(context.WithoutCancel(ctx), client, http.MethodGet, address+"/", "192.0.2.1", nil)
		client.CloseIdleConnections()
		if err != nil || status != http.StatusOK {
			p.failed++
		} else {
			p.took = append(p.took, time.Since(started))
		}
		<-pace.C
	}
	slices.Sort(p.took)
	return p
}

// signIns are those of a user with the right password.
type signIns struct{ tried, worked int }

// keepSigningIn signs in three times: more would reach the limit on attempts.
func keepSigningIn(ctx context.Context, address string) (s signIns) {
	client := visitor()
	defer client.CloseIdleConnections()
	form := url.Values{"email": {"grace@example.com"}, "password": {"pergola-dev"}}
	for range 3 {
		s.tried++
		if status, err := send(context.WithoutCancel(ctx), client, http.MethodPost, address+"/sign-in", "192.0.2.2", form); err == nil && status == http.StatusSeeOther {
			s.worked++
		}
	}
	return s
}

// send sends a request from an address and reads the complete response.
func send(ctx context.Context, client *http.Client, method, target, from string, form url.Values) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	request.Header.Set(addressHeader, from)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, fmt.Errorf("read %s: %w", target, err)
	}
	return response.StatusCode, nil
}
