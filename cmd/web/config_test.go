package main

import (
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/app"
	"example.com/pergola/core/mail"
)

func environmentOf(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

var productionEnv = map[string]string{
	"DATABASE_URL": "postgres://app:secret@db.internal/app",
	"BASE_URL":     "https://example.com",
	"SMTP_URL":     "smtp://app:secret@mail.internal:2525",
	"MAIL_FROM":    "Pergola <hello@example.com>",
}

func TestLoadConfig_defaultsToProduction(t *testing.T) {
	t.Parallel()

	config, err := loadConfig(environmentOf(productionEnv))

	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Addr:             ":8080",
		BaseURL:          "https://example.com",
		DatabaseURL:      "postgres://app:secret@db.internal/app",
		DatabaseMaxConns: 16,
		TimeZone:         "UTC",
		SessionLifetime:  30 * 24 * time.Hour,
		DrainDelay:       5 * time.Second,
		ShutdownTimeout:  20 * time.Second,
		LogLevel:         slog.LevelInfo,
		LogFormat:        app.LogJSON,
		SMTP: mail.SMTPOptions{
			Host: "mail.internal", Port: 2525, Username: "app", Password: "secret", TLS: mail.StartTLS, From: "Pergola <hello@example.com>",
		},
	}
	want.packageConfig = config.packageConfig // tested with the packages
	if config != want {
		t.Errorf("config = %+v\nwant     %+v", config, want)
	}
	if !config.https() {
		t.Error("cookies would not be secure")
	}
}

func TestLoadConfig_developmentNeedsOnlyADatabase(t *testing.T) {
	t.Parallel()

	config, err := loadConfig(environmentOf(map[string]string{
		"APP_ENV": "development", "PORT": "9000", "DATABASE_URL": "postgres://localhost/app",
	}))

	if err != nil {
		t.Fatal(err)
	}
	if !config.MigrateAtStart || config.BaseURL != "http://localhost:9000" || config.LogFormat != app.LogText {
		t.Errorf("config = %+v", config)
	}
}

func TestLoadConfig_reportsAllErrorsAtOnce(t *testing.T) {
	t.Parallel()

	_, err := loadConfig(environmentOf(map[string]string{
		"APP_ENV": "staging", "PORT": "99999", "BASE_URL": "example.com/path",
		"DATABASE_URL": "mysql://root:hunter2@db/app", "DATABASE_MAX_CONNS": "lots", "MIGRATE": "yes",
		"TIME_ZONE": "Europe/Atlantis", "SESSION_COOKIE": "__Host-x", "SESSION_LIFETIME": "forever", "SHUTDOWN_TIMEOUT": "-1s", "DRAIN_DELAY": "-1s", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml",
	}))

	if err == nil {
		t.Fatal("an invalid configuration was accepted")
	}
	for _, name := range []string{
		"APP_ENV", "PORT", "BASE_URL", "DATABASE_URL", "DATABASE_MAX_CONNS", "MIGRATE",
		"TIME_ZONE", "SESSION_COOKIE", "SESSION_LIFETIME", "SHUTDOWN_TIMEOUT", "DRAIN_DELAY", "LOG_LEVEL", "LOG_FORMAT",
	} {
		if !strings.Contains(err.Error(), "  "+name+"=") {
			t.Errorf("the message does not name %s:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the message shows a password:\n%v", err)
	}
}

func TestLoadConfig_limitsConnections(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url, variable string
		want          int // 0 for an error
	}{
		{"postgres://db/app", "", 16},
		{"postgres://db/app?pool_max_conns=9", "", 9},
		{"postgres://db/app?pool_max_conns=9", "8", 8},
		{"postgres://pool_max_conns=9:secret@db/app", "", 16},
		{"postgres://db/app?pool_max_conns=6", "", 0},
		{"postgres://db/app?pool_max_conns=lots", "8", 0},
	} {
		values := maps.Clone(productionEnv)
		values["DATABASE_URL"], values["DATABASE_MAX_CONNS"] = test.url, test.variable

		config, err := loadConfig(environmentOf(values))

		if test.want == 0 && (err == nil || !strings.Contains(err.Error(), "pool_max_conns")) {
			t.Errorf("%s: got the error %v, want one about pool_max_conns", test.url, err)
		}
		if test.want != 0 && (err != nil || config.DatabaseMaxConns != test.want) {
			t.Errorf("%s, DATABASE_MAX_CONNS=%q: got %d and the error %v, want %d", test.url, test.variable, config.DatabaseMaxConns, err, test.want)
		}
	}
}

func TestLoadConfig_requiresADatabase(t *testing.T) {
	t.Parallel()
	_, err := loadConfig(environmentOf(map[string]string{"BASE_URL": "https://example.com"}))
	if err == nil || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("error = %v, want one about DATABASE_URL", err)
	}
}

// .env.example documents exactly the variables that the application reads.
func TestEnvExample_namesEveryVariable(t *testing.T) {
	t.Parallel()
	reference, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, match := range regexp.MustCompile(`(?m)^#? ?([A-Z_]+)=`).FindAllStringSubmatch(string(reference), -1) {
		if !strings.HasPrefix(match[1], "OTEL_") {
			documented = append(documented, match[1])
		}
	}

	var read []string
	_, _ = loadConfig(func(name string) string {
		if !slices.Contains(read, name) {
			read = append(read, name)
		}
		return ""
	})

	slices.Sort(documented)
	slices.Sort(read)
	if !slices.Equal(slices.Compact(documented), read) {
		t.Errorf(".env.example documents   %v\nthe application reads    %v", documented, read)
	}
}

func TestLoadConfig_productionRequiresAMailServer(t *testing.T) {
	t.Parallel()
	with := func(url, from string) func(string) string {
		values := maps.Clone(productionEnv)
		values["SMTP_URL"], values["MAIL_FROM"] = url, from
		return environmentOf(values)
	}

	if config, err := loadConfig(with("off", "")); err != nil || !config.MailOff || config.SMTP.Host != "" {
		t.Errorf("off: got %+v and %v, want no mail", config, err)
	}
	for url, want := range map[string]string{
		"":                              `SMTP_URL="": must be the mail server`,
		"https://mail.example.com":      "scheme https://: must be smtp:// or smtps://",
		"smtp://a:hunter2@host?tls=off": "a password requires TLS",
		"smtp://a:hunter2%zz@host":      "percent-encoded",
	} {
		_, err := loadConfig(with(url, "hello@example.com"))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("SMTP_URL=%q: got %v, want a line with %q and no password", url, err, want)
		}
	}
	for _, from := range []string{"", "Pergola", "Pergola <hello>", "a@example.com\nBcc: b@example.com"} {
		if _, err := loadConfig(with("smtp://mail.example.com", from)); err == nil || !strings.Contains(err.Error(), "MAIL_FROM=") {
			t.Errorf("MAIL_FROM=%q: got %v, want a line about it", from, err)
		}
	}
}
