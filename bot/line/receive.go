package line

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"plaza/message"
)

// MaxBody is the largest webhook body that is read, in bytes. LINE publishes no
// limit; the largest body it sends, with a hundred events, is a third of it.
const MaxBody = 256 << 10

// signatureHeader in the canonical form of net/http. LINE's documents write it
// in lower case and say that it may change.
const signatureHeader = "X-Line-Signature"

// Receive verifies and decodes one webhook call. The signature is checked on
// the body as it came, before anything of it is read. The Inbound have no
// Account yet; the caller knows it. Errors are the faults of this package.
func (c *Channel) Receive(credentials []byte, r message.Request) (message.Received, error) {
	a, err := c.accounts.decode(credentials)
	switch {
	case err != nil:
		return message.Received{}, err
	case r.Method != http.MethodPost:
		return message.Received{}, ErrMethod
	case len(r.Body) > MaxBody:
		return message.Received{}, ErrTooLarge
	case !signed(a.Secret, r.Header[signatureHeader], r.Body):
		return message.Received{}, ErrSignature
	}
	if r.At.IsZero() {
		r.At = c.now()
	}
	events, destination, err := readEvents(r.Body)
	if err != nil {
		return message.Received{}, err
	}
	// LINE checks that the address works by a call without events.
	inbound := make([]message.Inbound, 0, len(events))
	for i := range events {
		if in, ok := events[i].inbound(destination, r.At); ok {
			c.reads.learn(in.User, events[i].readToken())
			inbound = append(inbound, in)
		}
	}
	return message.Received{Inbound: inbound}, nil
}

// signed says whether the header holds the body's HMAC-SHA256 under the channel
// secret, in base64 (platform document: "Verify webhook signature").
func signed(secret string, header []string, body []byte) bool {
	if len(header) != 1 {
		return false
	}
	given, err := base64.StdEncoding.DecodeString(header[0])
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

// Render answers a webhook call. LINE reads nothing of the answer but its
// status, so the whole answer is left over: it goes by the reply token.
func (c *Channel) Render(_ []byte, _ message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error) {
	return message.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8"}, answer, nil
}
