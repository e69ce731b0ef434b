// Package kakaopaytest stands in for KakaoPay's online API. It is written from
// KakaoPay's documents and shares nothing with the provider: it refuses what
// KakaoPay would refuse (a wrong key, unknown or missing fields, an approval
// without the payer, twice, or of another amount, a cancellation of more than is
// left), keeps books of its own, and can be told to fail in every way.
package kakaopaytest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The merchant that the stand-in knows.
const (
	CID             = "TC0ONETIME"
	SubscriptionCID = "TCSUBSCRIP"
	SecretKey       = "DEV0123456789ABCDEF0123456789ABCDEF01234567"
)

// Contract is what that merchant types in.
func Contract() map[string]string {
	return map[string]string{"cid": CID, "secret_key": SecretKey, "subscription_cid": SubscriptionCID}
}

// Fault is something that goes wrong, once for each time it is given to Next.
type Fault string

// The faults.
const (
	Lost        Fault = "lost"         // the answer does not arrive, what was asked is done
	Down        Fault = "down"         // 503, nothing is done
	Busy        Fault = "busy"         // 429, nothing is done
	WrongAmount Fault = "wrong_amount" // the answer tells another amount
	WrongOrder  Fault = "wrong_order"  // the answer is about another order
	Garbage     Fault = "garbage"      // the answer is no JSON, what was asked is done
)

// Move is money that moved: negative when it went back.
type Move struct {
	Order  string
	Amount int64
}

// KakaoPay is the stand-in, an http.Handler.
type KakaoPay struct {
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Public is where the payer's browser reaches the stand-in.
	Public string

	mu       sync.Mutex
	payments map[string]*payment
	mandates map[string]*mandate
	moves    []Move
	faults   map[string][]Fault // by the call's path
	count    int
}

type payment struct {
	tid, cid, order, user, item string
	total, taxFree              int64
	cancelled, cancelledTaxFree int64
	status, token               string
	approval, cancel, fail      string
	created                     time.Time
	actions                     []map[string]any
}

type mandate struct {
	user   string
	active bool
	last   time.Time
}

// New makes an empty one.
func New() *KakaoPay {
	return &KakaoPay{payments: map[string]*payment{}, mandates: map[string]*mandate{}, faults: map[string][]Fault{}}
}

// Continue counts ids on from a number, so that a stand-in that begins again gives
// none twice.
func (k *KakaoPay) Continue(from int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.count = from
}

// Next lets the next call of a path ("ready", "approve", "order", "cancel",
// "subscription") go wrong.
func (k *KakaoPay) Next(path string, faults ...Fault) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults[path] = append(k.faults[path], faults...)
}

// Heal forgets what was to go wrong.
func (k *KakaoPay) Heal() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.faults)
}

// Moves are the books.
func (k *KakaoPay) Moves() []Move {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]Move(nil), k.moves...)
}

// Held is what an order has brought and not given back.
func (k *KakaoPay) Held(order string) (sum int64) {
	for _, move := range k.Moves() {
		if move.Order == order {
			sum += move.Amount
		}
	}
	return sum
}

// Agree lets the payer of an order agree, and gives the address that their
// browser is sent to; empty if there is nothing to agree to.
func (k *KakaoPay) Agree(order string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.payments {
		if p.order == order && p.status == "READY" && k.fresh(p) {
			return k.agree(p)
		}
	}
	return ""
}

// PGToken is the token in such an address.
func PGToken(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Query().Get("pg_token")
}

func (k *KakaoPay) agree(p *payment) string {
	p.status, p.token = "AUTH_PASSWORD", strings.ToLower(rand.Text()[:20])
	separator := "?"
	if strings.Contains(p.approval, "?") {
		separator = "&"
	}
	return p.approval + separator + "pg_token=" + p.token
}

// Deactivate ends a mandate as the payer does in KakaoPay's own app.
func (k *KakaoPay) Deactivate(sid string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := k.mandates[sid]; m != nil {
		m.active = false
	}
}

func (k *KakaoPay) now() time.Time {
	if k.Now == nil {
		return time.Now()
	}
	return k.Now()
}

// fresh says whether a payer can still agree: for 15 minutes.
func (k *KakaoPay) fresh(p *payment) bool { return k.now().Sub(p.created) < 15*time.Minute }

func (k *KakaoPay) id(kind string) string {
	k.count++
	return fmt.Sprintf("%s%019d", kind, k.count)
}

const prefix = "/online/v1/payment/"

// ServeHTTP answers the API's calls, and shows the payer's page under /pay/.
func (k *KakaoPay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/pay/") {
		k.page(w, r)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, prefix)
	call := calls[path]
	if !ok || call == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		refuse(w, http.StatusBadRequest, -2, "not a JSON POST", "")
		return
	}
	if r.Header.Get("Authorization") != "SECRET_KEY "+SecretKey {
		refuse(w, http.StatusUnauthorized, -401, "wrong secret key", "")
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	fault := k.take(path)
	switch fault {
	case Down:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case Busy:
		refuse(w, http.StatusTooManyRequests, -10, "API limit has been exceeded", "")
		return
	}
	answer, refused := call(k, http.MaxBytesReader(w, r.Body, 64<<10))
	k.reply(w, fault, answer, refused)
}

// reply answers as the fault has it.
func (k *KakaoPay) reply(w http.ResponseWriter, fault Fault, answer map[string]any, refused *refusal) {
	if refused != nil {
		refuse(w, http.StatusBadRequest, refused.code, refused.message, refused.method)
		return
	}
	switch fault {
	case Lost:
		panic(http.ErrAbortHandler)
	case Garbage:
		_, _ = w.Write([]byte("<html>maintenance</html>"))
		return
	case WrongAmount:
		if paid, ok := answer["amount"].(map[string]any); ok {
			answer["amount"] = map[string]any{"total": paid["total"].(int64) - 1, "tax_free": paid["tax_free"]}
		}
	case WrongOrder:
		answer["partner_order_id"] = "somebody-elses"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (k *KakaoPay) take(path string) Fault {
	waiting := k.faults[path]
	if len(waiting) == 0 {
		return ""
	}
	k.faults[path] = waiting[1:]
	return waiting[0]
}

type refusal struct {
	code            int
	message, method string
}

func refuse(w http.ResponseWriter, status, code int, message, method string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	said := map[string]any{"error_code": code, "error_message": message}
	if method != "" {
		said["extras"] = map[string]any{"method_result_code": method, "method_result_message": message}
	}
	_ = json.NewEncoder(w).Encode(said)
}
