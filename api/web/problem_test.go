package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"plaza/fault"
	"plaza/store"
)

func TestAnErrorOutsideSaysWhatItsReaderCanDo(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		err    error
		code   string
		status int
	}{
		{errors.New("dial tcp 10.0.0.3: refused"), "internal", http.StatusInternalServerError},
		{fmt.Errorf("find: %w", store.ErrNotFound), "not_found", http.StatusNotFound},
		{fmt.Errorf("insert: %w", store.ErrDuplicate), "already_exists", http.StatusConflict},
		{fmt.Errorf("page: %w", store.ErrCursor), "bad_cursor", http.StatusUnprocessableEntity},
		{store.ErrTooLarge, "too_large", http.StatusRequestEntityTooLarge},
		{&http.MaxBytesError{Limit: 1}, "too_large", http.StatusRequestEntityTooLarge},
		{store.ErrClosed, "unavailable", http.StatusServiceUnavailable},
		{context.DeadlineExceeded, "unavailable", http.StatusServiceUnavailable},
		{fmt.Errorf("gone: %w", context.Canceled), "unavailable", http.StatusServiceUnavailable},
		{ErrMethod, "method_not_allowed", http.StatusMethodNotAllowed},
		{ErrTooOften, "too_often", http.StatusTooManyRequests},
		// A domain's word counts more than what it wraps.
		{fault.New(fault.Conflict, "taken", "It is taken.").Because(store.ErrNotFound), "taken", http.StatusConflict},
	} {
		public := Public(one.err)
		if public.Code != one.code || statusOf(public) != one.status {
			t.Errorf("%v: %s, %d", one.err, public.Code, statusOf(public))
		}
	}
}

// silent has no translations.
type silent struct{}

func (silent) Text(_, key string, _ ...any) string { return key }

func TestASentenceWithoutTranslationIsEnglish(t *testing.T) {
	t.Parallel()
	if got := Sentence(silent{}, "ko", fault.New(fault.Invalid, "new", "Say more.")); got != "Say more." {
		t.Error(got)
	}
}

func TestCookiesAskForTLSWherePeopleHaveIt(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		publicURL, forwarded string
		secure               bool
	}{
		{"https://plaza.example", "", true}, {"http://localhost:8080", "", false},
		{"http://localhost:8080", "https", true}, {"https://plaza.example", "http", true},
	} {
		engine := gin.New()
		engine.GET("/", Identify(one.publicURL), func(c *gin.Context) { SetCookie(c, &http.Cookie{Name: "a", Value: "b"}) })
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header.Set("X-Forwarded-Proto", one.forwarded)
		recorder := httptest.NewRecorder()
		engine.ServeHTTP(recorder, request)
		cookie := recorder.Result().Cookies()[0]
		if cookie.Secure != one.secure || !cookie.HttpOnly {
			t.Errorf("%+v: %+v", one, cookie)
		}
	}
}
