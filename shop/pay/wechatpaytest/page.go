package wechatpaytest

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// h5Path is where a payment from a phone's browser begins.
const h5Path = "/cgi-bin/mmpayweb-bin/checkmweb"

// somebody is who pays on the pages, if an order does not say.
const somebody = "oSomebody0000000000000000000"

// pageTemplate is one page for all: the orders that can be paid, and a code to
// show at the counter.
var pageTemplate = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>WeChat Pay (stand-in)</title>
<style>body{font:16px/1.5 system-ui;margin:1.5rem auto;max-width:32rem;padding:0 1rem}li{margin:.75rem 0;list-style:none}ul{padding:0}
button{font:inherit;padding:.4rem 1rem;border:0;border-radius:.4rem;background:#07a050;color:#fff}output{font:1.4rem ui-monospace,monospace}</style>
<h1>WeChat Pay <small>(stand-in: no money moves)</small></h1>
{{with .Code}}<p>Payment code, for a minute: <output>{{.}}</output></p>{{end}}
<ul>{{range .Orders}}<li><form method="post" action="{{$.Root}}/pages/pay">
<input type="hidden" name="merchant" value="{{.Merchant}}"><input type="hidden" name="order" value="{{.TradeNo}}"><input type="hidden" name="back" value="{{.Back}}">
<strong>¥{{.Amount}}</strong> {{.Description}}<br><small>{{.Product}} {{.TradeNo}} · {{.State}}</small><br>
{{if .Payable}}<button>Pay</button>{{end}}</form></li>{{else}}<li>Nothing to pay.</li>{{end}}</ul>
<form method="post" action="{{.Root}}/pages/code"><button>Show a payment code</button></form>
</html>`))

type pageOrder struct {
	Merchant, TradeNo, Amount, Description, Product, State, Back string
	Payable                                                      bool
}

// servePage is the payer's side in a browser.
func (p *Platform) servePage(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/pages/pay":
		p.payOnPage(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/pages/code":
		p.drawPage(w, "", "", p.Code(Card{OpenID: somebody}))
	case r.URL.Path == h5Path:
		p.drawPage(w, r.URL.Query().Get("prepay_id"), r.URL.Query().Get("redirect_url"), "")
	case r.URL.Path == "/pages":
		p.drawPage(w, r.URL.Query().Get("pr"), "", "")
	default:
		http.NotFound(w, r)
	}
}

// root is where the pages lie on the stand-in's host.
func (p *Platform) root() string {
	base, err := url.Parse(p.Base)
	if err != nil {
		return ""
	}
	return base.Path
}

// drawPage shows the order of a prepay_id, or all of them.
func (p *Platform) drawPage(w http.ResponseWriter, prepay, back, code string) {
	var shown struct {
		Root, Code string
		Orders     []pageOrder
	}
	shown.Root, shown.Code = p.root(), code
	p.mu.Lock()
	for _, o := range p.orders {
		if _, ok := o.prepays[prepay]; prepay != "" && !ok {
			continue
		}
		shown.Orders = append(shown.Orders, pageOrder{o.merchant.ID, o.tradeNo, yuan(o.total), o.description, tradeTypes[o.product], o.state, back,
			o.state == "NOTPAY" && o.product != "codepay" || o.state == "USERPAYING"})
	}
	p.mu.Unlock()
	slices.SortFunc(shown.Orders, func(a, b pageOrder) int { return cmp.Compare(b.TradeNo, a.TradeNo) })
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, shown)
}

// payOnPage is the payer's yes.
func (p *Platform) payOnPage(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	o := p.orders[orderKey(r.FormValue("merchant"), r.FormValue("order"))]
	err := ErrNotNow
	switch {
	case o == nil:
	case o.state == "USERPAYING":
		p.settle(o, o.card.OpenID)
		err = nil
	default:
		err = p.pay(o, cmp.Or(o.openID, somebody))
	}
	p.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	back := r.FormValue("back")
	if parsed, err := url.Parse(back); err != nil || !strings.HasPrefix(parsed.Scheme, "http") {
		back = p.root() + "/pages"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
