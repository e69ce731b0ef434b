package line

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"plaza/message"
)

// Batch is how many messages go into one call: five objects are the limit, and
// most messages are one. 0: the first alone has more.
func (c *Channel) Batch(out []message.Outbound) (count int) {
	objects := 0
	for i := range out {
		if objects += len(c.objects(out[i], "")); objects > maxObjects {
			break
		}
		count++
	}
	return count
}

// Send pushes a message. Errors are of type *message.SendError.
func (c *Channel) Send(ctx context.Context, credentials []byte, to message.Person, key string, out message.Outbound) error {
	return c.SendBatch(ctx, credentials, to, key, []message.Outbound{out})
}

// SendBatch pushes messages. The key becomes LINE's retry key, so that a
// repetition within a day sends nothing again; that goes for every call of those
// that need more than one. LINE counts a call as one message, whatever is in it.
func (c *Channel) SendBatch(ctx context.Context, credentials []byte, to message.Person, key string, out []message.Outbound) error {
	a, err := c.decode(credentials)
	if err != nil {
		return err
	}
	if !validID(to.User) {
		return &message.SendError{Class: message.Gone, Text: "This is no id of a person on LINE."}
	}
	const path = "/v2/bot/message/push"
	for i, objects := range calls(c.all(out, to.Language)) {
		err := c.api.call(ctx, a, path, func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
			response, _, err := client.PushMessageWithHttpInfo(
				&messaging_api.PushMessageRequest{To: to.User, Messages: objects}, retryKey(fmt.Sprint(key, "/", i)))
			return response, err
		})
		if err := sendError(err); err != nil {
			return err
		}
		c.pushed(ctx, a, 1)
	}
	return nil
}

// Reply answers by the token that came with a message, which costs nothing of
// the account's messages. Errors are of type *message.SendError, or
// message.ErrReplyToken.
func (c *Channel) Reply(ctx context.Context, credentials []byte, to message.Person, token string, out []message.Outbound) error {
	a, err := c.decode(credentials)
	if err != nil {
		return err
	}
	objects := c.all(out, to.Language)
	switch {
	case len(objects) == 0:
		return nil
	case len(objects) > maxObjects:
		return &message.SendError{Class: message.Permanent, Text: "LINE takes five message objects in an answer."}
	}
	return sendError(c.api.call(ctx, a, "/v2/bot/message/reply", func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
		response, _, err := client.ReplyMessageWithHttpInfo(&messaging_api.ReplyMessageRequest{ReplyToken: token, Messages: objects})
		return response, err
	}))
}

// maxMulticast is how many people one multicast reaches (platform document:
// "Send multicast message").
const maxMulticast = 500

// Mass says that campaigns go by multicast. Each person counts as one message, as
// if they were pushed to.
func (c *Channel) Mass([]byte) message.Mass { return message.Mass{Least: 2, Most: maxMulticast} }

// SendMass sends the same messages to many people by multicast. The same key
// again, within a day, sends nothing again. LINE says nothing of people who do not
// get them because they have blocked the account, and does not name the call.
// Errors as of Send.
func (c *Channel) SendMass(ctx context.Context, credentials []byte, _ string, crowd message.Crowd, key string, out []message.Outbound) (string, error) {
	a, err := c.decode(credentials)
	if err != nil {
		return "", err
	}
	to := make([]string, 0, len(crowd.Users))
	for _, user := range crowd.Users {
		if validID(user) {
			to = append(to, user)
		}
	}
	if len(to) == 0 {
		return "", &message.SendError{Class: message.Gone, Text: "There is nobody of LINE's among them."}
	}
	for i, objects := range calls(c.all(out, crowd.Language)) {
		err := c.api.call(ctx, a, "/v2/bot/message/multicast", func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
			response, _, err := client.MulticastWithHttpInfo(
				&messaging_api.MulticastRequest{To: to, Messages: objects}, retryKey(fmt.Sprint(key, "/", i)))
			return response, err
		})
		if err := sendError(err); err != nil {
			return "", err
		}
		c.pushed(ctx, a, len(to))
	}
	return "", nil
}

// decode reads the credentials for a sending call.
func (c *Channel) decode(credentials []byte) (Credentials, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return a, &message.SendError{Class: message.Refused, Text: "The LINE connection's settings can't be read.", Cause: err}
	}
	return a, nil
}

// all are the objects of messages, as the SDK takes them.
func (c *Channel) all(out []message.Outbound, language string) (objects []messaging_api.MessageInterface) {
	for i := range out {
		for _, object := range c.objects(out[i], language) {
			objects = append(objects, object)
		}
	}
	return objects
}

// calls cuts objects into as many as one call takes.
func calls(objects []messaging_api.MessageInterface) (calls [][]messaging_api.MessageInterface) {
	for len(objects) > 0 {
		count := min(len(objects), maxObjects)
		calls = append(calls, objects[:count])
		objects = objects[count:]
	}
	return calls
}

// retryKey makes a UUID of a key, always the same.
func retryKey(key string) string { return uuid.NewSHA1(retryKeys, []byte(key)).String() }

// retryKeys is the name space of our retry keys.
var retryKeys = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://api.line.me/#X-Line-Retry-Key"))
