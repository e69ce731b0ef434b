package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"plaza/store"
)

// Target is an engine to hold to the promises.
type Target struct {
	// Open gives a test an engine on an empty database, closed and removed by
	// the test's Cleanup.
	Open func(t testing.TB) store.Engine
	// Expire has the engine remove at once what has expired by the real clock.
	// Nil: the engine does so itself, and the test waits.
	Expire func(ctx context.Context, engine store.Engine) error
	// Excused names promises that the server behind the engine cannot keep,
	// each with the reason.
	Excused map[string]string
}

// promises by name; see the functions.
var promises = map[string]func(*testing.T, world){
	"InsertedDocumentIsRead":            insertedDocumentIsRead,
	"SecondInsertIsRefused":             secondInsertIsRefused,
	"InsertManyAddsWhatIsMissing":       insertManyAddsWhatIsMissing,
	"BigDocumentsAreKept":               bigDocumentsAreKept,
	"ActionsChangeFields":               actionsChangeFields,
	"UnfitUpdatesAreRefused":            unfitUpdatesAreRefused,
	"ConditionsDecide":                  conditionsDecide,
	"FailedConditionChangesNothing":     failedConditionChangesNothing,
	"UpsertMakesOrChanges":              upsertMakesOrChanges,
	"DeleteRemovesUnderItsCondition":    deleteRemovesUnderItsCondition,
	"ApplyAnswersEachOperation":         applyAnswersEachOperation,
	"NothingFollowsAFailedGuard":        nothingFollowsAFailedGuard,
	"ValuesSortAcrossTypes":             valuesSortAcrossTypes,
	"RangesStayWithinTheirType":         rangesStayWithinTheirType,
	"ArraysAreFoundByElement":           arraysAreFoundByElement,
	"NestedFieldsAreFound":              nestedFieldsAreFound,
	"OpenArraysAreRefused":              openArraysAreRefused,
	"SparseIndexServesItsDocuments":     sparseIndexServesItsDocuments,
	"UniqueIndexRefusesTheSecond":       uniqueIndexRefusesTheSecond,
	"SparseUniqueLeavesOutTheLacking":   sparseUniqueLeavesOutTheLacking,
	"UndeclaredQueriesAreRefused":       undeclaredQueriesAreRefused,
	"PagesCoverEverythingOnce":          pagesCoverEverythingOnce,
	"PagesGoBackwards":                  pagesGoBackwards,
	"CursorsBelongToTheirQuery":         cursorsBelongToTheirQuery,
	"CursorsAreStableWhileWriting":      cursorsAreStableWhileWriting,
	"CountStopsAtItsLimit":              countStopsAtItsLimit,
	"AccountsNeverMeet":                 accountsNeverMeet,
	"GlobalCollectionsHaveNoAccount":    globalCollectionsHaveNoAccount,
	"KeyedAccountsKeepToTheirKeys":      keyedAccountsKeepToTheirKeys,
	"KeyedAccountsRefuseOtherKeys":      keyedAccountsRefuseOtherKeys,
	"OwnedKeysAreFoundByTheirBeginning": ownedKeysAreFoundByTheirBeginning,
	"OneOf64InsertsWins":                oneOf64InsertsWins,
	"OneOf64UniqueValuesWins":           oneOf64UniqueValuesWins,
	"Stock100Sells100":                  stock100Sells100,
	"UpsertsRaceToOneDocument":          upsertsRaceToOneDocument,
	"QueueGivesEachItemOnce":            queueGivesEachItemOnce,
	"FindAndUpdateTakesTheFirst":        findAndUpdateTakesTheFirst,
	"CancelledCallsDoNothing":           cancelledCallsDoNothing,
	"ArraysHoldArrays":                  arraysHoldArrays,
	"InfinitiesAreNumbers":              infinitiesAreNumbers,
	"UniqueIndexFollowsUpdates":         uniqueIndexFollowsUpdates,
	"CancelledCallsHarmNobody":          cancelledCallsHarmNobody,
	"ExpiredDocumentsGo":                expiredDocumentsGo,
	"UpgradesReachEveryDocumentOnce":    upgradesReachEveryDocumentOnce,
	"UpgradesRunFromSeveralNodes":       upgradesRunFromSeveralNodes,
	"NewerDataIsRefused":                newerDataIsRefused,
	"NewIndexHoldsOldDocuments":         newIndexHoldsOldDocuments,
	"ArchiveCarriesEverything":          archiveCarriesEverything,
	"DamagedArchiveLoadsNothing":        damagedArchiveLoadsNothing,
	"RestoredIsSaidUntilCleared":        restoredIsSaidUntilCleared,
	"ClosedStoreSaysSo":                 closedStoreSaysSo,
}

