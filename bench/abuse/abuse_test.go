package main

import (
	"context"
	"testing"
	"time"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/migrations"
)

// A short version of the benchmark, without figures: they would be meaningless on
// a machine that is also doing other things.
func TestAbuse_leavesTheSiteUsable(t *testing.T) {
	t.Parallel()
	plan := plan{connections: 2000, attempts: 200, duration: 2 * time.Second}
	if testing.Short() {
		plan.connections = 200
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	web, err := startWeb(ctx, t.TempDir(), databasetest.URL(t, databasetest.New(t, migrations.FS)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(web.Stop)

	rows, err := plan.carryOut(ctx, web)
	if err != nil {
		t.Fatal(err)
	}

	for _, row := range rows {
		t.Logf("%s: %d pages, p95 %v, sign-ins %d of %d, attempts %s, %.0f MB", row.name,
			len(row.pages.took), row.pages.quantile(0.95), row.signIns.worked, row.signIns.tried, row.attempts, row.residentMB)
		if row.pages.failed > 0 || row.pages.quantile(0.95) > 20*time.Second {
			t.Errorf("%s: %d front pages failed, p95 %v", row.name, row.pages.failed, row.pages.quantile(0.95))
		}
		if row.attempts.other > 0 {
			t.Errorf("%s: %d attempts got a response other than wrong, too many, or busy", row.name, row.attempts.other)
		}
		if row.residentMB > 1500 {
			t.Errorf("%s: the program uses %.0f MB", row.name, row.residentMB)
		}
	}
	oneAddress, last := rows[2], rows[len(rows)-1]
	if guessed := oneAddress.attempts.wrong + oneAddress.attempts.busy; oneAddress.attempts.tooMany == 0 || guessed > 40 {
		t.Errorf("one address: attempts %s: the limit does not hold", oneAddress.attempts)
	}
	if last.signIns.worked == 0 {
		t.Error("signing in fails after the attack")
	}
}
