package kakaopay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"plaza/fault"
)

const (
	// callLimit is how long KakaoPay may take to answer.
	callLimit = 15 * time.Second
	maxAnswer = 64 << 10 // bytes
	maxReason = 200      // characters of KakaoPay's own words that are shown
)

// errAnswer is an answer that is not KakaoPay's: what has happened is unknown.
var errAnswer = errors.New("kakaopay: the answer can't be understood")

// call posts JSON. A refusal by KakaoPay is a *fault.Error: nothing has moved.
// After any other error nobody knows.
func (k *KakaoPay) call(ctx context.Context, with contract, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, k.api+"/online/v1/payment/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "SECRET_KEY "+with.SecretKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := k.client.Do(request)
	if err != nil {
		return fmt.Errorf("kakaopay: %s: %w", path, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("kakaopay: %s: %w", path, err)
	}
	switch {
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		return ErrKey
	case response.StatusCode >= 400 && response.StatusCode < 500:
		return refusal(path, response.StatusCode, answer)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("kakaopay: %s: status %d", path, response.StatusCode)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%w: %s: %w", errAnswer, path, err)
	}
	return nil
}

// refusal is what KakaoPay's error says, for a member or a payer to read. Too
// many calls are no refusal of what was asked.
func refusal(path string, status int, answer []byte) error {
	var said struct {
		Code    int    `json:"error_code"`
		Message string `json:"error_message"`
		Extras  struct {
			Code    string `json:"method_result_code"`
			Message string `json:"method_result_message"`
		} `json:"extras"`
	}
	if status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || json.Unmarshal(answer, &said) != nil || said.Code == 0 {
		return fmt.Errorf("kakaopay: %s: status %d", path, status)
	}
	words := said.Extras.Message
	if words == "" {
		words = said.Message
	}
	if runes := []rune(words); len(runes) > maxReason {
		words = string(runes[:maxReason])
	}
	return fault.New(ErrRefused.Kind, ErrRefused.Code, ErrRefused.Text, fmt.Sprintf("%s (%d)", words, said.Code))
}

// definiteNo says whether an error means that nothing has moved.
func definiteNo(err error) (*fault.Error, bool) { return errors.AsType[*fault.Error](err) }
