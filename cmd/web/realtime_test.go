package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestLoadConfig_defaultsToOneProcess(t *testing.T) {
	t.Parallel()

	config, err := loadConfig(environmentOf(productionEnv))

	if want := (realtimeConfig{Backplane: BackplaneNone}); err != nil || config.realtimeConfig != want {
		t.Errorf("config = %+v, %v; want %+v", config.realtimeConfig, err, want)
	}
}

func TestReadyz_failsWithoutABackplaneWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	for needed, want := range map[bool]int{false: http.StatusOK, true: http.StatusServiceUnavailable} {
		s := startSite(t, func(c *Config) {
			c.Backplane, c.RedisURL, c.NeedsBackplane = BackplaneRedis, "redis://127.0.0.1:1", needed
		})

		if got := s.ask(t, nil, http.MethodGet, "/readyz", ""); got.Status != want {
			t.Errorf("BACKPLANE_READINESS=%v: status %d, want %d", needed, got.Status, want)
		}
	}
}

func TestLoadConfig_redisRequiresAURL(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{
		"": false, "cache.internal:6379": false, "http://user:hunter2@cache": false,
		"redis://cache.internal:6379": true, "rediss://user:hunter2@cache.internal/1": true,
	} {
		_, err := loadConfig(environmentOf(map[string]string{
			"DATABASE_URL": "postgres://db/app", "BASE_URL": "https://example.com", "SMTP_URL": "off", "BACKPLANE": "redis", "REDIS_URL": address,
		}))
		if (err == nil) != allowed || err != nil && (!strings.Contains(err.Error(), "REDIS_URL") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("REDIS_URL=%s: %v", address, err)
		}
	}
}

func TestLoadConfig_validatesTheMetricsAddress(t *testing.T) {
	t.Parallel()
	for addr, allowed := range map[string]bool{"": true, ":9090": true, "127.0.0.1:9090": true, "9090": false, "localhost": false, ":http": false} {
		config, err := loadConfig(environmentOf(map[string]string{"DATABASE_URL": "postgres://db/app", "BASE_URL": "https://example.com", "SMTP_URL": "off", "METRICS_ADDR": addr}))
		if (err == nil) != allowed || allowed && config.MetricsAddr != addr {
			t.Errorf("METRICS_ADDR=%s: %q, %v", addr, config.MetricsAddr, err)
		}
	}
}

func TestWork_requiresABackplane(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": "postgres://localhost/none", "BASE_URL": "http://localhost", "SMTP_URL": "off"}

	code, _, stderr := runCommand(t, env, "work")
	if code != 1 || !strings.Contains(stderr, "BACKPLANE") {
		t.Errorf("web work without a backplane: code %d, %q", code, stderr)
	}

	env["WORKERS"] = "off"
	code, _, stderr = runCommand(t, env)
	if code != 1 || !strings.Contains(stderr, "BACKPLANE") {
		t.Errorf("web with WORKERS=off and no backplane: code %d, %q", code, stderr)
	}
}

// The browser's TypeScript types match the Go descriptors.
func TestDescribe_typeScriptIsUpToDate(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile("../../web/src/channels.gen.ts")
	if err != nil {
		t.Fatal(err)
	}

	_, stdout, _ := runCommand(t, nil, "describe", "--typescript")

	if stdout != string(committed) {
		t.Error("web/src/channels.gen.ts is stale: run ./task generate")
	}
}

func TestDescribe_asyncAPIIsUpToDate(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile("../../docs/asyncapi.gen.json")
	if err != nil {
		t.Fatal(err)
	}

	_, stdout, _ := runCommand(t, nil, "describe", "--asyncapi")

	if stdout != string(committed) {
		t.Error("docs/asyncapi.gen.json is stale: run ./task generate")
	}
}
