package mongodb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"plaza/store"
)

// Error codes of the server, see its error_codes.yml.
var (
	// transient: as a command's own error, that the server did nothing and asks
	// to be asked again.
	transient = []int{
		6,     // HostUnreachable, between the nodes of a cluster
		24,    // LockTimeout
		91,    // ShutdownInProgress
		112,   // WriteConflict
		189,   // PrimarySteppedDown
		10107, // NotWritablePrimary
		11600, // InterruptedAtShutdown
		11602, // InterruptedDueToReplStateChange
		13435, // NotPrimaryNoSecondaryOk
		13436, // NotPrimaryOrSecondary
	}
	// unfit: the update does not fit the document.
	unfit = []int{
		2,   // BadValue
		14,  // TypeMismatch
		28,  // PathNotViable
		171, // CannotIndexParallelArrays
	}
	tooLarge = []int{
		10334, // BSONObjectTooLarge
		17419, // the same, of a document that an update made
	}
)

const (
	firstPause = 4 * time.Millisecond
	attempts   = 9 // about two seconds in all
)

// retry does an operation again while the server says that it did nothing.
// Lost connections are not its business: the driver tries again once, under
// the same transaction number, so that nothing happens twice.
func retry(ctx context.Context, operation func() error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := operation()
		if err == nil || attempt == attempts || !hasCode(err, transient) || applied(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause + rand.N(pause)):
		}
		pause *= 2
	}
}

// applied says whether a write was done where it was asked for, and only its
// spreading to a majority is in doubt. The same codes mean another thing there:
// doing it again, under a new transaction number, could do it twice.
func applied(err error) bool {
	if one, ok := errors.AsType[mongo.WriteException](err); ok {
		return one.WriteConcernError != nil
	}
	many, ok := errors.AsType[mongo.BulkWriteException](err)
	return ok && many.WriteConcernError != nil
}

func hasCode(err error, codes []int) bool {
	var answer mongo.ServerError
	return errors.As(err, &answer) && slices.ContainsFunc(codes, answer.HasErrorCode)
}

// translate puts the driver's errors into the store's words.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return store.ErrNotFound
	case errors.Is(err, mongo.ErrClientDisconnected):
		return store.ErrClosed
	case mongo.IsDuplicateKeyError(err):
		return store.ErrDuplicate // the driver's text would show the values
	case hasCode(err, tooLarge):
		return store.ErrTooLarge
	case hasCode(err, unfit):
		return fmt.Errorf("the update does not fit the document: %w", store.ErrInvalid)
	}
	return err
}
