package wechat

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"plaza/message"
)

// DefaultScripts is the host of WeChat's script for pages (JS-SDK).
const DefaultScripts = "https://res.wx.qq.com"

// scriptPath names the script's version. WeChat mends it in place, so there is
// no copy of it here.
const scriptPath = "/open/js/jweixin-1.6.0.js"

// Script is the address of WeChat's script for pages.
func (c *Channel) Script() string { return c.script }

// SignPage lets the page at an address use WeChat's script.
func (c *Channel) SignPage(ctx context.Context, credentials []byte, address string) (message.PageSignature, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.PageSignature{}, err
	}
	return c.api.SignPage(ctx, a.Credentials, address)
}

// SignPage signs a page's address, without its fragment (platform document:
// "JS-SDK", appendix 1).
func (a *API) SignPage(ctx context.Context, c Credentials, address string) (message.PageSignature, error) {
	ticket, err := a.ticket(ctx, c)
	if err != nil {
		return message.PageSignature{}, err
	}
	var random [8]byte
	rand.Read(random[:])
	s := message.PageSignature{AppID: c.AppID, Timestamp: a.now().Unix(), Nonce: hex.EncodeToString(random[:])}
	s.Signature = pageSignature(ticket, s.Nonce, s.Timestamp, address)
	return s, nil
}

func pageSignature(ticket, nonce string, timestamp int64, address string) string {
	address, _, _ = strings.Cut(address, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce + "&timestamp=" + strconv.FormatInt(timestamp, 10) + "&url=" + address))
	return hex.EncodeToString(sum[:])
}

// ticket gives the ticket for pages, which all nodes share: it is kept with the
// tokens, under a key of its own.
func (a *API) ticket(ctx context.Context, c Credentials) (string, error) {
	key := "ticket/" + c.tokenKey()
	for {
		kept, err := a.tokens.store.Token(ctx, key)
		if err != nil {
			return "", fmt.Errorf("look up wechat ticket: %w", err)
		}
		if kept.Value != "" && a.now().Before(kept.Until) {
			return kept.Value, nil
		}
		ticket, err := a.tokens.flight.Fetch(ctx, key, callTimeout, func(ctx context.Context) (string, error) {
			return a.fetchTicket(ctx, c, key)
		})
		if err != nil || ticket != "" {
			return ticket, err
		}
		select { // another node fetches it
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(ticketPoll):
		}
	}
}

// ticketPoll is how soon a node looks again for what another one fetches.
const ticketPoll = 50 * time.Millisecond

// fetchTicket asks for a ticket, for all nodes: WeChat counts how often it is
// asked. "" means that another node is at it.
func (a *API) fetchTicket(ctx context.Context, c Credentials, key string) (string, error) {
	if mine, err := a.tokens.store.Lease(ctx, key, a.now().Add(callTimeout)); err != nil || !mine {
		return "", err
	}
	var answer struct {
		Ticket  string `json:"ticket"`
		Expires int64  `json:"expires_in"`
	}
	if err := a.ask(ctx, c, "/cgi-bin/ticket/getticket", url.Values{"type": {"jsapi"}}, &answer); err != nil {
		return "", errors.Join(err, a.tokens.store.Release(ctx, key))
	}
	usable := max(time.Duration(answer.Expires)*time.Second-tokenMargin, time.Minute)
	until := a.now().Add(usable).UTC().Truncate(time.Millisecond)
	return answer.Ticket, a.tokens.store.PutToken(ctx, key, Token{Value: answer.Ticket, Until: until})
}
