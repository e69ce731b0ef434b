package console_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"plaza/bot/kakao/alimtalk"
)

func TestAMemberChoosesWhatATemplatesVariablesStandFor(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	must(t, k.notices.Keep(t.Context(), corner.ID, []alimtalk.Template{
		{Code: "NEWS", Name: "News", Content: "#{제목}", State: alimtalk.Approved}, {Code: "NEW", Name: "Not yet", Content: "x", State: alimtalk.Rejected, Comment: "no greetings"}}))
	b := k.as(owner)
	b.get("/console/corner/alimtalk").want(t, 200, "no greetings")
	b.post("/console/corner/alimtalk", "notice.template", "NEW").want(t, 422, "Kakao has not approved this notice template.")
	b.post("/console/corner/alimtalk", "notice.template", "NEWS", "monthly", "many").want(t, 422, "The limit for a month is a whole number")
	saved := b.post("/console/corner/alimtalk", "notice.template", "NEWS", "fallback", "length", "monthly", "50")
	if saved.status != http.StatusSeeOther {
		t.Fatalf("%d %s", saved.status, text(saved.body))
	}
	b.get("/console/corner/alimtalk").want(t, 200, "Variable 제목")
	b.post("/console/corner/alimtalk", "notice.template", "NEWS", "notice.variables.0", "text", "fallback", "none")
	plan, err := k.notices.Plan(t.Context(), corner.ID)
	must(t, err)
	if got := plan.Choices[alimtalk.NoticeUse].Variables; len(got) != 1 || got[0].Part != alimtalk.TextPart || plan.Fallback != alimtalk.NoFallback || plan.Monthly != 0 {
		t.Errorf("%+v", plan)
	}
	b.get("/console/corner/alimtalk/templates/NEWS?v.0=Water").want(t, 200, "Water")
	b.post("/console/corner/alimtalk/templates/NEWS/test", "v.0", "x", "phone", "02-1").want(t, 422, "not a mobile number")
	for range 3 {
		b.post("/console/corner/alimtalk/templates/NEWS/test", "v.0", "x", "phone", "02-1")
	}
	b.post("/console/corner/alimtalk/templates/NEWS/test", "v.0", "x", "phone", "02-1")
	refused := b.post("/console/corner/alimtalk/templates/NEWS/test", "v.0", "x", "phone", "010-1234-5678")
	if next := b.get(refused.to); !strings.Contains(next.body, "too often") && !strings.Contains(refused.body, "too often") {
		t.Errorf("a sixth test: %d", refused.status)
	}
}

func TestNumbersAreEnteredFoundAndForgotten(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	b.post("/console/corner/numbers", "phone", "010-7777-1234", "reason", "paper").want(t, 422, "Choose what the person has agreed to.")
	b.post("/console/corner/numbers", "phone", "010-7777-1234", "notices", "on").want(t, 422, "how the person has agreed")
	b.post("/console/corner/numbers", "phone", "1", "notices", "on", "reason", "paper").want(t, 422, "not a mobile number")
	b.post("/console/corner/numbers", "phone", "010-7777-1234", "notices", "on", "reason", "paper form")
	shown := b.get("/console/corner/numbers?phone=01077771234")
	shown.want(t, 200, "010-****-1234")
	shown.want(t, 200, "paper form")
	if strings.Contains(strings.ReplaceAll(shown.body, "01077771234", ""), "7777") {
		t.Error("the whole number is shown")
	}
	b.get("/console/corner/numbers?phone=7").want(t, 422, "not a mobile number")

	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	must(t, writer.WriteField("csrf", b.csrf))
	must(t, writer.WriteField("notices", "on"))
	must(t, writer.WriteField("why", "paper"))
	part, err := writer.CreateFormFile("file", "numbers.csv")
	must(t, err)
	_, err = part.Write([]byte("phone,name\n010-2222-3333,Ann\n12,Bob\n"))
	must(t, err)
	must(t, writer.Close())
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/console/corner/numbers/import", &form)
	request.Header.Set("Content-Type", writer.FormDataContentType())
	imported := b.do(request)
	imported.want(t, 200, "Kept 1, left out 1.")
	imported.want(t, 200, "Line 3: This is not a mobile number")

	found, _, err := k.notices.Contacts(t.Context(), corner.ID, "", "", 10)
	if err != nil || len(found) != 2 {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, one := range found {
		b.post("/console/corner/numbers/" + one.ID + "/remove")
	}
	if left, _, _ := k.notices.Contacts(t.Context(), corner.ID, "", "", 10); len(left) > 0 {
		t.Errorf("left %+v", left)
	}
}
