package alipaytest

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pageTemplate is one page for all: the orders that can be paid, and a code to
// show at the counter.
var pageTemplate = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Alipay (stand-in)</title>
<style>body{font:16px/1.5 system-ui;margin:1.5rem auto;max-width:32rem;padding:0 1rem}li{margin:.75rem 0;list-style:none}ul{padding:0}
button{font:inherit;padding:.4rem 1rem;border:0;border-radius:.4rem;background:#1677ff;color:#fff}output{font:1.4rem ui-monospace,monospace}</style>
<h1>Alipay <small>(stand-in: no money moves)</small></h1>
{{with .Code}}<p>Payment code, for a minute: <output>{{.}}</output></p>{{end}}
<ul>{{range .Orders}}<li><form method="post" action="{{$.Root}}/pages/pay">
<input type="hidden" name="app" value="{{.App}}"><input type="hidden" name="order" value="{{.TradeNo}}">
<strong>¥{{.Amount}}</strong> {{.Subject}}<br><small>{{.Product}} {{.TradeNo}} · {{.State}}</small><br>
{{if .Payable}}<button>Pay</button>{{end}}</form></li>{{else}}<li>Nothing to pay.</li>{{end}}</ul>
<form method="post" action="{{.Root}}/pages/code"><button>Show a payment code</button></form>
</html>`))

type pageOrder struct {
	App, TradeNo, Amount, Subject, Product, State string
	Payable                                       bool
}

// servePage is the payer's side in a browser, and the files of bills.
func (p *Platform) servePage(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	scanned := p.scans[p.Base+r.URL.Path]
	if scanned != nil && !scanned.off {
		p.begin(scanned, somebody)
	}
	p.mu.Unlock()
	switch {
	case r.URL.Path == billPath:
		p.giveBill(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/pages/pay":
		p.payOnPage(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/pages/code":
		p.drawPage(w, nil, p.Code(Card{Buyer: somebody}))
	case scanned != nil:
		p.drawPage(w, scanned, "")
	case r.URL.Path == "/pages":
		p.drawPage(w, nil, "")
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

// openPage is an address of the products page and wap, opened.
func (p *Platform) openPage(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	o, refused := p.opened(r.URL.Query())
	if refused == nil {
		p.begin(o, somebody)
	}
	p.mu.Unlock()
	if refused != nil {
		http.Error(w, refused.sub, http.StatusBadRequest)
		return
	}
	p.drawPage(w, o, "")
}

// drawPage shows one order, or all of them.
func (p *Platform) drawPage(w http.ResponseWriter, only *order, code string) {
	var shown struct {
		Root, Code string
		Orders     []pageOrder
	}
	shown.Root, shown.Code = p.root(), code
	p.mu.Lock()
	p.pass()
	for _, o := range p.orders {
		if only == nil || o == only {
			shown.Orders = append(shown.Orders, pageOrder{o.merchant.AppID, o.tradeNo, yuan(o.total), o.subject, o.product, cmp.Or(o.state, "not scanned"),
				o.state == "WAIT_BUYER_PAY"})
		}
	}
	p.mu.Unlock()
	slices.SortFunc(shown.Orders, func(a, b pageOrder) int { return cmp.Compare(b.TradeNo, a.TradeNo) })
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, shown)
}

// payOnPage is the payer's yes; then the browser goes where the merchant wants it.
func (p *Platform) payOnPage(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.pass()
	o := p.orders[r.FormValue("app")+"/"+r.FormValue("order")]
	payable := o != nil && o.state == "WAIT_BUYER_PAY"
	back := p.root() + "/pages"
	if payable {
		p.settle(o)
		if parsed, err := url.Parse(o.returnURL); err == nil && strings.HasPrefix(parsed.Scheme, "http") {
			back = o.returnURL
		}
	}
	p.mu.Unlock()
	if !payable {
		http.Error(w, ErrNotNow.Error(), http.StatusConflict)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
