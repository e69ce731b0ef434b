package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// SignIn is the platform's side of OpenID Connect: the page that sends people
// back with a code, the call that redeems it, and the keys. It signs by the
// standard's own words (RFC 7515), with nobody's library.
type SignIn struct {
	Issuer           string // what id tokens name
	Client, Secret   string
	Callback         string // the only address that people are sent back to
	Basic            bool   // the client's secret has to come in the header
	Asymmetric       bool   // sign with a key of the platform's instead of the secret
	Authorize, Token string // paths
	Keys             string // path
	Scope            string // that has to be asked for
	Now              func() time.Time
	// Claims are what the id token says of a person besides.
	Claims func(person string) map[string]any
	// Bend changes a token's claims before they are signed; nil: nothing.
	Bend func(claims map[string]any)

	mu    sync.Mutex
	key   *ecdsa.PrivateKey
	codes map[string]*grant
	calls map[string]int
}

type grant struct {
	person, nonce, challenge string
	until                    time.Time
	used                     bool
}

// personCookie says which person's messenger opens a page; a test sets it.
const personCookie = "messenger"

// As makes the cookie by which the platform knows who somebody is.
func As(person string) *http.Cookie { return &http.Cookie{Name: personCookie, Value: person} }

// SendBackTo changes the address that people are sent back to.
func (s *SignIn) SendBackTo(callback string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Callback = callback
}

// Calls says how often a path was asked.
func (s *SignIn) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// Serve answers one of the paths; false: the request is for none of them.
func (s *SignIn) Serve(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls, s.codes = map[string]int{}, map[string]*grant{}
	}
	s.calls[r.URL.Path]++
	switch r.Method + " " + r.URL.Path {
	case "GET " + s.Authorize:
		s.authorize(w, r)
	case "POST " + s.Token:
		s.redeem(w, r)
	case "GET " + s.Keys:
		s.publish(w)
	default:
		return false
	}
	return true
}

func (s *SignIn) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	one := func(name string) string {
		if len(query[name]) != 1 {
			return ""
		}
		return query[name][0]
	}
	person, stranger := r.Cookie(personCookie)
	switch {
	case one("client_id") != s.Client:
		http.Error(w, "invalid client_id", http.StatusBadRequest)
	case one("redirect_uri") != s.Callback:
		http.Error(w, "redirect_uri does not match a registered one", http.StatusBadRequest)
	case one("response_type") != "code" || one("scope") != s.Scope || one("state") == "" || one("nonce") == "":
		http.Error(w, "invalid request", http.StatusBadRequest)
	case one("code_challenge_method") != "S256" || len(one("code_challenge")) != 43:
		http.Error(w, "invalid code_challenge", http.StatusBadRequest)
	case stranger != nil:
		http.Error(w, "sign in first", http.StatusForbidden)
	default:
		back := url.Values{"state": {one("state")}}
		if person.Value == "declines" {
			back.Set("error", "access_denied")
		} else {
			code := rand.Text()
			s.codes[code] = &grant{person: person.Value, nonce: one("nonce"), challenge: one("code_challenge"), until: s.Now().Add(10 * time.Minute)}
			back.Set("code", code)
		}
		http.Redirect(w, r, s.Callback+"?"+back.Encode(), http.StatusFound)
	}
}

func (s *SignIn) redeem(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, reason string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"error":%q}`, reason)
	}
	if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		refuse(http.StatusBadRequest, "invalid_request")
		return
	}
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if s.Basic {
		id, secret, _ = r.BasicAuth()
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	}
	given := s.codes[r.PostForm.Get("code")]
	verified := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case id != s.Client || secret != s.Secret:
		refuse(http.StatusUnauthorized, "invalid_client")
	case r.PostForm.Get("grant_type") != "authorization_code":
		refuse(http.StatusBadRequest, "unsupported_grant_type")
	case given == nil || given.used || !s.Now().Before(given.until) || r.PostForm.Get("redirect_uri") != s.Callback:
		refuse(http.StatusBadRequest, "invalid_grant")
	case base64.RawURLEncoding.EncodeToString(verified[:]) != given.challenge:
		given.used = true
		refuse(http.StatusBadRequest, "invalid_grant")
	default:
		given.used = true
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 2592000,
			"scope": s.Scope, "id_token": s.sign(given)})
	}
}

const keyID = "stand-in-1"

// sign makes the id token.
func (s *SignIn) sign(given *grant) string {
	now := s.Now()
	claims := map[string]any{"iss": s.Issuer, "sub": given.person, "aud": s.Client, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"nonce": given.nonce}
	if s.Claims != nil {
		for name, value := range s.Claims(given.person) {
			claims[name] = value
		}
	}
	if s.Bend != nil {
		s.Bend(claims)
	}
	header := map[string]any{"typ": "JWT", "alg": "HS256"}
	if s.Asymmetric {
		header["alg"], header["kid"] = "ES256", keyID
	}
	part := func(value any) string {
		encoded, err := json.Marshal(value)
		if err != nil {
			panic(err) // strings and numbers
		}
		return base64.RawURLEncoding.EncodeToString(encoded)
	}
	signed := part(header) + "." + part(claims)
	var sum []byte
	if s.Asymmetric {
		digest := sha256.Sum256([]byte(signed))
		r, t, err := ecdsa.Sign(rand.Reader, s.private(), digest[:])
		if err != nil {
			panic(err) // the key is a good one
		}
		sum = append(r.FillBytes(make([]byte, 32)), t.FillBytes(make([]byte, 32))...)
	} else {
		mac := hmac.New(sha256.New, []byte(s.Secret))
		mac.Write([]byte(signed))
		sum = mac.Sum(nil)
	}
	return strings.Join([]string{signed, base64.RawURLEncoding.EncodeToString(sum)}, ".")
}

func (s *SignIn) private() *ecdsa.PrivateKey {
	if s.key == nil {
		made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err) // without randomness nothing works
		}
		s.key = made
	}
	return s.key
}

// publish lists the platform's keys, one of them of a sort that few know:
// Telegram has such a one.
func (s *SignIn) publish(w http.ResponseWriter) {
	raw, err := s.private().PublicKey.Bytes()
	if err != nil {
		panic(err) // the key is a good one
	}
	point := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	odd := point(new(big.Int).SetInt64(7).FillBytes(make([]byte, 32)))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{
		{"kty": "EC", "crv": "secp256k1", "kid": "odd", "alg": "ES256K", "use": "sig", "x": odd, "y": odd},
		{"kty": "EC", "crv": "P-256", "kid": keyID, "alg": "ES256", "use": "sig", "x": point(raw[1:33]), "y": point(raw[33:])}}})
}
