package feature_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
)

func TestClock_nowIsATimeThatPostgresCanStore(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("Berlin", 3600)
	clock := feature.Clock(func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 123456789, berlin) })

	if got, want := clock.Now(), time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC); got != want {
		t.Errorf("Now() = %v, want %v", got, want)
	}
}

func TestClock_nilIsTheRealTime(t *testing.T) {
	t.Parallel()
	before := time.Now().Add(-time.Millisecond)

	if got := feature.Clock(nil).Now(); got.Before(before) || got.After(time.Now()) {
		t.Errorf("Now() = %v, want the current time", got)
	}
}

func TestAcceptDuplicate(t *testing.T) {
	t.Parallel()
	conflict, broken := fault.Conflict.New("Someone else changed this first."), errors.New("broken")
	find := func(_ context.Context, id string) (string, error) {
		if id == "missing" {
			return "", fault.NotFound
		}
		return "stored " + id, nil
	}
	for name, test := range map[string]struct {
		err     error
		id      string
		applied bool
		want    string
		wantErr error
	}{
		"returns what an equal change stored":        {conflict, "a", true, "stored a", nil},
		"keeps the conflict with a different change": {conflict, "a", false, "", conflict},
		"keeps the conflict if nothing is stored":    {conflict, "missing", true, "", conflict},
		"keeps every other error":                    {broken, "a", true, "", broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := feature.AcceptDuplicate(t.Context(), test.err, test.id, find, func(string) bool { return test.applied })

			if got != test.want || err != test.wantErr {
				t.Errorf("got %q, %v; want %q, %v", got, err, test.want, test.wantErr)
			}
		})
	}
}
