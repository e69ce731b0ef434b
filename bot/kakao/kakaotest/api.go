package kakaotest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"plaza/bot/standin"
)

// ServeHTTP is the API host: callbacks, events, tasks, and the dealer.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	lost := false
	switch trouble := p.Troubles.Next(); trouble {
	case standin.Slow:
		time.Sleep(p.Troubles.Pause)
	case standin.Throttle:
		http.Error(w, `{"code":-10,"msg":"API limit has been exceeded."}`, http.StatusTooManyRequests)
		return
	case standin.Fail, standin.Expire:
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	case standin.Cut:
		standin.Abort()
	case standin.Lost:
		lost = true
	}
	status, answer := p.serve(r, body)
	if lost {
		standin.Abort()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		standin.Abort() // the caller has gone
	}
}

func (p *Platform) serve(r *http.Request, body []byte) (int, any) {
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case path[0] == "alimtalk":
		return p.Dealer.serve(r, path, body)
	case len(path) == 5 && path[3] == "callback" && r.Method == http.MethodPost:
		return p.callback(path[4], body)
	case r.Header.Get("Authorization") != "KakaoAK "+p.bot.RESTKey || p.bot.RESTKey == "":
		return http.StatusUnauthorized, map[string]any{"code": -401, "msg": "wrong appKey"}
	case len(path) == 4 && path[0] == "v2" && path[1] == "bots" && path[3] == "talk" && r.Method == http.MethodPost:
		return p.event(r.Context(), path[2], body)
	case len(path) == 3 && path[1] == "tasks" && r.Method == http.MethodGet:
		p.mu.Lock()
		defer p.mu.Unlock()
		if task := p.tasks[path[2]]; task != nil {
			return http.StatusOK, task
		}
		return http.StatusNotFound, map[string]any{"message": "no such task"}
	}
	return http.StatusNotFound, map[string]any{"message": "not found"}
}

func (p *Platform) result(status, text string) map[string]any {
	return map[string]any{"taskId": fmt.Sprintf("task-%d", p.next()), "status": status, "message": text, "timestamp": p.now().UnixMilli()}
}

// callback takes a later answer: once, within the minute, after a promise.
func (p *Platform) callback(token string, body []byte) (int, any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.callbacks[token]
	switch {
	case left == nil || !p.now().Before(left.until):
		return http.StatusOK, p.result("FAIL", "Invalid callback token")
	case !left.promised:
		return http.StatusOK, p.result("FAIL", "useCallback is not set")
	}
	delete(p.callbacks, token)
	if err := Check(body); err != nil {
		p.fault("callback: %w", err)
		return http.StatusOK, p.result("FAIL", "Invalid json format")
	}
	p.show(left.user, body)
	return http.StatusOK, p.result("SUCCESS", "SUCCESS")
}

// event runs the event's block for each user.
func (p *Platform) event(ctx context.Context, bot string, body []byte) (int, any) {
	var call struct {
		Event struct {
			Name string         `json:"name"`
			Data map[string]any `json:"data"`
		} `json:"event"`
		User []struct {
			Type string `json:"type"`
			ID   string `json:"id"`
		} `json:"user"`
		Params map[string]any `json:"params"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	bad := decoder.Decode(&call) != nil || len(call.User) == 0 || len(call.User) > 100
	p.mu.Lock()
	if bad || bot != p.bot.ID || call.Event.Name != p.bot.EventName {
		defer p.mu.Unlock()
		p.fault("event refused: %s", body)
		return http.StatusBadRequest, p.result("FAIL", "Invalid request")
	}
	answer := p.result("SUCCESS", "SUCCESS")
	p.mu.Unlock()
	done := 0
	var failed []map[string]any
	for _, to := range call.User {
		if reason := p.runEvent(ctx, to.Type, to.ID); reason != "" {
			failed = append(failed, map[string]any{"userID": to.ID, "errorMsg": reason})
		} else {
			done++
		}
	}
	status := "ALL SUCCESS"
	if len(failed) > 0 {
		status = fmt.Sprintf("%d FAIL", len(failed))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks[answer["taskId"].(string)] = map[string]any{"taskId": answer["taskId"], "status": status, "allRequestCount": len(call.User),
		"successCount": done, "fail": map[string]any{"count": len(failed), "list": failed}}
	return http.StatusOK, answer
}

// runEvent says why the block did not reach somebody; empty if it did.
func (p *Platform) runEvent(_ context.Context, kind, id string) string {
	p.mu.Lock()
	known, blind := p.users[id] != nil && p.users[id].friend && kind == "botUserKey", p.bot.EventBlind
	p.mu.Unlock()
	if !known {
		return "NotFriend"
	}
	if !blind {
		// Not the caller's context: the block runs whether or not they wait.
		if _, err := p.call(context.Background(), id, "event", map[string]any{"utterance": p.bot.EventName}, nil, ""); err != nil {
			return "skill error"
		}
	}
	p.mu.Lock()
	p.paid++
	p.mu.Unlock()
	return ""
}
