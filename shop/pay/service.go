package pay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// lease keeps Recover away from a payment that somebody is working on.
const lease = 20 * time.Second

// maxAttempts bounds the payments of one subject (changing the way of paying,
// trying again after a failure).
const maxAttempts = 99

// ErrTooManyAttempts is the fault when maxAttempts is used up.
var ErrTooManyAttempts = fault.New(fault.Limited, "payment_too_many_attempts", "There were too many attempts to pay this order. Please order again.")

// Owner is who asked for the money. Both calls may come more than once for the
// same fact and must then answer the same; an error means "tell me again".
type Owner interface {
	// PaymentPaid tells that the money is here. Not wanted: it goes back.
	PaymentPaid(ctx context.Context, payment Payment) (wanted bool, err error)
	// PaymentRefunded tells how a refund ended: Success or Failure.
	PaymentRefunded(ctx context.Context, payment Payment, refund Refund) error
}

// Dependencies of a Service. All are needed.
type Dependencies struct {
	DB        *store.DB
	Owner     Owner
	Providers []Provider
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service takes payments. Safe for concurrent use, on any number of nodes.
type Service struct {
	Dependencies
	providers map[string]Provider
}

// New makes a Service.
func New(dependencies Dependencies) *Service {
	s := &Service{Dependencies: dependencies, providers: map[string]Provider{}}
	for _, provider := range dependencies.Providers {
		s.providers[provider.Name()] = provider
	}
	return s
}

// Names lists the ways of paying, in the order they were given.
func (s *Service) Names() []string {
	names := make([]string, len(s.Providers))
	for i, provider := range s.Providers {
		names[i] = provider.Name()
	}
	return names
}

// Request asks for money.
type Request struct {
	Account     string
	Subject     string // 26 letters and digits: a ULID
	Provider    string
	Amount      money.Amount
	Description string
	Payer       message.Person
	ExpiresAt   time.Time
	ReturnURL   func(tradeNo string) string
	NotifyURL   string
	Scene       Scene
	ClientIP    string
}

// Create asks for money and returns the payment with the buyer's next step. A
// payment of the same subject by the same provider that is still open is
// returned again, not doubled. Errors: ErrNoProvider, the provider's own faults,
// ErrOutcomeOpen when the provider does not answer (ask again).
func (s *Service) Create(ctx context.Context, request Request) (Payment, error) {
	provider, ok := s.providers[request.Provider]
	if !ok {
		return Payment{}, ErrNoProvider.In("provider")
	}
	if err := request.Amount.Check(); err != nil {
		return Payment{}, err
	}
	payment, err := s.write(ctx, request)
	if err != nil || payment.State == Paid || payment.State == Closing {
		return payment, err
	}
	step, err := provider.Create(ctx, payment.charge())
	if err != nil {
		return s.refusedOrOpen(ctx, payment, err)
	}
	update := store.Set("state", Pending).Set("step", step).Set("due", s.in(pollAfter(0)))
	if step.ProviderRef != "" {
		update = update.Set("provider_ref", step.ProviderRef)
	}
	next, err := s.of(payment).UpdateAndGet(ctx, payment.ID, update, store.In("state", Created, Pending))
	if errors.Is(err, store.ErrConditionFailed) { // settled or closed meanwhile
		return s.Get(ctx, payment.Account, payment.TradeNo)
	}
	return next, err
}

// write finds the open payment of the request or writes down a new one. The
// trade number is the subject and a count, so two requests at once meet in the
// same payment.
func (s *Service) write(ctx context.Context, request Request) (Payment, error) {
	earlier, err := s.Of(ctx, request.Account, request.Subject)
	if err != nil {
		return Payment{}, err
	}
	for _, payment := range earlier {
		if payment.State == Paid && !payment.Unwanted {
			return payment, nil
		}
		if payment.Provider == request.Provider && !payment.State.Final() {
			return payment, nil
		}
	}
	for attempt := len(earlier) + 1; attempt <= maxAttempts; attempt++ {
		payment := s.written(request, attempt)
		stored, inserted, err := s.of(payment).InsertIfAbsent(ctx, payment)
		if err != nil || inserted {
			return stored, err
		}
		if stored.Provider == request.Provider && !stored.State.Final() {
			return stored, nil
		}
	}
	return Payment{}, ErrTooManyAttempts
}

func (s *Service) written(request Request, attempt int) Payment {
	tradeNo := fmt.Sprintf("%s%02d", request.Subject, attempt)
	payment := Payment{
		ID: request.Account + ":" + tradeNo, Account: request.Account, TradeNo: tradeNo,
		Subject: request.Subject, Provider: request.Provider, Amount: request.Amount,
		Description: request.Description, Payer: request.Payer, State: Created,
		NotifyURL: request.NotifyURL, Scene: request.Scene, ClientIP: request.ClientIP,
		At: s.now(), ExpiresAt: request.ExpiresAt.UTC().Truncate(time.Millisecond),
		Refunds: map[string]Refund{},
	}
	if request.ReturnURL != nil {
		payment.ReturnURL = request.ReturnURL(tradeNo)
	}
	due := s.in(lease)
	payment.Due = &due
	return payment
}

// refusedOrOpen sorts a provider's error: a definite no ends the payment,
// anything else leaves it to Recover.
func (s *Service) refusedOrOpen(ctx context.Context, payment Payment, cause error) (Payment, error) {
	refused, definite := definiteNo(cause)
	if !definite {
		return payment, ErrOutcomeOpen.Because(cause)
	}
	if _, err := s.settle(ctx, payment, Outcome{Status: Failure, Reason: refused.Code}); err != nil {
		return payment, err
	}
	return payment, refused
}

func definiteNo(err error) (*fault.Error, bool) {
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || refused.Kind == fault.Internal || refused.Kind == fault.Unavailable {
		return nil, false
	}
	return refused, true
}

// Get finds a payment by its trade number. Errors: ErrNoPayment.
func (s *Service) Get(ctx context.Context, account, tradeNo string) (Payment, error) {
	payment, err := payments.In(s.DB, account).Get(ctx, account+":"+tradeNo)
	if errors.Is(err, store.ErrNotFound) {
		return Payment{}, ErrNoPayment
	}
	return payment, err
}

// Find finds a payment by its trade number alone, for the address
// /pay/{payment}, which names no account. Errors: ErrNoPayment.
func (s *Service) Find(ctx context.Context, tradeNo string) (Payment, error) {
	payment, err := payments.Across(s.DB).First(ctx, store.Where(store.Eq("trade_no", tradeNo)))
	if errors.Is(err, store.ErrNotFound) {
		return Payment{}, ErrNoPayment
	}
	return payment, err
}

// Of lists the payments of a subject, oldest first.
func (s *Service) Of(ctx context.Context, account, subject string) ([]Payment, error) {
	found, _, err := payments.In(s.DB, account).Find(ctx, store.Where(store.Eq("subject", subject)).Top(maxAttempts+1))
	return found, err
}

// Confirm completes a payment with the buyer's word or the provider's token.
// A payment that is paid already is returned as it is. Errors: the provider's
// definite faults (the payment stays open), ErrPaymentOver, ErrOutcomeOpen.
func (s *Service) Confirm(ctx context.Context, account, tradeNo string, proof map[string]string) (Payment, error) {
	payment, err := s.Get(ctx, account, tradeNo)
	if err != nil || payment.State == Paid {
		return payment, err
	}
	if payment.State != Created && payment.State != Pending {
		return payment, ErrPaymentOver
	}
	provider, ok := s.providers[payment.Provider]
	if !ok {
		return payment, ErrNoProvider
	}
	outcome, err := provider.Confirm(ctx, payment.charge(), proof)
	if refused, definite := definiteNo(err); definite {
		return payment, refused
	}
	if err != nil {
		s.lookSoon(ctx, payment)
		return payment, ErrOutcomeOpen.Because(err)
	}
	return s.settle(ctx, payment, outcome)
}

// Check asks the provider what became of an open payment and settles it.
func (s *Service) Check(ctx context.Context, account, tradeNo string) (Payment, error) {
	payment, err := s.Get(ctx, account, tradeNo)
	if err != nil || payment.State.Final() {
		return payment, err
	}
	provider, ok := s.providers[payment.Provider]
	if !ok {
		return payment, ErrNoProvider
	}
	outcome, err := provider.Query(ctx, payment.charge())
	if err != nil {
		return payment, ErrOutcomeOpen.Because(err)
	}
	return s.settle(ctx, payment, outcome)
}

// Close calls an open payment off. The answer's State tells who was first:
// Closed or Failed, or Paid. Errors: ErrOutcomeOpen; Recover goes on with it.
func (s *Service) Close(ctx context.Context, account, tradeNo string) (Payment, error) {
	payment, err := payments.In(s.DB, account).UpdateAndGet(ctx, account+":"+tradeNo,
		store.Set("state", Closing).Set("due", s.in(lease)), store.In("state", Created, Pending, Closing))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed) {
		return s.Get(ctx, account, tradeNo)
	}
	if err != nil {
		return payment, err
	}
	provider, ok := s.providers[payment.Provider]
	if !ok {
		return payment, ErrNoProvider
	}
	outcome, err := provider.Close(ctx, payment.charge())
	if err != nil {
		return payment, ErrOutcomeOpen.Because(err)
	}
	return s.settle(ctx, payment, outcome)
}

