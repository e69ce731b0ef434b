package alimtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"plaza/egress"
	"plaza/fault"
)

// DefaultDealerAPI is NHN Cloud's host of KakaoTalk Bizmessage.
const DefaultDealerAPI = "https://kakaotalk-bizmessage.api.nhncloudservice.com"

// NHN is NHN Cloud, a dealer (platform document: "KakaoTalk Bizmessage, AlimTalk
// API v2.3"). Calls carry the project's secret key; a send carries a key that
// is refused when used again within ten minutes, and the same key as the
// recipient's grouping key, by which it is found later.
type NHN struct {
	base   string
	client *http.Client
}

// NewNHN makes the client. base is DefaultDealerAPI if empty; only an operator
// may set it (PLAZA_KAKAO_DEALER_API).
func NewNHN(base string, client *http.Client) *NHN {
	if base == "" {
		base = DefaultDealerAPI
	}
	return &NHN{base: strings.TrimSuffix(base, "/"), client: egress.ForPlatform(client, 10*time.Second)}
}

const (
	nhnPage = 1000
	nhnTime = "2006-01-02 15:04"
)

// seoul is the clock of NHN's dates.
var seoul = time.FixedZone("KST", 9*60*60)

type nhnHeader struct {
	Code       int    `json:"resultCode"`
	Message    string `json:"resultMessage"`
	Successful bool   `json:"isSuccessful"`
}

// states of inspection.
var nhnStates = map[string]State{"TSC01": Requested, "TSC02": Inspected, "TSC03": Approved, "TSC04": Rejected}

// Templates reads all pages.
func (n *NHN) Templates(ctx context.Context, access Access) (all []Template, _ error) {
	for page := 1; ; page++ {
		var answer struct {
			List struct {
				Templates []struct {
					Code    string `json:"templateCode"`
					Name    string `json:"templateName"`
					Content string `json:"templateContent"`
					Title   string `json:"templateTitle"`
					Status  string `json:"status"`
					Buttons []struct {
						Name    string `json:"name"`
						Mobile  string `json:"linkMo"`
						Desktop string `json:"linkPc"`
					} `json:"buttons"`
					Comments []struct {
						Content string `json:"content"`
					} `json:"comments"`
				} `json:"templates"`
				Total int `json:"totalCount"`
			} `json:"templateListResponse"`
		}
		query := url.Values{"pageNum": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(nhnPage)}}
		err := n.call(ctx, http.MethodGet, access, "/senders/"+url.PathEscape(access.SenderKey)+"/templates?"+query.Encode(), "", nil, &answer)
		if err != nil {
			return nil, asFault(err)
		}
		for _, found := range answer.List.Templates {
			t := Template{Code: found.Code, Name: found.Name, Content: found.Content, Title: found.Title, State: nhnStates[found.Status]}
			if t.State == "" {
				t.State = Requested
			}
			for _, button := range found.Buttons {
				t.Buttons = append(t.Buttons, button.Name)
				for _, link := range []string{button.Mobile, button.Desktop} {
					if link != "" {
						t.Links = append(t.Links, link)
					}
				}
			}
			if last := len(found.Comments); last > 0 {
				t.Comment = found.Comments[last-1].Content
			}
			all = append(all, t)
		}
		if len(answer.List.Templates) == 0 || len(all) >= answer.List.Total {
			return all, nil
		}
	}
}

// asFault says it in words. NHN publishes too few codes to say which of the keys
// is wrong.
func asFault(err error) error {
	if refused, ok := errors.AsType[*Refused](err); ok && !refused.Busy {
		return fault.New(fault.Invalid, "kakao_dealer_refused",
			"The dealer refuses with code {0}. Check the app key, the secret key and the sender key.", refused.Code).In("dealer_app_key").Because(err)
	}
	return fault.New(fault.Unavailable, "kakao_dealer_unreachable", "The dealer can't be reached.").Because(err)
}

type (
	nhnSend struct {
		SenderKey    string         `json:"senderKey"`
		TemplateCode string         `json:"templateCode"`
		Recipients   []nhnRecipient `json:"recipientList"`
	}
	nhnRecipient struct {
		Number      string            `json:"recipientNo"`
		Values      map[string]string `json:"templateParameter,omitempty"`
		Resend      *nhnResend        `json:"resendParameter,omitempty"`
		GroupingKey string            `json:"recipientGroupingKey"`
	}
	nhnResend struct {
		Is     bool   `json:"isResend"`
		Type   string `json:"resendType,omitempty"`
		Title  string `json:"resendTitle,omitempty"`
		Number string `json:"resendSendNo,omitempty"`
	}
)

// recipient is a notice as NHN wants it. Without a type NHN chooses that of the
// short message by its length; its text is the notice's, with its buttons' names
// and links.
func (m Message) recipient(access Access) nhnRecipient {
	to := nhnRecipient{Number: m.Phone, Values: m.Values, GroupingKey: m.Key, Resend: &nhnResend{}}
	if access.SMSNumber != "" && m.Fallback != NoFallback {
		to.Resend = &nhnResend{Is: true, Type: strings.ToUpper(string(m.Fallback)), Title: m.Title, Number: access.SMSNumber}
	}
	return to
}

// errShape leaves open what became of a call.
var errShape = errors.New("dealer: the answer has another shape than documented")

