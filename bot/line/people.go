package line

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"plaza/message"
)

// Introduce asks LINE who somebody is. People who have not agreed to LINE's
// privacy policy have no language; those who blocked the account are unknown,
// which is no error.
func (c *Channel) Introduce(ctx context.Context, credentials []byte, in message.Inbound) (name, language string, err error) {
	a, err := c.accounts.decode(credentials)
	if err != nil || !validID(in.User) || in.User[0] != 'U' {
		return "", "", err
	}
	var profile *messaging_api.UserProfileResponse
	err = c.api.call(ctx, a, "/v2/bot/profile", func(client *messaging_api.MessagingApiAPI) (response *http.Response, err error) {
		response, profile, err = client.GetProfileWithHttpInfo(in.User)
		return response, err
	})
	refused, ok := errors.AsType[*Error](err)
	if ok && refused.Status == http.StatusNotFound || err == nil && profile == nil {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	return profile.DisplayName, profile.Language, nil
}

// readTokens remembers by which token a person's last message is marked as read.
// It is a courtesy, so they are kept in memory only, and bounded.
type readTokens struct {
	mu    sync.Mutex
	known map[string]string
}

const maxReadTokens = 10_000

func (r *readTokens) learn(user, token string) {
	if token == "" || len(token) > maxToken {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= maxReadTokens {
		r.known = make(map[string]string)
	}
	r.known[user] = token
}

func (r *readTokens) take(user string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	token := r.known[user]
	delete(r.known, user)
	return token
}

// typingSeconds is how long the dots are shown unless a message comes: LINE has
// no call that ends them.
const typingSeconds = 20

// Signal shows the loading animation, or marks what the person wrote as read,
// where this process has seen it and the account's chats are on.
func (c *Channel) Signal(ctx context.Context, credentials []byte, to message.Person, signal message.Signal) error {
	a, err := c.accounts.decode(credentials)
	if err != nil || !validID(to.User) {
		return err
	}
	switch signal {
	case message.TypingOn:
		return c.api.call(ctx, a, "/v2/bot/chat/loading/start", func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
			response, _, err := client.ShowLoadingAnimationWithHttpInfo(
				&messaging_api.ShowLoadingAnimationRequest{ChatId: to.User, LoadingSeconds: typingSeconds})
			return response, err
		})
	case message.ReadMark:
		token := c.reads.take(to.User)
		if token == "" {
			return nil
		}
		return c.api.post(ctx, a, "/v2/bot/chat/markAsRead", map[string]string{"markAsReadToken": token})
	}
	return nil
}

// errContent is what LINE does not keep any more, or never gave out.
var errContent = errors.New("line: the content is gone, or LINE could not prepare it")

// Fetch gives what a person has sent. LINE keeps it for a while only, and
// prepares long recordings first.
func (c *Channel) Fetch(ctx context.Context, credentials []byte, in message.Inbound) (message.File, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.File{}, err
	}
	if !number(in.MediaID) {
		return message.File{}, fmt.Errorf("%w: no id", errContent)
	}
	client, err := c.api.contents(ctx, a)
	if err != nil {
		return message.File{}, err
	}
	if in.Kind == message.VideoIn || in.Kind == message.VoiceIn {
		if err := prepared(client, in.MediaID); err != nil {
			return message.File{}, err
		}
	}
	const path = "/v2/bot/message/content"
	response, _, err := client.GetMessageContentWithHttpInfo(in.MediaID)
	if err := outcome(path, response, err); err != nil {
		return message.File{}, err
	}
	if response.StatusCode != http.StatusOK { // 202: not ready
		_ = response.Body.Close()
		return message.File{}, ErrBusy
	}
	return message.File{Content: response.Body, Name: in.FileName, Type: response.Header.Get("Content-Type"), Size: response.ContentLength}, nil
}

// prepared says whether LINE has a recording ready; ErrBusy if not yet.
func prepared(client *messaging_api.MessagingApiBlobAPI, id string) error {
	response, transcoding, err := client.GetMessageContentTranscodingByMessageIdWithHttpInfo(id)
	if err := outcome("/v2/bot/message/content/transcoding", response, err); err != nil {
		return err
	}
	if transcoding == nil {
		return errContent
	}
	switch transcoding.Status {
	case messaging_api.GetMessageContentTranscodingResponseSTATUS_SUCCEEDED:
		return nil
	case messaging_api.GetMessageContentTranscodingResponseSTATUS_PROCESSING:
		return ErrBusy
	}
	return errContent
}
