package developer

import (
	"context"
	"time"

	"plaza/egress"
)

// Step makes one push that is due, and waits for its end; worked tells whether
// there was one.
func (s *Service) Step(ctx context.Context) (worked bool, err error) {
	worked, err = s.begin(ctx)
	s.calling.Wait()
	return worked, err
}

// StepMass sends a page of a mass send that is due.
func (s *Service) StepMass(ctx context.Context) (worked bool, err error) { return s.sendMass(ctx) }

// RepeatPage sends a page as a worker does that never heard of its success.
func (s *Service) RepeatPage(ctx context.Context, mass Mass) error { return s.sendPage(ctx, mass) }

// Within gives callbacks another time to answer.
func (s *Service) Within(limit time.Duration) {
	s.caller = egress.New(egress.Options{Private: true, Timeout: limit, MaxAnswer: maxAnswer})
}

// TextMessage is what a text becomes.
var TextMessage = textMessage

// TypeOf finds a file's type.
var TypeOf = typeOf

// MaxAttempts of a push.
const MaxAttempts = maxAttempts

// Readable is what a page may show of an article.
var Readable = readable
