package wechat

import (
	"mime"
	"strings"

	"plaza/message"
)

// Receive verifies and decodes one webhook call: the server verification (GET)
// or a push (POST) in plain, compatible or safe mode. In compatible mode only
// what is encrypted counts, because only that is covered by a signature. The
// Inbound has no Account yet; the caller knows it. Errors are the faults of
// this package.
func (c *Channel) Receive(credentials []byte, r message.Request) (message.Received, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.Received{}, err
	}
	if r.At.IsZero() {
		r.At = c.now()
	}
	switch r.Method {
	case "GET":
		return c.verify(a, r)
	case "POST":
		return c.receive(a, r)
	}
	return message.Received{}, ErrMethod
}

// verify answers the call that WeChat makes when the address is entered in its
// settings. It is never encrypted, whatever the mode.
func (c *Channel) verify(a *account, r message.Request) (message.Received, error) {
	if err := c.checkPlain(a, r); err != nil {
		return message.Received{}, err
	}
	echo := r.Query.Get("echostr")
	if echo == "" {
		return message.Received{}, ErrMalformed
	}
	return message.Received{Echo: echo}, nil
}

func (c *Channel) checkPlain(a *account, r message.Request) error {
	timestamp := r.Query.Get("timestamp")
	if !signed(r.Query.Get("signature"), a.Token, timestamp, r.Query.Get("nonce"), "") {
		return ErrSignature
	}
	if !fresh(timestamp, r.At, c.window) {
		return untimely(timestamp, r.At)
	}
	return nil
}

func (c *Channel) receive(a *account, r message.Request) (message.Received, error) {
	if len(r.Body) > MaxBody {
		return message.Received{}, ErrTooLarge
	}
	if err := checkCharset(r.Header["Content-Type"]); err != nil {
		return message.Received{}, err
	}
	p := &push{account: a}
	document := ""
	var err error
	if r.Query.Get("encrypt_type") == "aes" {
		document, err = c.open(a, r, p)
	} else {
		document, err = string(r.Body), c.checkPlain(a, r)
		if err == nil && len(a.keys) > 0 {
			err = ErrNotEncrypted
		}
	}
	if err != nil {
		return message.Received{}, err
	}
	var space [24]field
	fields, err := readXML(document, space[:0])
	if err == nil {
		err = decode(fields, r.At, p)
	}
	if err != nil {
		return message.Received{}, err
	}
	return message.Received{Inbound: p.inbound[:], Context: p}, nil
}

// open verifies and decrypts a push in compatible or safe mode.
func (c *Channel) open(a *account, r message.Request, p *push) (string, error) {
	if len(a.keys) == 0 {
		return "", ErrNoKey
	}
	var space [24]field
	fields, err := readXML(string(r.Body), space[:0])
	if err != nil {
		return "", err
	}
	encrypted := ""
	for _, f := range fields {
		if f.path == "Encrypt" {
			encrypted = f.value
		}
	}
	timestamp, nonce := r.Query.Get("timestamp"), r.Query.Get("nonce")
	switch {
	case encrypted == "":
		return "", ErrMalformed
	case !signed(r.Query.Get("msg_signature"), a.Token, timestamp, nonce, encrypted):
		return "", ErrSignature
	case r.Query.Has("signature") && !signed(r.Query.Get("signature"), a.Token, timestamp, nonce, ""):
		return "", ErrSignature
	case !fresh(timestamp, r.At, c.window):
		return "", untimely(timestamp, r.At)
	}
	clear, fitted, ok := a.decrypt(encrypted)
	if !ok {
		return "", ErrDecrypt
	}
	p.sealed, p.key = true, fitted
	return string(clear), nil
}

// checkCharset refuses a Content-Type that names another charset. The body
// itself is checked as well; this gives the clearer answer.
func checkCharset(contentType []string) error {
	if len(contentType) == 0 || !strings.Contains(contentType[0], "=") {
		return nil
	}
	_, params, err := mime.ParseMediaType(contentType[0])
	if err != nil {
		return nil // the platform's own header has no say in what we read
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return ErrCharset
	}
	return nil
}
