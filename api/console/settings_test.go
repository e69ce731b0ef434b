package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/account"
)

func TestAProfileIsChangedAndAMistakeKeepsTheRest(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	for name, wrong := range map[string][]string{
		"no name":        {"name.en", "", "description.en", "Kept words", "language", "en", "zone", "Asia/Seoul", "colour", "#112233"},
		"a made-up zone": {"name.en", "Corner", "description.en", "Kept words", "language", "en", "zone", "Mars/Base", "colour", "#112233"},
		"no colour":      {"name.en", "Corner", "description.en", "Kept words", "language", "en", "zone", "Asia/Seoul", "colour", "red"},
		"a bad language": {"name.en", "Corner", "description.en", "Kept words", "language", "xx", "zone", "Asia/Seoul", "colour", "#112233"},
	} {
		got := b.post("/console/corner/settings", wrong...)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Kept words") || !strings.Contains(got.body, `class="problem"`) {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	saved := b.upload("/console/corner/settings", "file", onePixel(t), "name.en", "Corner", "name.ko", "코너", "description.en", "Fresh bread",
		"language", "ko", "zone", "Asia/Seoul", "colour", "#112233", "slug", "taken-over", "currency", "USD")
	b.get(saved.to).want(t, http.StatusOK, "Saved.", "코너")
	found, err := k.accounts.Accounts.FindByID(t.Context(), corner.ID)
	must(t, err)
	if found.Slug != "corner" || found.Currency != "CNY" || found.Logo == "" || found.TimeZone != "Asia/Seoul" {
		t.Errorf("%+v", found)
	}
}

func TestWeChatIsConnectedAndItsSecretNeverShown(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	const path, secret = "/console/corner/settings/channels/wechat", "0123456789abcdef0123456789abcdef"
	good := []string{"app_id", "wx1234567890abcdef", "secret", secret, "token", "spring", "encoding_aes_key", strings.Repeat("k", 43)}
	for field, bad := range map[int]string{1: "1234", 3: "short", 5: "!", 7: "short"} {
		typed := append([]string{}, good...)
		typed[field] = bad
		got := b.post(path, typed...)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `class="problem"`) {
			t.Errorf("%s %q: %d %s", typed[field-1], bad, got.status, text(got.body))
		}
	}
	b.follow(path, good...).want(t, http.StatusOK, "Saved. Test the connection next.", base+"/webhooks/wechat/corner")
	b.follow(path+"/test").want(t, http.StatusOK, "The connection works.", "Connected")
	k.unreachable = true
	b.follow(path+"/test").want(t, http.StatusOK, "this server can't reach itself by https://plaza.example")
	b.follow(path, "app_id", "wx1234567890abcdef", "secret", "", "token", "autumn", "encoding_aes_key", strings.Repeat("k", 43)).
		want(t, http.StatusOK, `value="autumn"`, "Stored encrypted. Leave it empty to keep it.")
	if shown := b.get(path); strings.Contains(shown.body, secret) {
		t.Error("the secret is on the page")
	}
	b.follow(path, "app_id", "wx1234567890abcdef", "token", "autumn", "encoding_aes_key", strings.Repeat("n", 43))
	saved, err := k.bot.Connections().Credentials(t.Context(), corner.ID, "wechat")
	must(t, err)
	// WeChat changes keys gradually, so the one before is still tried.
	if !strings.Contains(string(saved), secret) || !strings.Contains(string(saved), `"previous_aes_key":"kkk`) {
		t.Error("a change of key lost the secret or the key before")
	}
	b.follow(path+"/disconnect").want(t, http.StatusOK, "Disconnected.", "Not connected")
}

func TestATokenIsShownOnceAndMayDoNoMoreThanItsMaker(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	b.post("/console/corner/settings/tokens", "name", "", "scopes", "shop.read").want(t, http.StatusUnprocessableEntity, "Please give a name")
	b.post("/console/corner/settings/tokens", "name", "Till").want(t, http.StatusUnprocessableEntity, `value="Till"`, "choose what the token may do")
	b.post("/console/corner/settings/tokens", "name", "Till", "scopes", "shop.read", "expires", "-4").want(t, http.StatusUnprocessableEntity, "A token lives")
	made := b.follow("/console/corner/settings/tokens", "name", "Till", "scopes", "shop.read", "scopes", "orders.write", "expires", "30")
	made.want(t, http.StatusOK, "This is the token.", "Till")
	_, rest, ok := strings.Cut(made.body, `value="plz_`)
	if !ok {
		t.Fatal("the token isn't shown")
	}
	secret, _, _ := strings.Cut(rest, `"`)
	access, err := k.accounts.Tokens.Find(t.Context(), "plz_"+secret, "")
	must(t, err)
	if access.May(account.Refund) || !access.May(account.ReadShop) {
		t.Errorf("%v", access.Permissions)
	}
	again := b.get("/console/corner/settings/tokens")
	if strings.Contains(again.body, secret) {
		t.Error("the token is shown twice")
	}
	tokens, _, err := k.accounts.Tokens.List(t.Context(), corner.ID, "")
	must(t, err)
	b.follow("/console/corner/settings/tokens/"+tokens[0].ID+"/revoke").want(t, http.StatusOK, "The token is revoked")
	if _, err := k.accounts.Tokens.Find(t.Context(), "plz_"+secret, ""); err == nil {
		t.Error("a revoked token is still recognised")
	}
}

func TestRolesChangeAtOnceAndTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	agent := k.with(corner, account.Agent)
	b, theirs := k.as(owner), k.as(agent)
	const path = "/console/corner/settings/members/"
	theirs.get("/console/corner/products/new").want(t, http.StatusForbidden)
	b.follow(path+agent.ID+"/role", "role", "editor").want(t, http.StatusOK, "Saved.")
	theirs.get("/console/corner/products/new").want(t, http.StatusOK)
	b.follow(path+owner.ID+"/role", "role", "viewer").want(t, http.StatusOK, "An account needs an owner.")
	b.follow(path+agent.ID+"/role", "role", "emperor").want(t, http.StatusOK, "Please choose one of the roles.")
	b.follow(path+agent.ID+"/remove").want(t, http.StatusOK, "Removed from the account.")
	theirs.get("/console/corner").want(t, http.StatusNotFound, "no such account")

	b.post("/console/corner/settings/members", "email", "not an address", "name", "Kept", "role", "agent").
		want(t, http.StatusUnprocessableEntity, `value="Kept"`, "This is not an email address.")
	b.follow("/console/corner/settings/members", "email", "new@plaza.example", "role", "agent").want(t, http.StatusOK, "Invited")
	invited, err := k.accounts.Members.Invitations(t.Context(), corner.ID)
	must(t, err)
	b.follow("/console/corner/settings/invitations/"+invited[0].ID+"/withdraw").want(t, http.StatusOK, "The invitation is withdrawn")
}

func TestAMemberSeesAndEndsTheirSessions(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	here, phone, lost := k.as(owner), k.as(owner), k.as(owner)
	const path = "/console/corner/settings/security"
	here.get(path).want(t, http.StatusOK, "Chrome · Android", "192.0.2.7")
	session, _, err := k.accounts.Sessions.Find(t.Context(), lost.cookies["plaza_session"].Value)
	must(t, err)
	here.follow(path+"/sessions/"+session.ID+"/revoke").want(t, http.StatusOK, "Signed out there")
	if got := lost.get("/console/corner"); got.status != http.StatusSeeOther {
		t.Errorf("the lost browser is still in: %d", got.status)
	}
	here.follow(path + "/sessions/revoke-others")
	if got := phone.get("/console/corner"); got.status != http.StatusSeeOther {
		t.Errorf("the phone is still in: %d", got.status)
	}
	if len(k.signOuts) != 2 {
		t.Errorf("live connections were told of %d", len(k.signOuts))
	}
	here.get("/console/corner").want(t, http.StatusOK)
}

func TestANewPasswordSignsOutEverywhereElse(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, _ := k.open("corner")
	member := k.member("mei", "seven grey bicycles")
	must(t, k.accounts.Members.Add(t.Context(), corner.ID, member.ID, account.Viewer, account.System("test")))
	here, other := k.as(member), k.as(member)
	const path = "/console/corner/settings/security/password"
	here.post(path, "old", "wrong guess", "new", "eight blue umbrellas").want(t, http.StatusUnprocessableEntity, "The current password is not right.")
	here.post(path, "old", "seven grey bicycles", "new", "short").want(t, http.StatusUnprocessableEntity, "at least")
	here.follow(path, "old", "seven grey bicycles", "new", "eight blue umbrellas").want(t, http.StatusOK, "The password is changed.")
	if got := other.get("/console/corner"); got.status != http.StatusSeeOther {
		t.Errorf("the other browser is still in: %d", got.status)
	}
}

func TestARestoredStoreSendsAgainOnAnOwnersWord(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	must(t, k.db.MarkRestored(t.Context(), k.now()))
	editor := k.as(k.with(corner, account.Editor))
	editor.get("/console/corner").want(t, http.StatusOK, "restored from a backup")
	editor.post("/console/corner/sending/resume").want(t, http.StatusForbidden)
	resumed := k.as(owner).follow("/console/corner/sending/resume")
	resumed.want(t, http.StatusOK, "Sending goes on.")
	if strings.Contains(text(resumed.body), "restored from a backup") {
		t.Error("it still says that it was restored")
	}
}
