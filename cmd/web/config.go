package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/pergola/core/app"
	"example.com/pergola/core/mail"
)

// Config is the configuration, read from the environment. .env.example documents
// each variable.
type Config struct {
	Development bool

	Addr           string
	BaseURL        string
	ClientIPHeader string

	DatabaseURL      string
	DatabaseMaxConns int
	MigrateAtStart   bool

	ServeOnly bool // leave events and jobs to other processes

	TimeZone string // of schedules

	SessionCookie   string // its name without __Host-; empty for the default
	SessionLifetime time.Duration
	DrainDelay      time.Duration
	ShutdownTimeout time.Duration

	LogLevel  slog.Level
	LogFormat app.LogFormat

	SMTP    mail.SMTPOptions // the mail server; Host is empty if there is none
	MailOff bool             // no email is sent, and pages hide what needs it

	AssetsDir  string // folder of the built assets; empty for those in the binary
	LiveReload bool   // pages reload after a change

	packageConfig

	offline bool // connect to the database only when it is used, for `web describe`
}

// loadConfig reads the environment. It reports all invalid values at once, one
// line each: the name, the value and what is allowed.
func loadConfig(getenv func(string) string) (Config, error) { return loadConfigFor("", getenv) }

// loadConfigFor also checks the requirements of a command.
func loadConfigFor(command string, getenv func(string) string) (Config, error) {
	env := environment{command: command, getenv: getenv}
	c := Config{
		Development:      env.oneOf("APP_ENV", "production", "development", "production") == "development",
		ClientIPHeader:   getenv("CLIENT_IP_HEADER"),
		DatabaseURL:      getenv("DATABASE_URL"),
		DatabaseMaxConns: env.maxConns(),
		ServeOnly:        env.oneOf("WORKERS", "on", "on", "off") == "off",
		TimeZone:         env.timeZone("TIME_ZONE", "UTC"),
		SessionCookie:    env.cookieName("SESSION_COOKIE"),
		SessionLifetime:  env.duration("SESSION_LIFETIME", 30*24*time.Hour, time.Minute, 365*24*time.Hour),
		ShutdownTimeout:  env.duration("SHUTDOWN_TIMEOUT", 20*time.Second, time.Second, 10*time.Minute),
		LogLevel:         env.level("LOG_LEVEL", slog.LevelInfo),
		AssetsDir:        getenv("ASSETS_DIR"),
		LiveReload:       env.oneOf("LIVE_RELOAD", "off", "on", "off") == "on",
	}
	c.Addr = env.address()
	c.BaseURL = env.baseURL(c.Development)
	c.LogFormat = app.LogFormat(env.oneOf("LOG_FORMAT", string(defaultLogFormat(c.Development)), string(app.LogText), string(app.LogJSON)))
	c.MigrateAtStart = env.oneOf("MIGRATE", defaultMigrate(c.Development), "auto", "off") == "auto"
	c.DrainDelay = env.duration("DRAIN_DELAY", defaultDrainDelay(c.Development), 0, 10*time.Minute)
	c.SMTP, c.MailOff = env.mail(c.Development)
	env.checkDatabase(c)
	c.packageConfig.load(&env)
	return c, env.err()
}

func defaultLogFormat(development bool) app.LogFormat {
	if development {
		return app.LogText
	}
	return app.LogJSON
}

// defaultDrainDelay is none in development, where the program restarts often.
func defaultDrainDelay(development bool) time.Duration {
	if development {
		return 0
	}
	return 5 * time.Second
}

func defaultMigrate(development bool) string {
	if development {
		return "auto"
	}
	return "off"
}

// environment reads variables and collects the invalid ones.
type environment struct {
	command string
	getenv  func(string) string
	bad     []string
}

func (e *environment) err() error {
	if len(e.bad) == 0 {
		return nil
	}
	return errors.New("invalid configuration:\n  " + strings.Join(e.bad, "\n  ") + "\nSee .env.example for all variables.")
}

func (e *environment) reject(name, value, allowed string) {
	e.bad = append(e.bad, fmt.Sprintf("%s=%q: must be %s", name, value, allowed))
}

func (e *environment) oneOf(name, standard string, allowed ...string) string {
	value := e.getenv(name)
	if value == "" {
		return standard
	}
	for _, a := range allowed {
		if value == a {
			return value
		}
	}
	e.reject(name, value, "one of "+strings.Join(allowed, ", "))
	return standard
}