// Run holds an engine to every promise of package store.
func Run(t *testing.T, target Target) {
	t.Helper()
	for name := range target.Excused {
		if promises[name] == nil {
			t.Errorf("there is no promise %q to excuse", name)
		}
	}
	for name, promise := range promises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if reason := target.Excused[name]; reason != "" {
				t.Logf("excused: %s", reason)
				return
			}
			promise(t, newWorld(t, target))
		})
	}
}

// world is what a promise works with: a store with a collection of things, and
// that collection in one account.
type world struct {
	target Target
	engine store.Engine
	db     *store.DB
	things store.Scoped[thing]
}

func newWorld(t *testing.T, target Target) world {
	t.Helper()
	w := world{target: target, engine: target.Open(t)}
	w.db = store.New(w.engine)
	w.things = things.In(w.db, "acme")
	prepare(t, w.db, things.Schema(), values.Schema(), worldwide.Schema())
	return w
}

func prepare(t *testing.T, db *store.DB, schemas ...*store.Schema) {
	t.Helper()
	if err := db.Prepare(t.Context(), schemas...); err != nil {
		t.Fatalf("prepare: %v", err)
	}
}

// thing is a document with something of everything.
type thing struct {
	ID      string     `bson:"_id"`
	Account string     `bson:"account"`
	Kind    string     `bson:"kind"`
	Rank    int64      `bson:"rank"`
	Tags    []string   `bson:"tags,omitempty"`
	Lines   []line     `bson:"lines,omitempty"`
	Due     *time.Time `bson:"due,omitempty"`
	Expires *time.Time `bson:"expires,omitempty"`
	Place   place      `bson:"place"`
	Note    string     `bson:"note,omitempty"`
}

type line struct {
	SKU      string `bson:"sku"`
	Quantity int64  `bson:"quantity"`
}

type place struct {
	City string `bson:"city"`
}

var things = store.Declare[thing](store.Schema{
	Name: "things",
	Indexes: []store.Index{
		{Fields: []string{"kind", "-rank"}},
		{Fields: []string{"tags", "rank"}},
		{Fields: []string{"lines.sku"}},
		{Fields: []string{"place.city"}},
		{Fields: []string{"due"}, Across: true, Sparse: true},
	},
	ExpiresAt: "expires",
})

// valued is a document whose value can be of any type.
type valued struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
	Value   any    `bson:"value"`
}

var values = store.Declare[valued](store.Schema{
	Name:    "values",
	Indexes: []store.Index{{Fields: []string{"value"}}, {Fields: []string{"-value", "-_id"}}},
})

// coded is a document that may have a code, which nobody else in the account
// has.
type coded struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
	Code    string `bson:"code,omitempty"`
}

var codes = store.Declare[coded](store.Schema{
	Name:    "codes",
	Indexes: []store.Index{{Fields: []string{"code"}, Unique: true, Sparse: true}},
})

// global is a document of no account.
type global struct {
	ID    string `bson:"_id"`
	Email string `bson:"email"`
}

var worldwide = store.Declare[global](store.Schema{
	Name: "worldwide", Global: true,
	Indexes: []store.Index{{Fields: []string{"email"}, Unique: true}},
})

// must stops the test at an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that an error is the one expected.
func refused(t testing.TB, err, expected error) {
	t.Helper()
	if !errors.Is(err, expected) {
		t.Errorf("error %v, expected %v", err, expected)
	}
}

func (w world) insert(t testing.TB, list ...thing) {
	t.Helper()
	for i := range list {
		if list[i].Account == "" {
			list[i].Account = "acme"
		}
	}
	added, err := things.Across(w.db).InsertMany(t.Context(), list)
	must(t, err)
	if added != len(list) {
		t.Fatalf("%d inserted, expected %d", added, len(list))
	}
}

func (w world) get(t testing.TB, id string) thing {
	t.Helper()
	found, err := w.things.Get(t.Context(), id)
	must(t, err)
	return found
}

// keys reads one page of a query and returns the documents' keys.
func (w world) keys(t testing.TB, query store.Query) []string {
	t.Helper()
	found, _, err := w.things.Find(t.Context(), query)
	must(t, err)
	keys := []string{}
	for _, document := range found {
		keys = append(keys, document.ID)
	}
	return keys
}
