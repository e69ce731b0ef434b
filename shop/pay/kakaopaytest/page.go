package kakaopaytest

import (
	"html/template"
	"net/http"
	"strings"
)

// page is where a person plays the payer: they agree, stop, or type a wrong
// password.
func (k *KakaoPay) page(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.payments[strings.TrimPrefix(r.URL.Path, "/pay/")]
	if p == nil || p.approval == "" {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodPost && p.status == "READY" && k.fresh(p) {
		switch r.PostFormValue("do") {
		case "agree":
			http.Redirect(w, r, k.agree(p), http.StatusSeeOther)
		case "stop":
			p.status = "QUIT_PAYMENT"
			http.Redirect(w, r, p.cancel, http.StatusSeeOther)
		default:
			p.status = "FAIL_AUTH_PASSWORD"
			http.Redirect(w, r, p.fail, http.StatusSeeOther)
		}
		return
	}
	_ = drawn.Execute(w, map[string]any{"Item": p.item, "Total": p.total, "Open": p.status == "READY" && k.fresh(p), "Status": p.status})
}

var drawn = template.Must(template.New("pay").Parse(`<!doctype html><html lang="ko"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>KakaoPay stand-in</title><body style="font:1rem system-ui;max-width:24rem;margin:3rem auto;padding:0 1rem">
<h1 style="background:#ffeb00;padding:.5rem 1rem;border-radius:.5rem">pay <small>stand-in</small></h1><p>{{.Item}}</p><p><strong>{{.Total}} 원</strong></p>
{{if .Open}}<form method="post"><p><button name="do" value="agree">결제하기</button> <button name="do" value="stop">취소</button> <button name="do" value="fail">비밀번호 틀리기</button></p></form>{{else}}<p>{{.Status}}</p>{{end}}`))
