package kakao

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/message"
)

// The Event API lets the bot speak first: an event runs a block of the bot for
// a person, and that block's skill is ours. So an event says nothing itself: it
// is a knock, and Kakao comes and fetches what waits (Receive, "for=event").
// That makes it safe to repeat: what was fetched does not wait any more.
//
// The limits (platform document: "Event API"): people who have added the
// channel; 15 won for each message that arrives; the answer to the call says
// only that it was taken, the task says what became of it.
const (
	// fetchWait is when to ask what became of a knock.
	fetchWait = 20 * time.Second
	// knockAgain is when to knock again after one that brought nothing.
	knockAgain = 6 * time.Hour
	// unsurePause is when to knock again after one whose answer did not come. Had
	// Kakao taken it, it would have come within seconds; twice as long each time.
	unsurePause = time.Minute
	// knockLife is how long a knock is remembered.
	knockLife = 8 * 24 * time.Hour
)

// knocking is a knock under way.
type knocking struct {
	Task string    `json:"task,omitempty"` // empty: nobody knows whether it was taken
	At   time.Time `json:"at"`
	// Unsure counts the knocks before this one, in a row, of which nobody knows.
	Unsure int `json:"unsure,omitempty"`
}

// pause is how long after it to knock again.
func (k knocking) pause() time.Duration {
	if k.Task != "" {
		return knockAgain
	}
	return min(unsurePause<<min(k.Unsure, 10), knockAgain)
}

type eventUser struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

type event struct {
	Event struct {
		Name string `json:"name"`
	} `json:"event"`
	User []eventUser `json:"user"` // up to 100
}

// taskResult is what became of an event.
type taskResult struct {
	Status  string `json:"status"` // "ALL SUCCESS", "1 FAIL"
	Success int    `json:"successCount"`
	Fail    struct {
		Count int `json:"count"`
		List  []struct {
			Error string `json:"errorMsg"`
		} `json:"list"`
	} `json:"fail"`
}

func knockKey(a *account, user string) string { return "knock " + a.scope + "/" + user }

// knock lets Kakao fetch what waits for a person. It always ends in an error,
// which says how long the messages wait.
func (c *Channel) knock(ctx context.Context, a *account, to message.Person) error {
	name := knockKey(a, to.User)
	kept, err := c.memory.Get(ctx, name)
	if err != nil {
		return waits(waitsForKakao, time.Minute, err)
	}
	var last knocking
	if len(kept) > 0 && json.Unmarshal(kept, &last) == nil {
		since := c.now().Sub(last.At)
		switch {
		case since < fetchWait:
			return waits(waitsForKakao, fetchWait-since, nil)
		case since < last.pause() && last.Task == "":
			return waits(waitsForKakao, last.pause()-since, nil)
		case since < last.pause():
			return c.outcome(ctx, a, last)
		case last.Task == "":
			return c.knockNow(ctx, a, to, name, last.Unsure+1)
		}
	}
	return c.knockNow(ctx, a, to, name, 0)
}