// Notify takes a provider's notification and returns what to answer it.
func (s *Service) Notify(ctx context.Context, provider, account string, request Notification) (Reply, error) {
	decoder, ok := s.providers[provider]
	if !ok {
		return Reply{}, ErrNoProvider
	}
	notice, err := decoder.Notification(ctx, account, request)
	if err != nil {
		return Reply{}, err
	}
	payment, err := s.Get(ctx, account, notice.TradeNo)
	if err != nil {
		return Reply{}, err
	}
	if payment.Provider != provider {
		return Reply{}, ErrNoPayment
	}
	if notice.RefundNo != "" {
		_, err = s.settleRefund(ctx, payment, notice.RefundNo, notice.Refund)
	} else {
		_, err = s.settle(ctx, payment, notice.Outcome)
	}
	return notice.Reply, err
}

func (s *Service) of(payment Payment) store.Scoped[Payment] {
	return payments.In(s.DB, payment.Account)
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) in(d time.Duration) time.Time { return s.now().Add(d) }

// lookSoon lets Recover find out what became of a call. Failing is harmless:
// the payment is looked at anyway, only later.
func (s *Service) lookSoon(ctx context.Context, payment Payment) {
	err := s.of(payment).Update(ctx, payment.ID, store.Set("due", s.in(3*time.Second)))
	if err != nil {
		s.Logger.WarnContext(ctx, "pay: look soon", "payment", payment.TradeNo, "error", err)
	}
}
