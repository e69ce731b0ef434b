package alimtalk

import "testing"

func TestMoreHooksThanADealerSendsAreRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"nothing": "", "no event": `{"appKey":"a","hooks":[]}`, "a list": `[]`, "words": `{"event":1}`} {
		if _, _, err := decodeHooks([]byte(body)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, _, err := decodeHooks(make([]byte, maxHook+1)); err == nil {
		t.Error("too large a body is taken")
	}
}

// What becomes of a message by the codes of NHN, and by those that Kakao gives
// its dealers, which were seen in the same field.
func TestResultsAreReadByAllTheirCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status, code, resend string
		want                 Outcome
	}{
		{"COMPLETED", "MRC01", "RSC01", Delivered}, {"COMPLETED", "1000", "RSC02", Delivered}, {"COMPLETED", "", "", Delivered},
		{"COMPLETED", "3018", "RSC04", Replaced}, {"FAILED", "MRC02", "RSC04", Replaced},
		{"COMPLETED", "3018", "RSC05", Failed}, {"COMPLETED", "3018", "RSC01", Failed}, {"FAILED", "MRC02", "RSC05", Failed}, {"CANCEL", "", "RSC01", Failed},
		{"COMPLETED", "3018", "RSC03", Accepted}, {"FAILED", "MRC02", "RSC02", Accepted}, {"READY", "", "", Accepted}, {"", "", "", Accepted},
	} {
		if got := (nhnMessage{Status: test.status, Code: test.code, Resend: test.resend}).result(); got.State != test.want {
			t.Errorf("%+v is %s", test, got.State)
		}
	}
}

func FuzzHooks(f *testing.F) {
	f.Add([]byte(`{"appKey":"a","event":"MESSAGE_RESULT_UPDATE","hooks":[{"recipientGroupingKey":"k","resultCode":"MRC01"}]}`))
	f.Add([]byte(`{"appKey":"a","event":"X","hooks":[{"templateCode":"t","status":"TSC04","comments":[{"content":"c"}]}]}`))
	f.Add([]byte(`{"hooks":[null]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, hooks, err := decodeHooks(body); err == nil && len(hooks) > maxHooks {
			t.Errorf("%d hooks", len(hooks))
		}
	})
}
