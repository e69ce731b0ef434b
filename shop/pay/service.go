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

// Owner is who asked for the money of a purpose. Both calls may come more than once for the
// same fact and must then answer the same; an error means "tell me again".
type Owner interface {
	// PaymentPaid tells that the money is here. Not wanted: it goes back.
	PaymentPaid(ctx context.Context, payment Payment) (wanted bool, err error)
	// PaymentRefunded tells how a refund ended: Success or Failure.
	PaymentRefunded(ctx context.Context, payment Payment, refund Refund) error
}

// Dependencies of a Service. All are needed.
type Dependencies struct {
	DB *store.DB
	// Sealer keeps the contracts' secrets; nil where no provider is Contracted.
	Sealer    Sealer
	Providers []Provider // the first is what is offered first
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service takes payments. Safe for concurrent use, on any number of nodes.
type Service struct {
	Dependencies
	providers map[string]Provider
	owners    map[Purpose]Owner
	contracts contractCache
	guard     Guard    // nil: nobody looks
	stepUp    StepUp   // nil: nobody has to prove anything
	rates     Rates    // nil: money is taken in the account's currency only
	receipts  Receipts // nil: there are none
}

// New makes a Service.
func New(dependencies Dependencies) *Service {
	s := &Service{Dependencies: dependencies, providers: map[string]Provider{}, owners: map[Purpose]Owner{}}
	for _, provider := range dependencies.Providers {
		s.providers[provider.Name()] = provider
	}
	return s
}

// Names are all ways of paying, the one to offer first before the others.
func (s *Service) Names() []string {
	names := make([]string, len(s.Providers))
	for i, provider := range s.Providers {
		names[i] = provider.Name()
	}
	return names
}

// Own says who is told of the payments of a purpose. Call it before the Service
// is used: the owners are made after it, because they ask it for money.
func (s *Service) Own(purpose Purpose, owner Owner) { s.owners[purpose] = owner }

// owner finds whom to tell of a payment. A purpose without an owner is an error
// of the wiring; the payment waits, and nothing is lost.
func (s *Service) owner(payment Payment) (Owner, error) {
	owner, ok := s.owners[payment.For()]
	if !ok {
		return nil, fmt.Errorf("pay: nobody owns payments for %q", payment.Purpose)
	}
	if s.receipts != nil {
		return recorded{owner, s.receipts}, nil
	}
	return owner, nil
}

// Request asks for money.
type Request struct {
	Account     string
	Purpose     Purpose
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
	Device      string // what tells the payer's browser from others; empty: not known
	Coupon      bool   // a coupon makes it cheaper
	Recurring   bool   // ask for a mandate too, where the provider is Recurring
	Mandate     string // charge under this one; see ChargeMandate
	Attempt     int    // with Mandate: which try of the Subject this is, from 1
	price       *Price // what was asked for before Amount was converted
}

// Create asks for money and returns the payment with the buyer's next step. A
// payment of the same subject by the same provider that is still open is
// returned again, not doubled. Errors: ErrNoProvider, the provider's own faults,
// ErrOutcomeOpen when the provider does not answer (ask again), ErrStopped. One
// that a member looks at first has a WaitStep.
func (s *Service) Create(ctx context.Context, request Request) (Payment, error) {
	request, err := s.converted(ctx, request)
	if err != nil {
		return Payment{}, err
	}
	if err := s.check(ctx, request); err != nil {
		return Payment{}, err
	}
	payment, err := s.write(ctx, request)
	if err != nil || payment.State == Paid || payment.State == Closing {
		return payment, err
	}
	if payment, err = s.guarded(ctx, payment, request, ""); err != nil || payment.Guarded == Held {
		return payment, err
	}
	return s.begin(ctx, payment)
}

// begin asks the provider for a payment.
func (s *Service) begin(ctx context.Context, payment Payment) (Payment, error) {
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	step, err := provider.Create(ctx, charge)
	if err != nil {
		return s.refusedOrOpen(ctx, payment, err)
	}
	update := store.Set("step", step)
	if step.ProviderRef != "" {
		update = update.Set("provider_ref", step.ProviderRef)
	}
	return s.pend(ctx, payment, update)
}

// pend marks that the provider knows of a payment.
func (s *Service) pend(ctx context.Context, payment Payment, update store.Update) (Payment, error) {
	next, err := s.of(payment).UpdateAndGet(ctx, payment.ID,
		update.Set("state", Pending).Set("due", s.in(pollAfter(0))), store.In("state", Created, Pending))
	if errors.Is(err, store.ErrConditionFailed) { // settled or closed meanwhile
		return s.Get(ctx, payment.Account, payment.TradeNo)
	}
	return next, err
}

// check refuses a request that can't lead to a payment.
func (s *Service) check(ctx context.Context, request Request) error {
	if err := request.Amount.Check(); err != nil {
		return err
	}
	provider, ok := s.providers[request.Provider]
	if !ok {
		return ErrNoProvider.In("provider")
	}
	contracted, ok := provider.(Contracted)
	if !ok {
		return nil
	}
	contract, err := s.Contracts().Get(ctx, request.Account, request.Provider)
	if err != nil {
		return err
	}
	if !contract.Enabled || !contracted.Takes(request.Amount.Currency) {
		return ErrNoProvider.In("provider")
	}
	return nil
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
		Purpose: request.Purpose, Subject: request.Subject, Provider: request.Provider, Amount: request.Amount, Price: request.price,
		Description: request.Description, Payer: request.Payer, State: Created,
		NotifyURL: request.NotifyURL, Scene: request.Scene, ClientIP: request.ClientIP,
		Recurring: request.Recurring, Mandate: request.Mandate,
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
// definite faults (the payment stays open), ErrPaymentOver, ErrOutcomeOpen,
// ErrHeld (the yes counts when a member has agreed), those of StepUp.
func (s *Service) Confirm(ctx context.Context, account, tradeNo string, proof map[string]string) (Payment, error) {
	payment, err := s.Get(ctx, account, tradeNo)
	if err != nil || payment.State == Paid {
		return payment, err
	}
	if payment.State != Created && payment.State != Pending {
		return payment, ErrPaymentOver
	}
	if payment.Guarded == Held {
		return s.willing(ctx, payment)
	}
	if err := s.prove(ctx, payment, proof); err != nil {
		return payment, err
	}
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	outcome, err := provider.Confirm(ctx, charge, proof)
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
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	outcome, err := provider.Query(ctx, charge)
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
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	outcome, err := provider.Close(ctx, charge)
	if err != nil {
		return payment, ErrOutcomeOpen.Because(err)
	}
	return s.settle(ctx, payment, outcome)
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

// reach finds the provider of a payment, and the payment as that needs to know
// it. Errors: ErrNoProvider, ErrNoContract.
func (s *Service) reach(ctx context.Context, p Payment) (Provider, Charge, error) {
	provider, ok := s.providers[p.Provider]
	if !ok {
		return nil, Charge{}, ErrNoProvider.In("provider")
	}
	contract, err := s.contract(ctx, p.Account, p.Provider)
	if err != nil {
		return nil, Charge{}, err
	}
	charge := Charge{Account: p.Account, Contract: contract, TradeNo: p.TradeNo, Amount: p.Amount, Description: p.Description,
		Payer: p.Payer, ProviderRef: p.ProviderRef, ExpiresAt: p.ExpiresAt, ReturnURL: p.ReturnURL,
		NotifyURL: p.NotifyURL, Scene: p.Scene, ClientIP: p.ClientIP,
		At: p.At, Recurring: p.Recurring, Mandate: p.Mandate, Mark: p.Mark}
	if p.Approved != nil {
		charge.ApprovedAt = p.Approved.At
	}
	return provider, charge, nil
}
