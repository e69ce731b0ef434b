package phones

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secretsFile is beside the demo's database.
const secretsFile = "phones.json"

// secrets are what the fake accounts sign in with. They are drawn and not written
// into the program, because the demo may be reached by others than its user, who
// could otherwise speak in the platforms' names.
type secrets struct {
	WeChatID      string   `json:"wechat_id"`
	WeChatSecret  string   `json:"wechat_secret"`
	WeChatToken   string   `json:"wechat_token"`
	WeChatKey     string   `json:"wechat_key"`
	LINESecret    string   `json:"line_secret"`
	LINELogin     string   `json:"line_login"`
	TelegramToken string   `json:"telegram_token"`
	TelegramLogin string   `json:"telegram_login"`
	KakaoSecret   string   `json:"kakao_secret"`
	KakaoREST     string   `json:"kakao_rest"`
	KakaoAdmin    string   `json:"kakao_admin"`
	WeChatPayKey  string   `json:"wechatpay_key"`
	Pairs         [][]byte `json:"pairs"` // PKCS #1
}

// pairs is how many RSA keys there are: one of the platforms, for all that they
// sign, and one of the merchant.
const pairs = 2

// keepSecrets reads the folder's secrets, or draws them the first time.
func keepSecrets(folder string) (s secrets, err error) {
	path := filepath.Join(folder, secretsFile)
	kept, err := os.ReadFile(path)
	if err == nil {
		if err = json.Unmarshal(kept, &s); err != nil {
			err = fmt.Errorf("phones: %s: %w", path, err)
		} else if len(s.Pairs) != pairs {
			err = fmt.Errorf("phones: %s is of another version: start with --fresh", path)
		}
		return s, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("phones: %w", err)
	}
	if s, err = drawSecrets(); err != nil {
		return s, fmt.Errorf("phones: %w", err)
	}
	encoded, err := json.Marshal(s)
	if err != nil {
		return s, fmt.Errorf("phones: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return s, fmt.Errorf("phones: %w", err)
	}
	if err := os.WriteFile(path, encoded, 0o600); err != nil {
		return s, fmt.Errorf("phones: %w", err)
	}
	return s, nil
}

func drawSecrets() (secrets, error) {
	var keys [][]byte
	for range pairs {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return secrets{}, err
		}
		keys = append(keys, x509.MarshalPKCS1PrivateKey(key))
	}
	return secrets{
		WeChatID: "wx" + digits(8), WeChatSecret: digits(16), WeChatToken: digits(12), WeChatKey: aesKey(),
		LINESecret: digits(16), LINELogin: digits(16), TelegramLogin: digits(16), TelegramToken: "7123456789:" + digits(18),
		KakaoSecret: digits(16), KakaoREST: digits(16), KakaoAdmin: digits(16),
		WeChatPayKey: digits(16), Pairs: keys,
	}, nil
}

// digits draws hexadecimal ones, two a byte.
func digits(bytes int) string {
	drawn := make([]byte, bytes)
	_, _ = rand.Read(drawn) // never fails
	return hex.EncodeToString(drawn)
}

// aesKey draws an EncodingAESKey: 32 bytes in 43 letters, without the sign that
// fills up.
func aesKey() string {
	drawn := make([]byte, 32)
	_, _ = rand.Read(drawn) // never fails
	text := strings.NewReplacer("+", "a", "/", "b").Replace(base64.StdEncoding.EncodeToString(drawn))
	return strings.TrimSuffix(text, "=")
}
