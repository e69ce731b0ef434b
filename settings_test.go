package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// parse reads settings as the program does, in a folder with a plaza.toml.
func parse(t *testing.T, file string, arguments ...string) (Settings, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if file != "" {
		if err := os.WriteFile("plaza.toml", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var line commands
	var read settingsFile
	parser, err := kong.New(&line, kong.Configuration(read.read, "plaza.toml"))
	if err != nil {
		return Settings{}, err
	}
	_, err = parser.Parse(append(arguments, "version"))
	return line.Settings, err
}

func TestAFlagWinsOverAVariableAndAVariableOverTheFile(t *testing.T) {
	const file = "public_url = \"https://file.example\"\naddr = \":1\"\nlog_level = \"warn\"\n"
	t.Setenv("PLAZA_PUBLIC_URL", "https://variable.example")
	t.Setenv("PLAZA_ADDR", ":2")
	got, err := parse(t, file, "--addr", ":3")
	if err != nil {
		t.Fatal(err)
	}
	if got.Addr != ":3" || got.PublicURL != "https://variable.example" || got.LogLevel != "warn" {
		t.Errorf("addr %s, public URL %s, log level %s", got.Addr, got.PublicURL, got.LogLevel)
	}
}

func TestABrokenSettingsFileSaysSo(t *testing.T) {
	if _, err := parse(t, "addr = ["); err == nil || !strings.Contains(err.Error(), "plaza.toml") {
		t.Errorf("error %v does not name the file", err)
	}
}

func TestAllWrongSettingsAreNamedAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	const file = "public_url = \"chat.example.com\"\npublik_url = \"https://chat.example.com\"\nlog_level = \"loud\"\n[server]\naddr = \":1\"\n"
	if err := os.WriteFile("plaza.toml", []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(t.Context(), []string{"version", "--addr", "nonsense", "--log-format", "xml", "--trusted-proxies", "10.0.0.1,proxy",
		"--wechat-api", "ftp://x", "--line-api", "line.me", "--telegram-api", "x", "--mongodb-uri", "localhost:27017",
		"--master-key", "short", "--balance-most", "lots", "--push-contact", "me"}, new(bytes.Buffer))
	if err == nil {
		t.Fatal("wrong settings were taken")
	}
	for _, part := range []string{`"publik_url"`, `"server"`, "public-url: ", "log-level: ", "log-format: ", `addr: "nonsense"`, `trusted-proxies: "proxy"`,
		"wechat-api: ", "line-api: ", "telegram-api: ", "mongodb-uri: ", "master-key: ", "balance-most: ", "push-contact: "} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
	if strings.Contains(err.Error(), "short") || strings.Contains(err.Error(), "10.0.0.1") {
		t.Errorf("%q tells a secret, or finds fault with what is right", err)
	}
}

func TestEverySettingMayStandInTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	const file = "addr = \"127.0.0.1:http\"\nlog_level = \"warn\"\nmongodb_uri = \"\"\nprivate_callbacks = true\ntrusted_proxies = \"10.0.0.0/8,::1\"\n"
	if err := os.WriteFile("plaza.toml", []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"version"}, new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
}

func TestThePublicAddressIsAHostAndNothingElse(t *testing.T) {
	for _, wrong := range []string{"https://example.com/plaza", "https://example.com?x=1", "https://me:secret@example.com"} {
		if mistakes := (&Settings{PublicURL: wrong}).checkAddresses(); len(mistakes) == 0 {
			t.Errorf("%s is taken: every link would be wrong", wrong)
		}
	}
	if mistakes := (&Settings{PublicURL: "https://example.com/"}).checkAddresses(); len(mistakes) > 0 {
		t.Error(mistakes)
	}
}

func TestThePublicAddressFollowsTheListener(t *testing.T) {
	for addr, want := range map[string]string{":8080": "http://localhost:8080", "127.0.0.1:90": "http://127.0.0.1:90"} {
		if got := (&Settings{Addr: addr}).publicURL(); got != want {
			t.Errorf("%s is reached at %s, want %s", addr, got, want)
		}
	}
	if got := (&Settings{PublicURL: "https://a.example/"}).publicURL(); got != "https://a.example" {
		t.Errorf("public URL %s keeps its slash", got)
	}
}

func TestTheVersionIsPrinted(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, &out); err != nil || out.String() != "plaza dev\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