// Send hands notices over. NHN numbers them from 1 in the order of the call and
// says the number of each, by which its word is taken.
func (n *NHN) Send(ctx context.Context, access Access, key string, messages []Message) ([]Handed, error) {
	body := nhnSend{access.SenderKey, messages[0].Template.Code, make([]nhnRecipient, len(messages))}
	for i, m := range messages {
		body.Recipients[i] = m.recipient(access)
	}
	var answer struct {
		Message struct {
			Request string `json:"requestId"`
			Results []struct {
				Sequence int    `json:"recipientSeq"`
				Number   string `json:"recipientNo"`
				Code     int    `json:"resultCode"`
				Message  string `json:"resultMessage"`
			} `json:"sendResults"`
		} `json:"message"`
	}
	if err := n.call(ctx, http.MethodPost, access, "/messages", key, body, &answer); err != nil {
		return nil, err
	}
	if len(answer.Message.Results) != len(messages) || answer.Message.Request == "" {
		return nil, errShape
	}
	handed := make([]Handed, len(messages))
	for _, result := range answer.Message.Results {
		at := result.Sequence - 1
		if at < 0 || at >= len(messages) || handed[at] != (Handed{}) || result.Number != "" && result.Number != messages[at].Phone {
			return nil, errShape
		}
		handed[at].Ticket = Ticket{answer.Message.Request, result.Sequence}
		if result.Code != 0 {
			handed[at].Refused = &Refused{Code: result.Code, Text: result.Message}
		}
	}
	return handed, nil
}

type nhnMessage struct {
	Request  string `json:"requestId"`
	Sequence int    `json:"recipientSeq"`
	Status   string `json:"messageStatus"` // COMPLETED, FAILED, CANCEL
	Resend   string `json:"resendStatus"`  // RSC01 to RSC05
	Code     string `json:"resultCode"`
	CodeName string `json:"resultCodeName"`
}

// Find looks a notice up by its key.
func (n *NHN) Find(ctx context.Context, access Access, key string, since time.Time) (Ticket, bool, error) {
	var answer struct {
		Found struct {
			Messages []nhnMessage `json:"messages"`
		} `json:"messageSearchResultResponse"`
	}
	query := url.Values{
		"startRequestDate": {since.In(seoul).Add(-time.Minute).Format(nhnTime)}, "endRequestDate": {since.In(seoul).Add(24 * time.Hour).Format(nhnTime)},
		"recipientGroupingKey": {key}, "pageSize": {"1"},
	}
	if err := n.call(ctx, http.MethodGet, access, "/messages?"+query.Encode(), "", nil, &answer); err != nil {
		return Ticket{}, false, err
	}
	if len(answer.Found.Messages) == 0 {
		return Ticket{}, false, nil
	}
	found := answer.Found.Messages[0]
	return Ticket{found.Request, found.Sequence}, true, nil
}

// Result asks for one notice.
func (n *NHN) Result(ctx context.Context, access Access, ticket Ticket) (Result, error) {
	var answer struct {
		Message nhnMessage `json:"message"`
	}
	path := "/messages/" + url.PathEscape(ticket.Request) + "/" + strconv.Itoa(ticket.Sequence)
	if err := n.call(ctx, http.MethodGet, access, path, "", nil, &answer); err != nil {
		return Result{}, err
	}
	return answer.Message.result(), nil
}

// shown are the codes of KakaoTalk having shown a notice: NHN's own and those
// that Kakao gives its dealers.
var shown = map[string]bool{"": true, "MRC01": true, "0000": true, "1000": true}

// result reads what became of a message. A short message in its place is none
// (RSC01), to be sent should it fail (RSC02), under way (RSC03), sent (RSC04) or
// failed (RSC05). Dealers were seen to call a message COMPLETED that KakaoTalk
// has not shown, so its code counts as well.
func (m nhnMessage) result() Result {
	reason := strings.TrimSpace(m.Code + " " + m.CodeName)
	switch ended := m.Status == "FAILED" || m.Status == "COMPLETED" && !shown[m.Code]; {
	case m.Resend == "RSC04":
		return Result{State: Replaced, Reason: reason}
	case m.Status == "CANCEL", ended && m.Resend != "RSC02" && m.Resend != "RSC03":
		return Result{State: Failed, Reason: reason}
	case m.Status == "COMPLETED" && !ended:
		return Result{State: Delivered}
	}
	return Result{State: Accepted}
}

// call makes one call. What the dealer refuses is a *Refused; errors hold no key.
func (n *NHN) call(ctx context.Context, method string, access Access, path, key string, body, answer any) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, n.base+"/alimtalk/v2.3/appkeys/"+url.PathEscape(access.AppKey)+path, content)
	if err != nil {
		return errors.New("dealer: bad address")
	}
	request.Header.Set("Content-Type", "application/json;charset=UTF-8")
	request.Header.Set("X-Secret-Key", access.SecretKey)
	if key != "" {
		request.Header.Set("X-NC-API-IDEMPOTENCY-KEY", key)
	}
	response, err := n.client.Do(request)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err
		}
		return fmt.Errorf("dealer: %w", err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("dealer: reading the answer: %w", err)
	}
	var outcome struct {
		Header *nhnHeader `json:"header"`
	}
	if json.Unmarshal(read, &outcome) != nil || outcome.Header == nil {
		return fmt.Errorf("dealer: HTTP status %d", response.StatusCode)
	}
	if h := outcome.Header; !h.Successful {
		return &Refused{Code: h.Code, Text: h.Message,
			Busy: response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError}
	}
	return json.Unmarshal(read, answer)
}