func (e *environment) integer(name string, standard, smallest, largest int) int {
	value := e.getenv(name)
	if value == "" {
		return standard
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < smallest || n > largest {
		e.reject(name, value, fmt.Sprintf("a number from %d to %d", smallest, largest))
		return standard
	}
	return n
}

func (e *environment) duration(name string, standard, shortest, longest time.Duration) time.Duration {
	value := e.getenv(name)
	if value == "" {
		return standard
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < shortest || d > longest {
		e.reject(name, value, fmt.Sprintf("a duration from %v to %v, such as 20s or 720h", shortest, longest))
		return standard
	}
	return d
}

func (e *environment) timeZone(name, standard string) string {
	value := e.getenv(name)
	if value == "" {
		return standard
	}
	if _, err := time.LoadLocation(value); err != nil || value == "Local" {
		e.reject(name, value, "a time zone, such as Europe/Berlin or UTC")
		return standard
	}
	return value
}

func (e *environment) cookieName(name string) string {
	value := e.getenv(name)
	if value != "" && !cookieNameForm.MatchString(value) {
		e.reject(name, value, "the name of a cookie: up to 64 letters, digits, underscores and hyphens, starting with a letter")
	}
	return value
}

var cookieNameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

func (e *environment) level(name string, standard slog.Level) slog.Level {
	value := e.getenv(name)
	if value == "" {
		return standard
	}
	level := standard
	if err := level.UnmarshalText([]byte(value)); err != nil {
		e.reject(name, value, "one of debug, info, warn, error")
	}
	return level
}

// address returns the address to listen on: ADDR, or PORT on all interfaces.
func (e *environment) address() string {
	if addr := e.getenv("ADDR"); addr != "" {
		if i := strings.LastIndex(addr, ":"); i < 0 || !isPort(addr[i+1:]) {
			e.reject("ADDR", addr, "host:port or :port, such as 127.0.0.1:8080")
		}
		return addr
	}
	port := e.getenv("PORT")
	if port == "" {
		return ":8080"
	}
	if !isPort(port) {
		e.reject("PORT", port, "a number from 0 to 65535")
	}
	return ":" + port
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// baseURL returns the public URL. Production must set it: links in feeds and
// the origin check depend on it.
func (e *environment) baseURL(development bool) string {
	value := strings.TrimSuffix(e.getenv("BASE_URL"), "/")
	if value == "" && development {
		return "http://localhost:" + e.port()
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || parsed.Path != "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		e.reject("BASE_URL", value, "the public URL of the application, such as https://example.com")
	}
	return value
}

// mail returns the mail server. Production must set it or turn email off
// explicitly, because a missing mail server would only be noticed when someone
// needs a new password. Development has a mailbox page instead.
func (e *environment) mail(development bool) (options mail.SMTPOptions, off bool) {
	address, from := e.getenv("SMTP_URL"), e.getenv("MAIL_FROM")
	switch {
	case address == "off":
		return mail.SMTPOptions{}, true
	case address == "" && development:
		return mail.SMTPOptions{}, false
	case address == "":
		e.reject("SMTP_URL", "", "the mail server, such as smtp://name:password@mail.example.com:587, or off to disable email and password resets")
		return mail.SMTPOptions{}, false
	}
	options, err := mail.ParseSMTPURL(address)
	if err != nil {
		e.reject("SMTP_URL", "…", "smtp://name:password@host:587 or smtps://…; "+err.Error()+" (the value is not shown: it may hold a password)")
	}
	options.From = from
	if err := mail.CheckFrom(options.From); err != nil {
		e.reject("MAIL_FROM", options.From, "the sender of emails, such as Pergola <hello@example.com>")
	}
	return options, false
}

func (e *environment) port() string {
	if port := e.getenv("PORT"); port != "" {
		return port
	}
	return "8080"
}

// maxConns returns DATABASE_MAX_CONNS, or pool_max_conns of the database's URL,
// which is pgx's own name for it.
func (e *environment) maxConns() int {
	const standard, smallest, largest = 16, connectionsOutsidePool + 2, 1000
	address, err := url.Parse(e.getenv("DATABASE_URL"))
	if err != nil || !address.Query().Has("pool_max_conns") {
		return e.integer("DATABASE_MAX_CONNS", standard, smallest, largest)
	}
	value := address.Query().Get("pool_max_conns")
	n, err := strconv.Atoi(value)
	if err != nil || n < smallest || n > largest {
		e.reject("DATABASE_URL", "…?pool_max_conns="+value, fmt.Sprintf("without pool_max_conns, or with a number from %d to %d", smallest, largest))
	}
	return e.integer("DATABASE_MAX_CONNS", n, smallest, largest)
}

func (e *environment) checkDatabase(c Config) {
	if c.DatabaseURL == "" {
		e.reject("DATABASE_URL", "", "the address of a Postgres database, such as postgres://user:password@host:5432/name (./task dev starts one for you)")
		return
	}
	if !hasScheme(c.DatabaseURL, "postgres", "postgresql") {
		e.reject("DATABASE_URL", "…", "an address that begins with postgres:// (the value is not shown: it may hold a password)")
	}
}

// workers returns the service that handles events or runs jobs, unless this
// process only serves.
func (c Config) workers(services ...app.Service) []app.Service {
	if c.ServeOnly {
		return nil
	}
	return services
}

// optionalAddress returns an address to listen on, or "".
func (e *environment) optionalAddress(name string) string {
	addr := e.getenv(name)
	if i := strings.LastIndex(addr, ":"); addr != "" && (i < 0 || !isPort(addr[i+1:])) {
		e.reject(name, addr, "host:port or :port, such as 127.0.0.1:9090, or empty")
	}
	return addr
}

func hasScheme(address string, schemes ...string) bool {
	parsed, err := url.Parse(address)
	return err == nil && slices.Contains(schemes, parsed.Scheme)
}

// https reports whether browsers use https.
func (c Config) https() bool { return strings.HasPrefix(c.BaseURL, "https://") }
