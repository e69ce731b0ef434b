package webpush

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Urgency says whether a message is worth waking a phone for (RFC 8030, 5.3).
type Urgency string

// The urgencies that are used here.
const (
	Normal Urgency = "normal" // a chat
	Low    Urgency = "low"    // may wait for a charger or a WLAN
)

// Message is what a browser is told.
type Message struct {
	Content []byte // at most MaxContent bytes
	// TTL is how long the service keeps it for a browser that is away.
	TTL     time.Duration
	Urgency Urgency
	// Topic: of several messages of one topic that wait, the last one stays. At
	// most 32 letters of base64url.
	Topic string
}

// Sender makes requests in the name of one key. It is safe for concurrent use.
type Sender struct {
	key     Key
	contact string

	mu     sync.Mutex
	signed map[string]signature // by the origin of the service
}

// NewSender makes a Sender. Contact is where the people who run a push service
// reach those who run this server: mailto: or https:; it may be empty.
func NewSender(key Key, contact string) *Sender {
	return &Sender{key: key, contact: contact, signed: make(map[string]signature)}
}

// Request makes the request that hands a message to a browser's service.
// Errors: ErrSubscription, ErrContent.
func (s *Sender) Request(ctx context.Context, to Subscription, m Message, at time.Time) (*http.Request, error) {
	endpoint, err := url.Parse(to.Endpoint)
	if err != nil || endpoint.Host == "" {
		return nil, fmt.Errorf("%w: no endpoint", ErrSubscription)
	}
	body, err := encrypt(to, m.Content)
	if err != nil {
		return nil, err
	}
	authorization, err := s.authorization(endpoint.Scheme+"://"+endpoint.Host, at)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	header := request.Header
	header.Set("Authorization", authorization)
	header.Set("Content-Encoding", "aes128gcm")
	header.Set("Content-Type", "application/octet-stream")
	header.Set("TTL", strconv.Itoa(int(m.TTL.Seconds())))
	header.Set("Urgency", string(m.Urgency))
	if m.Topic != "" {
		header.Set("Topic", m.Topic)
	}
	return request, nil
}