// knockNow is written down before it is done: a knock too many costs fifteen
// won and shows that there is nothing new.
func (c *Channel) knockNow(ctx context.Context, a *account, to message.Person, name string, unsure int) error {
	at := c.now()
	remember := func(k knocking) error {
		value, err := json.Marshal(k)
		if err != nil {
			return err
		}
		return c.memory.Put(ctx, name, value, at.Add(knockLife))
	}
	if err := remember(knocking{At: at, Unsure: unsure}); err != nil {
		return waits(waitsForKakao, time.Minute, err)
	}
	call := event{User: []eventUser{{"botUserKey", to.User}}}
	call.Event.Name = a.EventName
	var answer task
	err := c.exchange(ctx, http.MethodPost, c.api+"/v2/bots/"+url.PathEscape(a.BotID)+"/talk", "KakaoAK "+a.RESTKey, call, &answer)
	refused, known := errors.AsType[*refusal](err)
	switch {
	case err == nil && answer.Status == statusSuccess && answer.TaskID != "":
		kept, err := c.memory.Get(ctx, name)
		if err == nil && len(kept) == 0 { // Kakao has come already
			return waits(waitsForKakao, time.Second, nil)
		}
		if err = remember(knocking{Task: answer.TaskID, At: at}); err != nil {
			c.logger.WarnContext(ctx, "kakao event not remembered", "account", to.Account, "error", err)
		}
		return waits(waitsForKakao, fetchWait, nil)
	case known && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden):
		return c.forget(ctx, name, waits("KakaoTalk refuses the REST API key. Test the connection in the settings.", knockAgain, err))
	case known && refused.status == http.StatusTooManyRequests, unreached(err):
		return c.forget(ctx, name, waits(waitsForKakao, time.Minute, err))
	case known && refused.status < http.StatusInternalServerError, err == nil:
		return c.forget(ctx, name, waits("KakaoTalk did not take the event. Check the event's name, and that the bot is deployed.", knockAgain, err))
	}
	return waits(waitsForKakao, fetchWait, err)
}

// forget lets the next attempt knock again.
func (c *Channel) forget(ctx context.Context, name string, err error) error {
	if _, lost := c.memory.Take(ctx, name); lost != nil {
		c.logger.WarnContext(ctx, "kakao event not forgotten", "error", lost)
	}
	return err
}

// outcome asks what became of a knock that brought nothing yet.
func (c *Channel) outcome(ctx context.Context, a *account, last knocking) error {
	var result taskResult
	err := c.exchange(ctx, http.MethodGet, c.api+"/v1/tasks/"+url.PathEscape(last.Task), "KakaoAK "+a.RESTKey, nil, &result)
	rest := knockAgain - c.now().Sub(last.At)
	switch {
	case err != nil:
		return waits(waitsForKakao, min(rest, 5*time.Minute), err)
	case result.Fail.Count > 0 && len(result.Fail.List) > 0 && strangers(result.Fail.List[0].Error):
		return &message.SendError{Class: message.Gone, Text: "The person has not added the channel, or has blocked it."}
	case result.Fail.Count > 0:
		return waits("KakaoTalk could not deliver the event. "+waitsForPerson, rest, nil)
	case result.Success > 0:
		return waits("KakaoTalk has run the event's block, but did not fetch the message: the block's skill has to be Plaza's, with for=event in its address.", rest, nil)
	}
	return waits(waitsForKakao, min(rest, time.Minute), nil)
}

// strangers says whether a failure means that the person has not added the
// channel. Kakao documents no codes here, only words.
func strangers(failure string) bool {
	failure = strings.ToLower(failure)
	for _, word := range []string{"not friend", "not a friend", "notfriend", "friend", "block", "친구", "차단", "invalid user"} {
		if strings.Contains(failure, word) {
			return true
		}
	}
	return false
}

// Check asks Kakao about the REST API key, and the dealer about theirs. Without
// either, only Kakao can say whether the skill works.
func (c *Channel) Check(ctx context.Context, credentials []byte) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	asked := false
	if a.RESTKey != "" {
		asked = true
		var result taskResult
		// A task that is not there: the answer tells whether the key is known.
		err := c.exchange(ctx, http.MethodGet, c.api+"/v1/tasks/00000000-0000-0000-0000-000000000000", "KakaoAK "+a.RESTKey, nil, &result)
		refused, known := errors.AsType[*refusal](err)
		switch {
		case known && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden):
			return ErrRESTKey
		case err != nil && (!known || refused.status >= http.StatusInternalServerError):
			return ErrUnreachable.Because(err)
		}
	}
	if checker, ok := c.notices.(interface {
		Check(context.Context, Credentials) error
	}); ok && a.Access.Complete() {
		asked = true
		if err := checker.Check(ctx, a.Credentials); err != nil {
			return err
		}
	}
	if !asked {
		return ErrOnlyKakao
	}
	return nil
}
